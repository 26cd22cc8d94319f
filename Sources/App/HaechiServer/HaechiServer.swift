// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Hummingbird
package import Logging
import NIOCore

/// Assembles the whole server: what it listens on, what each request passes through, and who answers it.
///
/// It checks `options` first and throws a `ServerOptionsError` for what must not be. Stopped gracefully (by the service group that
/// runs it), it takes no new connections and finishes the requests that it has.
/// - Parameter console: adds the console's routes.
package func makeApplication(
    ports: ServerPorts, options: ServerOptions, metrics: PrometheusMetrics, logger: Logger,
    console: (Router<ServerContext>) throws -> Void = { _ in },
    onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
) throws -> Application<RouterResponder<ServerContext>> {
    try options.validate()
    let router = try makeRouter(ports: ports, options: options, metrics: metrics)
    try console(router)
    answerOtherMethods(on: router)
    return Application(
        router: router,
        server: .http1(configuration: .init(idleTimeout: .seconds(75))),
        configuration: ApplicationConfiguration(address: .hostname(options.host, port: options.port), serverName: "haechi"),
        onServerRunning: onServerRunning, logger: logger)
}

/// Every route but the console's.
func makeRouter(ports: ServerPorts, options: ServerOptions, metrics: PrometheusMetrics) throws -> Router<ServerContext> {
    let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: ObservationMiddleware(metrics: metrics))
    router.add(middleware: SecurityHeadersMiddleware())
    router.add(middleware: ErrorMiddleware())

    let tokens = TokenMiddleware(tokens: options.apiTokens)
    OperationsController(ports: ports, metrics: metrics, openAPI: try ServerAssets().openAPI).addRoutes(
        to: router, tokens: tokens)

    let api = router.group("/v1").add(middleware: tokens)
    EventsController(ports: ports, options: options).addRoutes(to: api)
    VerdictsController(ports: ports, options: options, metrics: metrics).addRoutes(to: api)
    MediaController(ports: ports, options: options).addRoutes(to: api)
    ReportsController(ports: ports, options: options).addRoutes(to: api)
    FingerprintsController(ports: ports, options: options).addRoutes(to: api)
    BanksController(ports: ports, options: options).addRoutes(to: api)
    LookBackController(ports: ports).addRoutes(to: api)
    RulesController(ports: ports, options: options).addRoutes(to: api)
    LabelsController(ports: ports, options: options).addRoutes(to: api)
    HMARoutes(ports: ports, options: options).addRoutes(to: router, tokens: tokens)

    for endpoint in ports.endpoints { InboundRoutes(endpoint: endpoint).addRoutes(to: router) }
    return router
}

/// A path that exists answers 405, and what it takes, to every other method.
private func answerOtherMethods(on router: Router<ServerContext>) {
    for (_, routes) in Dictionary(grouping: router.routes, by: \.path.description) {
        guard let path = routes.first?.path else { continue }
        var taken = routes.map(\.method)
        if taken.contains(.get), !taken.contains(.head) { taken.append(.head) }
        let allowed = taken
        for method in HTTPRequest.Method.common where !allowed.contains(method) {
            router.on(path, method: method) { _, _ -> Response in throw APIError.methodNotAllowed(allowed) }
        }
    }
}

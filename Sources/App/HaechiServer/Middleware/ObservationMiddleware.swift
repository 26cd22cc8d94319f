// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CoreMetrics
import HTTPTypes
import Hummingbird
import Logging
import Metrics

/// Counts and logs each request by its route, never by its address, query or body; gives it an id that the answer names.
struct ObservationMiddleware: RouterMiddleware {
    typealias Context = ServerContext

    let metrics: any MetricsFactory
    private let clock = ContinuousClock()

    init(metrics: any MetricsFactory) { self.metrics = metrics }

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let start = clock.now
        var response = try await next(request, context)
        let duration = start.duration(to: clock.now)
        let route = context.endpointPath ?? "none"
        record(request.method, route, response.status, duration)
        context.logger.log(
            level: level(route, response.status), "request",
            metadata: [
                "method": "\(request.method.rawValue)", "route": "\(route)", "status": "\(response.status.code)",
                "ms": "\(duration / .milliseconds(1))",
            ])
        response.headers[.requestID] = context.requestID
        return response
    }

    private func record(_ method: HTTPRequest.Method, _ route: String, _ status: HTTPResponse.Status, _ duration: Duration) {
        // A stranger's method must not become a label of its own.
        let method = HTTPRequest.Method.common.contains(method) ? method.rawValue : "other"
        let dimensions = [("method", method), ("route", route), ("status", String(status.code))]
        Counter(label: "haechi_http_requests_total", dimensions: dimensions, factory: metrics).increment()
        Timer(label: "haechi_http_request_seconds", dimensions: [("route", route)], factory: metrics)
            .recordNanoseconds(Int64(duration / .nanoseconds(1)))
    }

    private func level(_ route: String, _ status: HTTPResponse.Status) -> Logger.Level {
        if status.code >= 500, status != .serviceUnavailable { return .error }
        return route == "/live" || route == "/ready" || route == "/metrics" ? .debug : .info
    }
}

/// What browsers may do with an answer: nothing, unless the handler has said otherwise.
struct SecurityHeadersMiddleware: RouterMiddleware {
    typealias Context = ServerContext

    private static let headers: [(HTTPField.Name, String)] = [
        (.xContentTypeOptions, "nosniff"), (.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"),
        (.cacheControl, "no-store"),
    ]

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        for (name, value) in Self.headers where response.headers[name] == nil { response.headers[name] = value }
        return response
    }
}

extension HTTPField.Name {
    // A valid field name, so making it cannot fail.
    static let requestID = HTTPField.Name("X-Request-ID")!
}

extension HTTPRequest.Method {
    /// The methods that a path may be asked with.
    static let common: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options, .trace]
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import HTTPTypes
package import Hummingbird
import Logging
import NIOCore

/// The moderators' console: pages rendered here, small scripts that make them live, no framework and no build step.
///
/// Each page works without scripts; whatever shows content goes through `ReviewDesk.view`, which writes it down first.
package struct Console: Sendable {
    let ports: ServerPorts
    let options: ConsoleOptions
    let pages: ConsolePages
    let assets: ConsoleAssets
    let throttle = LoginThrottle()

    /// Reads templates and assets from the bundle; throws when one is missing or cannot be parsed.
    package init(ports: ServerPorts, options: ConsoleOptions) throws {
        self.ports = ports
        self.options = options
        pages = try ConsolePages()
        assets = try ConsoleAssets()
    }

    package func addRoutes<Context: RequestContext>(to router: Router<Context>) {
        func on(
            _ method: HTTPRequest.Method, _ path: RouterPath, _ access: Access = .page,
            _ handler: @escaping @Sendable (ConsoleRequest) async throws -> Response
        ) {
            router.on(path, method: method) { request, context in
                await respond(to: request, context: context, access: access, handler)
            }
        }
        on(.get, "/console/assets/{file}", .open) { try assets.respond($0) }
        on(.get, "/console/language/{language}", .open, chooseLanguage)
        on(.get, "/console/login", .open, showLogin)
        on(.post, "/console/login", .open, logIn)
        on(.post, "/console/logout", .page, logOut)

        on(.get, "/console", .page, showOverview)
        on(.get, "/console/fragments/overview", .script, showOverviewFragment)
        on(.get, "/console/fragments/queue", .script, showQueueFragment)
        on(.get, "/console/fragments/rules", .script, showRulesFragment)
        on(.get, "/console/stream", .script, stream)

        on(.get, "/console/queue", .page, showQueue)
        on(.post, "/console/queue/next", .page, takeNext)
        on(.get, "/console/cases/{case}", .page, showCase)
        on(.post, "/console/cases/{case}/take", .page, take)
        on(.post, "/console/cases/{case}/release", .page, release)
        on(.post, "/console/cases/{case}/heartbeat", .script, heartbeat)
        on(.post, "/console/cases/{case}/decide", .page, decide)
        on(.get, "/console/cases/{case}/text/{evidence}", .page, showText)
        on(.get, "/console/cases/{case}/evidence/{evidence}", .page, showEvidence)

        on(.get, "/console/cases/{case}/similar", .page, showSimilar)

        on(.get, "/console/banks", .page, showBanks)
        on(.post, "/console/banks/imports/{import}", .page, resolveImport)

        on(.get, "/console/rules", .page, showRules)
        on(.post, "/console/rules/switch", .page, turnSwitch)
        on(.get, "/console/rules/versions/{version}", .page, showRule)
        on(.post, "/console/rules/versions/{version}", .page, changeRule)
        on(.post, "/console/rules/requests/{request}", .page, resolvePromotion)
        on(.post, "/console/rules/stops/{stop}", .page, liftStop)
        on(.post, "/console/rules/undos/{undo}", .page, changeRuleUndo)

        on(.get, "/console/lookback", .page, showLookBack)
        on(.post, "/console/lookback/{bulk}", .page, changeBulk)

        on(.get, "/console/decisions", .page, showDecisions)
        on(.post, "/console/decisions/{decision}/undo", .page, undo)
        on(.get, "/console/held", .page, showHeld)
        on(.post, "/console/held/{action}", .page, resolveHeld)
    }

    /// Who may ask for something.
    enum Access: Sendable {
        /// Anybody.
        case open
        /// A logged-in person; a visit keeps the session alive.
        case page
        /// A page's script: answered with a status, and no sign that somebody is still there.
        case script
    }

    private func respond(
        to request: Request, context: some RequestContext, access: Access,
        _ handler: @Sendable (ConsoleRequest) async throws -> Response
    ) async -> Response {
        var language = ConsoleLanguage.en
        var isSecure = false
        var visit: ConsoleRequest?
        var response: Response
        do {
            var asked = try await ConsoleRequest(request, context: context, options: options, now: ports.now())
            (language, isSecure, visit) = (asked.language, asked.isSecure, asked)
            if asked.method == .post, !asked.comesFromHere { throw ConsoleRefusal.forged }
            var cookie: String?
            (asked.visitor, cookie) = try await findVisitor(asked, extending: access == .page)
            visit = asked
            if access != .open {
                guard let visitor = asked.visitor else { return secured(notLoggedIn(asked, access), secure: isSecure) }
                if asked.method == .post { try checkToken(asked, visitor) }
            }
            response = try await handler(asked)
            if let cookie { response.headers[values: .setCookie].append(cookie) }
        } catch {
            let refusal = ConsoleRefusal(error)
            if refusal == nil {
                // The error's text might quote content, so only its type is written down.
                context.logger.error("console request failed", metadata: ["error": "\(type(of: error))"])
            }
            let shown = refusal ?? ConsoleRefusal(status: .internalServerError, message: "error.failed")
            response = pages.error(shown, language: language, visit: visit)
        }
        return secured(response, secure: isSecure)
    }

    /// The rules for browsers that every answer carries; a handler may have set stricter ones.
    private func secured(_ response: Response, secure: Bool) -> Response {
        var response = response
        func preset(_ name: HTTPField.Name, _ value: String) {
            if response.headers[name] == nil { response.headers[name] = value }
        }
        preset(
            .contentSecurityPolicy,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
                + "base-uri 'none'; frame-ancestors 'none'")
        preset(.xContentTypeOptions, "nosniff")
        preset(.xFrameOptions, "DENY")
        preset(.referrerPolicy, "same-origin")
        preset(.crossOriginResourcePolicy, "same-origin")
        preset(.cacheControl, "no-store")
        return response
    }

    private func notLoggedIn(_ visit: ConsoleRequest, _ access: Access) -> Response {
        guard access == .page, !visit.isFetch else { return Response(status: .unauthorized) }
        let back = visit.method == .get && visit.path != "/console" ? "?return=\(visit.path)" : ""
        return .redirectToPage("/console/login" + back)
    }
}

extension Response {
    /// 303: the browser asks for the page with GET.
    static func redirectToPage(_ path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path])
    }

    static func html(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "text/html; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

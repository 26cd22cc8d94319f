// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import HTTPTypes
import Hummingbird
import Moderation

extension Console {
    func showLogin(_ visit: ConsoleRequest) async throws -> Response {
        if visit.visitor != nil { return .redirectToPage("/console") }
        return try await loginPage(visit)
    }

    func logIn(_ visit: ConsoleRequest) async throws -> Response {
        // No session yet: the form repeats what only this browser's cookie knows.
        guard let pledge = visit.cookies[CookieName.login],
            Secret.equal(visit.form["csrf"] ?? "", Self.loginToken(pledge))
        else { throw ConsoleRefusal.forged }
        let name = (visit.form["name"] ?? "").trimmingCharacters(in: .whitespaces)
        let password = visit.form["password"] ?? ""
        guard !name.isEmpty, name.utf8.count <= 128, !password.isEmpty, password.utf8.count <= PasswordHasher.longest else {
            return try await loginPage(visit, failed: "login.wrong", status: .unauthorized)
        }
        if case .wait(let seconds) = await throttle.begin(account: name, client: visit.client, now: visit.now) {
            var response = try await loginPage(visit, failed: "login.wait", seconds: seconds, status: .tooManyRequests)
            response.headers[.retryAfter] = String(seconds)
            return response
        }
        let found: ModeratorAccount?
        do {
            found = try await check(name, password)
            await throttle.ended()
        } catch {
            await throttle.ended()
            throw error
        }
        guard let account = found else { return try await loginPage(visit, failed: "login.wrong", status: .unauthorized) }
        await throttle.succeeded(account: name, client: visit.client)
        return try await begin(account, visit)
    }

    func logOut(_ visit: ConsoleRequest) async throws -> Response {
        if let visitor = visit.visitor {
            try await ports.accounts.deleteSession(
                tokenHash: visitor.session.tokenHash, ledger: Self.entry("account.logged-out", visitor.account.id, at: visit.now))
        }
        var response = Response.redirectToPage("/console/login")
        response.headers[values: .setCookie].append(Self.cookie(CookieName.session, "", visit, maxAge: 0))
        return response
    }

    func chooseLanguage(_ visit: ConsoleRequest) async throws -> Response {
        guard let language = visit.parameters["language"].flatMap(ConsoleLanguage.init) else { throw ConsoleRefusal.notFound }
        var response = Response.redirectToPage(ConsoleRequest.localPath(visit.query["return"]) ?? "/console")
        response.headers[values: .setCookie].append(
            Self.cookie(CookieName.language, language.rawValue, visit, maxAge: 365 * 86_400))
        return response
    }

    /// The session behind the cookie; with `extending`, kept alive by this visit, and then the cookie to send again.
    func findVisitor(_ visit: ConsoleRequest, extending: Bool) async throws -> (Visitor?, cookie: String?) {
        guard let secret = visit.cookies[CookieName.session] else { return (nil, nil) }
        let tokenHash = Secret.sha256(secret)
        guard var session = try await ports.accounts.session(tokenHash: tokenHash), session.expiresAt > visit.now,
            let account = try await ports.accounts.account(session.account), account.disabledAt == nil
        else { return (nil, nil) }
        let until = visit.now.addingTimeInterval(options.sessionLifetime)
        // Not at each request: a write every few minutes is enough.
        guard extending, until.timeIntervalSince(session.expiresAt) > 300 else {
            return (Visitor(account: account, session: session), nil)
        }
        try await ports.accounts.extendSession(tokenHash: tokenHash, until: until)
        session.expiresAt = until
        let cookie = Self.cookie(CookieName.session, secret, visit, maxAge: Int(options.sessionLifetime))
        return (Visitor(account: account, session: session), cookie)
    }

    func checkToken(_ visit: ConsoleRequest, _ visitor: Visitor) throws {
        let sent = visit.headers[.xCSRFToken] ?? visit.form["csrf"] ?? ""
        guard Secret.equal(sent, visitor.session.csrf) else { throw ConsoleRefusal.forged }
    }

    private func check(_ name: String, _ password: String) async throws -> ModeratorAccount? {
        let account = try await ports.accounts.account(AccountID(name))
        let usable = account?.disabledAt == nil ? account : nil
        let right = try await options.hasher.verify(password, against: usable?.passwordHash)
        return right ? usable : nil
    }

    private func begin(_ account: ModeratorAccount, _ visit: ConsoleRequest) async throws -> Response {
        let secret = Secret.token()
        let session = Session(
            tokenHash: Secret.sha256(secret), account: account.id, csrf: Secret.token(), createdAt: visit.now,
            expiresAt: visit.now.addingTimeInterval(options.sessionLifetime))
        try await ports.accounts.deleteSessions(endedBefore: visit.now)
        try await ports.accounts.putSession(session, ledger: Self.entry("account.logged-in", account.id, at: visit.now))
        var response = Response.redirectToPage(ConsoleRequest.localPath(visit.form["return"]) ?? "/console")
        response.headers[values: .setCookie].append(
            Self.cookie(CookieName.session, secret, visit, maxAge: Int(options.sessionLifetime)))
        response.headers[values: .setCookie].append(Self.cookie(CookieName.login, "", visit, maxAge: 0))
        return response
    }

    private func loginPage(
        _ visit: ConsoleRequest, failed: String? = nil, seconds: Int = 0, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let pledge =
            visit.cookies[CookieName.login].flatMap { $0.count == 64 && $0.allSatisfy(\.isHexDigit) ? $0 : nil } ?? Secret.token()
        var values: [String: Any] = ["csrf": Self.loginToken(pledge), "name": visit.form["name"] ?? ""]
        if let failed { values["failed"] = ConsoleStrings.text(failed, visit.language).replacing("%@", with: String(seconds)) }
        if let back = ConsoleRequest.localPath(visit.form["return"] ?? visit.query["return"]) { values["return"] = back }
        if try await ports.accounts.accounts().isEmpty { values["empty"] = true }
        var response = pages.render("login", visit, title: "title.login", status: status, values)
        response.headers[values: .setCookie].append(Self.cookie(CookieName.login, pledge, visit, maxAge: 3600))
        return response
    }

    private static func loginToken(_ pledge: String) -> String { Secret.sha256("haechi log-in form " + pledge) }

    private static func entry(_ kind: String, _ account: AccountID, at time: Date) -> LedgerEntry {
        LedgerEntry(kind: kind, at: time, actor: "person:\(account)", subject: "account:\(account)")
    }

    static func cookie(_ name: String, _ value: String, _ visit: ConsoleRequest, maxAge: Int) -> String {
        "\(name)=\(value); Path=/console; Max-Age=\(maxAge); HttpOnly; SameSite=Strict" + (visit.isSecure ? "; Secure" : "")
    }
}

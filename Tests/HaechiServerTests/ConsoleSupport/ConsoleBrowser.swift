// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import HTTPTypes
import HaechiServer
import Hummingbird
import HummingbirdTesting
import Moderation
import NIOCore
import Pipeline

/// Makes requests as a browser would: keeps cookies, fills in the form's token, says where it comes from.
final class ConsoleBrowser {
    let client: any TestClientProtocol
    var cookies: [String: String] = [:]
    var language: String?
    var csrf = ""

    init(_ client: any TestClientProtocol) { self.client = client }

    func get(_ path: String, _ extra: [HTTPField.Name: String] = [:]) async throws -> ConsolePage {
        try await send(.get, path, nil, extra)
    }

    /// Posts a form with the token of the last page; `extra` fields win.
    func post(
        _ path: String, _ form: [String: String] = [:], headers: [HTTPField.Name: String] = [:]
    ) async throws -> ConsolePage {
        var form = form
        if form["csrf"] == nil { form["csrf"] = csrf }
        let allowed = CharacterSet.alphanumerics
        let body = form.map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")" }.joined(separator: "&")
        return try await send(.post, path, body, headers)
    }

    func logIn(_ name: String = "hana", _ password: String = "correct horse") async throws -> ConsolePage {
        _ = try await get("/console/login")
        let page = try await post("/console/login", ["name": name, "password": password])
        if page.status == .seeOther { _ = try await get("/console") }
        return page
    }

    private func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: String?, _ extra: [HTTPField.Name: String]
    ) async throws -> ConsolePage {
        var headers: HTTPFields = [:]
        if !cookies.isEmpty { headers[.cookie] = cookies.map { "\($0)=\($1)" }.joined(separator: "; ") }
        headers[.acceptLanguage] = language
        if body != nil { headers[.contentType] = "application/x-www-form-urlencoded" }
        for (name, value) in extra { headers[name] = value }
        let response = try await client.execute(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
        for cookie in response.headers[values: .setCookie] {
            let pair = cookie.split(separator: ";")[0].split(separator: "=", maxSplits: 1).map(String.init)
            cookies[pair[0]] = pair.count > 1 && !cookie.contains("Max-Age=0") ? pair[1] : nil
        }
        let page = ConsolePage(status: response.status, headers: response.headers, text: String(buffer: response.body))
        if let match = page.text.firstMatch(of: /name="csrf" value="([0-9a-f]+)"/) { csrf = String(match.1) }
        return page
    }
}

struct ConsolePage: Sendable {
    var status: HTTPResponse.Status
    var headers: HTTPFields
    var text: String

    var location: String? { headers[.location] }

    /// The value of a hidden field, such as the fencing token.
    func field(_ name: String) -> String? {
        guard let start = text.range(of: "name=\"\(name)\" value=\"") else { return nil }
        return String(text[start.upperBound...].prefix { $0 != "\"" })
    }
}

/// A console over a world with one moderator or two, and its tests' way in.
struct ConsoleFixture: Sendable {
    let clock = ConsoleClock()
    let world: ConsoleWorld
    let console: Console

    /// Cheap parameters: the real ones are tried in the hasher's own test.
    static let hasher = PasswordHasher(rounds: 16, blockSize: 1)

    init(people: [AccountID] = ["hana", "bo"]) async throws {
        let clock = clock
        world = ConsoleWorld(clock: { clock.now })
        console = try Console(
            ports: world.ports(clauses: ConsoleSamples.clauses),
            options: ConsoleOptions(hasher: Self.hasher, streamHeartbeat: .milliseconds(20)))
        for id in people {
            let hash = try await Self.hasher.hash("correct horse")
            await world.add(ModeratorAccount(id: id, role: .moderator, passwordHash: hash, createdAt: clock.now))
        }
    }

    func run<Result: Sendable>(_ test: @Sendable (any TestClientProtocol) async throws -> Result) async throws -> Result {
        let router = Router()
        console.addRoutes(to: router)
        return try await Application(router: router).test(.router, test)
    }

    /// Raises an account, as an operator would.
    func makeAdmin(_ id: AccountID = "hana") async { await world.makeAdmin(id) }

    @discardableResult
    func addCase(
        _ id: String, priority: Int = 50, text: String = "test solicitation phrase", words: String = "This looks wrong to me.",
        picture: (type: String, bytes: [UInt8]) = ("image/png", ConsoleSamples.png), space: String = "!plaza:example.org",
        decisions: [Decision] = []
    ) async throws -> CaseID {
        let (file, evidence) = try ConsoleSamples.reported(
            id, at: clock.now, priority: priority, text: text, words: words,
            picture: .init(type: picture.type, bytes: picture.bytes), space: space, decisions: decisions)
        await world.add(file, evidence)
        return file.case.id
    }
}

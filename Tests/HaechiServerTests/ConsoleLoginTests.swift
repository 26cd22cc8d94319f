// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import HTTPTypes
import HaechiServer
import Moderation
import Testing

@Suite("Console: logging in")
struct ConsoleLoginTests {
    @Test("says how to make the first account")
    func noAccount() async throws {
        try await ConsoleFixture(people: []).run { (client) async throws in
            let page = try await ConsoleBrowser(client).get("/console/login")
            #expect(page.status == .ok)
            #expect(page.text.contains("haechi account create --name NAME"))
        }
    }

    @Test("lets a moderator in and out, with both in the ledger and only the token's hash stored")
    func inAndOut() async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            #expect(try await browser.get("/console").location == "/console/login")
            #expect(try await browser.logIn().location == "/console")
            let secret = try #require(browser.cookies["haechi_session"])
            let stored = await fixture.world.sessions
            #expect(stored.count == 1 && !stored.keys.contains(secret))
            #expect(try await browser.get("/console").text.contains("hana"))

            #expect(try await browser.post("/console/logout").location == "/console/login")
            browser.cookies["haechi_session"] = secret
            #expect(try await browser.get("/console").location == "/console/login")
            #expect(await fixture.world.kinds() == ["account.logged-in", "account.logged-out"])
        }
    }

    @Test("keeps the session's cookie from scripts and other sites, and to TLS when there is some")
    func cookieAttributes() async throws {
        try await ConsoleFixture().run { (client) async throws in
            let browser = ConsoleBrowser(client)
            let page = try await browser.logIn()
            let cookie = try #require(page.headers[values: .setCookie].first { $0.hasPrefix("haechi_session=") })
            #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Max-Age=43200"))
            #expect(!cookie.contains("Secure"))
            let secure = try await ConsoleBrowser(client).get(
                "/console/login", [#require(HTTPField.Name("X-Forwarded-Proto")): "https"])
            #expect(secure.headers[values: .setCookie].allSatisfy { $0.contains("; Secure") })
        }
    }

    @Test("answers the same to an unknown name and to a wrong password")
    func sameAnswer() async throws {
        try await ConsoleFixture().run { (client) async throws in
            let unknown = try await ConsoleBrowser(client).logIn("nobody", "wrong")
            let wrong = try await ConsoleBrowser(client).logIn("hana", "wrong")
            #expect(unknown.status == .unauthorized && wrong.status == .unauthorized)
            func shape(_ page: ConsolePage, _ name: String) -> String {
                page.text.replacing(name, with: "NAME").replacing(/"[0-9a-f]{64}"/, with: "TOKEN")
            }
            #expect(shape(unknown, "nobody") == shape(wrong, "hana"))
        }
    }

    @Test("refuses an empty or giant password without a failure", arguments: ["", String(repeating: "x", count: 40_000)])
    func oddPasswords(password: String) async throws {
        try await ConsoleFixture().run { (client) async throws in
            #expect(try await ConsoleBrowser(client).logIn("hana", password).status == .unauthorized)
        }
    }

    @Test("locks a disabled account out at once")
    func disabled() async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            var account = try #require(await fixture.world.people["hana"])
            account.disabledAt = fixture.clock.now
            await fixture.world.add(account)
            #expect(try await browser.get("/console").location == "/console/login")
            #expect(try await ConsoleBrowser(client).logIn().status == .unauthorized)
        }
    }

    @Test("ends a session after twelve quiet hours, and a visit moves the end on")
    func sliding() async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            for _ in 0..<3 {
                fixture.clock.advance(10 * 3600)
                #expect(try await browser.get("/console").status == .ok)
            }
            fixture.clock.advance(12 * 3600 + 1)
            #expect(try await browser.get("/console/queue").location == "/console/login?return=/console/queue")
        }
    }

    @Test("a page that only refreshes itself does not keep the session alive")
    func quietRefresh() async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            fixture.clock.advance(11 * 3600)
            #expect(try await browser.get("/console/fragments/overview").status == .ok)
            fixture.clock.advance(3600 + 1)
            #expect(try await browser.get("/console/fragments/overview").status == .unauthorized)
        }
    }

    @Test("makes somebody who guesses wait longer and longer, also with the right password")
    func rateLimit() async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.run { (client) async throws in
            for _ in 0..<5 { #expect(try await ConsoleBrowser(client).logIn("hana", "wrong").status == .unauthorized) }
            let refused = try await ConsoleBrowser(client).logIn()
            #expect(refused.status == .tooManyRequests)
            #expect(refused.headers[.retryAfter] == "10")

            fixture.clock.advance(10)
            #expect(try await ConsoleBrowser(client).logIn("hana", "wrong").status == .unauthorized)
            #expect(try await ConsoleBrowser(client).logIn().headers[.retryAfter] == "20")
            // A colleague is not held up.
            #expect(try await ConsoleBrowser(client).logIn("bo").status == .seeOther)
            fixture.clock.advance(20)
            #expect(try await ConsoleBrowser(client).logIn().status == .seeOther)
            // A success forgives.
            #expect(try await ConsoleBrowser(client).logIn("hana", "wrong").status == .unauthorized)
            #expect(try await ConsoleBrowser(client).logIn().status == .seeOther)
        }
    }

    @Test("makes an address that tries many names wait")
    func clientLimit() async throws {
        try await ConsoleFixture().run { (client) async throws in
            for n in 0..<20 { #expect(try await ConsoleBrowser(client).logIn("name\(n)", "wrong").status == .unauthorized) }
            #expect(try await ConsoleBrowser(client).logIn("bo").status == .tooManyRequests)
        }
    }

    @Test(
        "sends people only to pages of the console after the log-in",
        arguments: [
            "https://evil.example/", "//evil.example", "/console//evil.example", "/elsewhere", "/console\\evil",
        ])
    func openRedirect(wanted: String) async throws {
        try await ConsoleFixture().run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.get("/console/login")
            let page = try await browser.post("/console/login", ["name": "hana", "password": "correct horse", "return": wanted])
            #expect(page.location == "/console")
        }
    }

    @Test(
        "refuses a forged post",
        arguments: [
            ["Origin": "https://evil.example"], ["Origin": "null"], ["Sec-Fetch-Site": "cross-site"],
            ["Sec-Fetch-Site": "same-site"],
        ])
    func forgedOrigin(headers: [String: String]) async throws {
        try await ConsoleFixture().run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            var fields: [HTTPField.Name: String] = [:]
            for (name, value) in headers { fields[try #require(HTTPField.Name(name))] = value }
            #expect(try await browser.post("/console/queue/next", headers: fields).status == .forbidden)
            #expect(try await browser.post("/console/queue/next").status == .seeOther)
        }
    }

    @Test(
        "refuses every post without the right token",
        arguments: [
            "/console/logout", "/console/queue/next", "/console/cases/c1/take", "/console/cases/c1/release",
            "/console/cases/c1/heartbeat",
            "/console/cases/c1/decide", "/console/decisions/d-1/undo", "/console/held/a-1",
        ])
    func missingToken(path: String) async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.addCase("c1")
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            let before = await fixture.world.entries
            for token in ["", "0000", String(repeating: "0", count: 64)] {
                #expect(try await browser.post(path, ["csrf": token]).status == .forbidden)
            }
            #expect(await fixture.world.entries == before)
            #expect(await fixture.world.files["c1"]?.workItem.lease == nil)
        }
    }

    @Test("refuses a log-in form that another browser was given")
    func foreignLoginForm() async throws {
        try await ConsoleFixture().run { (client) async throws in
            let (mine, other) = (ConsoleBrowser(client), ConsoleBrowser(client))
            _ = try await mine.get("/console/login")
            _ = try await other.get("/console/login")
            let page = try await other.post(
                "/console/login", ["csrf": mine.csrf, "name": "hana", "password": "correct horse"])
            #expect(page.status == .forbidden)
        }
    }
}

@Suite("Password hasher")
struct PasswordHasherTests {
    @Test("makes a salted hash with its parameters inside, which fits its password only")
    func roundTrip() async throws {
        let hasher = PasswordHasher()
        let stored = try await hasher.hash("비밀번호 1")
        #expect(stored.hasPrefix("scrypt$32768$8$1$"))
        #expect(try await hasher.hash("비밀번호 1") != stored)
        #expect(try await hasher.verify("비밀번호 1", against: stored))
        #expect(try await !hasher.verify("비밀번호 2", against: stored))
    }

    @Test("matches a published vector (RFC 7914, section 12)")
    func vector() async throws {
        let hash = "/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI="
        let salt = Data("NaCl".utf8).base64EncodedString()
        #expect(try await PasswordHasher().verify("password", against: "scrypt$1024$8$16$\(salt)$\(hash)"))
    }

    @Test(
        "says no to what it cannot read",
        arguments: [
            nil, "", "plain", "scrypt$3$8$1$TmFDbA==$AAAA", "scrypt$1073741824$8$1$TmFDbA==$AAAA", "bcrypt$16$8$1$TmFDbA==$AAAA",
        ])
    func unreadable(stored: String?) async throws {
        let hasher = PasswordHasher(rounds: 16, blockSize: 1)
        #expect(try await !hasher.verify("", against: stored))
        #expect(try await !hasher.verify("anything", against: stored))
    }
}

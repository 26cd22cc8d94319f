// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import HTTPTypes
import Moderation
import Pipeline
import Testing

@testable import HaechiServer

@Suite("Console: cases")
struct ConsoleCaseTests {
    @Test("gives the most urgent case, shows it covered, decides it and goes on to the next with a way back")
    func wholeRound() async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.addCase("ordinary", priority: 0)
        try await fixture.addCase("urgent", priority: 100)
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            let queue = try await browser.get("/console/queue").text
            let urgent = try #require(queue.range(of: "/console/cases/urgent"))
            let ordinary = try #require(queue.range(of: "/console/cases/ordinary"))
            #expect(urgent.lowerBound < ordinary.lowerBound)

            #expect(try await browser.post("/console/queue/next").location == "/console/cases/urgent")
            let page = try await browser.get("/console/cases/urgent")
            #expect(page.text.contains("This looks wrong to me."))
            #expect(!page.text.contains("test solicitation phrase"), "the item's words are covered")
            #expect(!page.text.contains(" src=\"/console/cases"), "the picture is covered")
            #expect(await !fixture.world.kinds().contains("evidence.viewed"))

            let token = try #require(page.field("token"))
            let decided = try await browser.post(
                "/console/cases/urgent/decide", ["token": token, "verdict": "remove", "clause": "ncii.2", "reason": "seen"])
            #expect(decided.location == "/console/cases/ordinary?decided=d-1")
            let next = try await browser.get("/console/cases/ordinary?decided=d-1")
            #expect(next.text.contains("/console/decisions/d-1/undo"))
            #expect(await fixture.world.decided.first?.reason == "seen")
            #expect(await fixture.world.files["urgent"]?.case.state == .closed)

            let undone = try await browser.post(
                "/console/decisions/d-1/undo", ["reason": "wrong key", "return": "/console/cases/ordinary"])
            #expect(undone.location == "/console/cases/ordinary?done=undone")
            #expect(await fixture.world.decided.first?.undoes == "d-1")
            let after = try await browser.get("/console/cases/ordinary?decided=d-1")
            #expect(!after.text.contains("/console/decisions/d-1/undo"))
        }
    }

    @Test("refuses the decision of somebody whose lease has passed on", arguments: ["decide", "release", "heartbeat"])
    func fencing(act: String) async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.addCase("c1")
        try await fixture.run { (client) async throws in
            let (hana, bo) = (ConsoleBrowser(client), ConsoleBrowser(client))
            _ = try await hana.logIn("hana")
            _ = try await bo.logIn("bo")
            _ = try await hana.post("/console/cases/c1/take")
            let old = try #require(try await hana.get("/console/cases/c1").field("token"))
            #expect(try await bo.post("/console/cases/c1/take").status == .conflict)

            fixture.clock.advance(Lease.duration + 1)
            #expect(try await bo.post("/console/cases/c1/take").status == .seeOther)
            let form = ["token": old, "verdict": "no-violation"]
            let refused = try await hana.post("/console/cases/c1/\(act)", form)
            #expect(refused.status == .conflict)
            #expect(refused.text.contains("You no longer hold this case"))
            #expect(await fixture.world.decided.isEmpty)

            // Taken again after that: the token of the first time is worth nothing.
            fixture.clock.advance(Lease.duration + 1)
            _ = try await hana.post("/console/cases/c1/take")
            #expect(try await hana.post("/console/cases/c1/\(act)", form).status == .conflict)
        }
    }

    @Test("keeps the lease with heartbeats, and gives it up when asked to")
    func heartbeat() async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.addCase("c1")
        try await fixture.run { (client) async throws in
            let (hana, bo) = (ConsoleBrowser(client), ConsoleBrowser(client))
            _ = try await hana.logIn("hana")
            _ = try await bo.logIn("bo")
            _ = try await hana.post("/console/cases/c1/take")
            let token = try #require(try await hana.get("/console/cases/c1").field("token"))
            for _ in 0..<5 {
                fixture.clock.advance(60)
                #expect(try await hana.post("/console/cases/c1/heartbeat", ["token": token]).status == .noContent)
            }
            #expect(try await bo.post("/console/cases/c1/take").status == .conflict)
            #expect(try await hana.post("/console/cases/c1/release", ["token": token]).status == .seeOther)
            #expect(try await hana.post("/console/cases/c1/heartbeat", ["token": token]).status == .conflict)
            #expect(try await bo.post("/console/cases/c1/take").status == .seeOther)
        }
    }

    @Test("asks for a clause before it removes or restricts, and keeps what was written", arguments: ["remove", "restrict"])
    func clauseNeeded(verdict: String) async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.addCase("c1")
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            _ = try await browser.post("/console/cases/c1/take")
            let token = try #require(try await browser.get("/console/cases/c1").field("token"))
            for clause in ["", "no.such"] {
                let page = try await browser.post(
                    "/console/cases/c1/decide", ["token": token, "verdict": verdict, "clause": clause, "reason": "my words"])
                #expect(page.status == .unprocessableContent)
                #expect(page.text.contains("Choose the clause that was violated.") && page.text.contains("my words"))
            }
            #expect(await fixture.world.decided.isEmpty)
        }
    }

    @Test("refuses verdicts that are not a person's", arguments: ["undo", "review", "", "everything"])
    func verdicts(verdict: String) async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.addCase("c1")
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            _ = try await browser.post("/console/cases/c1/take")
            let token = try #require(try await browser.get("/console/cases/c1").field("token"))
            let page = try await browser.post("/console/cases/c1/decide", ["token": token, "verdict": verdict])
            #expect(page.status == .unprocessableContent)
            #expect(await fixture.world.decided.isEmpty)
        }
    }

    @Test("shows evidence and reports to the holder only, and writes each look down")
    func evidenceForTheHolder() async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.addCase("c1")
        try await fixture.run { (client) async throws in
            let (hana, bo) = (ConsoleBrowser(client), ConsoleBrowser(client))
            _ = try await hana.logIn("hana")
            _ = try await bo.logIn("bo")
            _ = try await hana.post("/console/cases/c1/take")
            let token = try #require(try await hana.get("/console/cases/c1").field("token"))
            let places = ["evidence/e-c1-media", "text/e-c1-item"].map { "/console/cases/c1/\($0)" }

            for place in places {
                #expect(try await bo.get("\(place)?token=\(token)").status == .conflict)
                #expect(try await bo.get(place).status == .forbidden)
                #expect(try await ConsoleBrowser(client).get("\(place)?token=\(token)").status == .seeOther)
                #expect(try await hana.get("\(place)?token=99").status == .conflict)
            }
            #expect(try await !bo.get("/console/cases/c1").text.contains("This looks wrong to me."))
            #expect(await !fixture.world.kinds().contains("evidence.viewed"))

            let picture = try await hana.get("\(places[0])?token=\(token)")
            #expect(picture.status == .ok)
            #expect(picture.headers[.contentType] == "image/png")
            #expect(picture.headers[.cacheControl] == "no-store")
            #expect(picture.headers[.contentSecurityPolicy] == "default-src 'none'; sandbox")
            #expect(picture.headers[.xContentTypeOptions] == "nosniff")
            #expect(try await hana.get("\(places[1])?token=\(token)").text.contains("test solicitation phrase"))
            let looks = await fixture.world.entries.filter { $0.kind == "evidence.viewed" }
            #expect(looks.map(\.subject) == ["e-c1-media", "e-c1-item"] && looks.allSatisfy { $0.actor == "person:hana" })

            fixture.clock.advance(Lease.duration + 1)
            #expect(try await hana.get("\(places[0])?token=\(token)").status == .conflict)
        }
    }

    @Test("does not show the evidence of one case under the lease of another")
    func otherCase() async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.addCase("c1")
        try await fixture.addCase("c2")
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            _ = try await browser.post("/console/cases/c1/take")
            let token = try #require(try await browser.get("/console/cases/c1").field("token"))
            #expect(try await browser.get("/console/cases/c1/evidence/e-c2-media?token=\(token)").status == .notFound)
            #expect(try await browser.get("/console/cases/c1/evidence/e-c1-item?token=\(token)").status == .notFound)
        }
    }

    @Test(
        "hands anything that is not one of four kinds of pictures out as a file only",
        arguments: [
            ("text/html", Array("<script>alert(1)</script>".utf8)), ("image/svg+xml", Array("<svg onload=alert(1)>".utf8)),
            ("image/png", Array("<html>".utf8)), ("image/webp", Array("RIFF0000AVI ".utf8)), ("video/mp4", [0, 0, 0, 1]),
            ("application/pdf", Array("%PDF".utf8)), ("image/png\r\nX-Evil: 1", ConsoleSamples.png),
            ("image/jpeg", ConsoleSamples.png),
        ])
    func notAPicture(type: String, bytes: [UInt8]) async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.addCase("c1", picture: (type, bytes))
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            _ = try await browser.post("/console/cases/c1/take")
            let token = try #require(try await browser.get("/console/cases/c1").field("token"))
            let page = try await browser.get("/console/cases/c1/evidence/e-c1-media?token=\(token)")
            #expect(page.headers[.contentType] == "application/octet-stream")
            #expect(page.headers[.contentDisposition]?.hasPrefix("attachment") == true)
        }
    }

    @Test(
        "says that a case or its evidence is gone",
        arguments: ["/console/cases/none", "/console/cases/c1/text/e-c1-item?token=1"])
    func gone(path: String) async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.addCase("c1")
        await fixture.world.forgetEvidence()
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            _ = try await browser.post("/console/cases/c1/take")
            #expect(try await browser.get(path).status == .notFound)
        }
    }

    @Test("releases a held action or gives it up")
    func heldActions() async throws {
        let fixture = try await ConsoleFixture()
        for id in ["a-1", "a-2"] {
            await fixture.world.add(
                Action(
                    id: ActionID(id), decision: "d", effect: Effect(.ban),
                    target: Target(platform: "matrix", actor: "@x:example.org"),
                    state: .held, createdAt: fixture.clock.now, dueAt: fixture.clock.now, note: "quota exceeded",
                    eventAt: fixture.clock.now))
        }
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            #expect(try await browser.get("/console/held").text.contains("quota exceeded"))
            #expect(try await browser.post("/console/held/a-1", ["choice": "carry-out"]).status == .seeOther)
            #expect(try await browser.post("/console/held/a-2", ["choice": "give-up"]).status == .seeOther)
            #expect(try await browser.post("/console/held/a-2", ["choice": "carry-out"]).status == .notFound)
            #expect(await fixture.world.outbox.map(\.state) == [.cancelled, .pending])
        }
    }

    @Test("wants a reason for an undo, and undoes once")
    func undoOnce() async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.addCase("c1")
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            _ = try await browser.post("/console/cases/c1/take")
            let token = try #require(try await browser.get("/console/cases/c1").field("token"))
            _ = try await browser.post("/console/cases/c1/decide", ["token": token, "verdict": "remove", "clause": "ncii.2"])
            #expect(try await browser.get("/console/decisions").text.contains("action=\"/console/decisions/d-1/undo\""))
            #expect(try await browser.post("/console/decisions/d-1/undo", ["reason": " "]).status == .unprocessableContent)
            #expect(try await browser.post("/console/decisions/d-1/undo", ["reason": "wrong"]).status == .seeOther)
            #expect(try await browser.post("/console/decisions/d-1/undo", ["reason": "wrong"]).status == .conflict)
            #expect(try await !browser.get("/console/decisions").text.contains("action=\"/console/decisions/d-1/undo\""))
        }
    }

    private func removal(_ id: DecisionID, of file: CaseFile, at time: Date) -> (Decision, Action) {
        let rule = RuleReference(policy: "ncii", id: "ncii.known-copy", version: "9f2c4b7d10aa")
        let decision = Decision(
            id: id, at: time, by: .rules([rule]), verdict: .remove, target: file.case.target, clause: "ncii.2", reason: "",
            effects: [Effect(.remove, clause: "ncii.2")])
        let action = Action(
            id: ActionID("\(id)-remove"), decision: id, effect: Effect(.remove, clause: "ncii.2"), target: file.case.target,
            state: .done, createdAt: time, dueAt: time, eventAt: time)
        return (decision, action)
    }

    @Test("says who has removed the item already, and when, though that lies outside the case")
    func removedBefore() async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.addCase("c1")
        let file = try #require(await fixture.world.caseFile("c1"))
        let (decision, action) = removal("d-rule", of: file, at: fixture.clock.now.addingTimeInterval(-180))
        await fixture.world.add(decision)
        await fixture.world.add(action)
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            let page = try await browser.get("/console/cases/c1").text
            #expect(page.contains("Already removed: <strong><bdi>rule ncii.known-copy</bdi></strong>"))
            #expect(page.contains("<time datetime=\"\(Shown.machineTime(decision.at))\">\(Shown.time(decision.at))</time>"))
            #expect(page.contains("3 min ago") && !page.contains("No decision yet."))
            _ = try await browser.get("/console/language/ko?return=/console")
            let korean = try await browser.get("/console/cases/c1").text
            #expect(korean.contains("이미 삭제됨: <strong><bdi>규칙 ncii.known-copy</bdi></strong>"))
            _ = try await browser.get("/console/language/en?return=/console")
            _ = try await browser.post("/console/decisions/d-rule/undo", ["reason": "wrong"])
            let undone = try await browser.get("/console/cases/c1").text
            #expect(!undone.contains("Already removed") && undone.contains("class=\"verdict undo\""))
        }
    }

    @Test("shows what was sealed twice once, with both times, and another version beside it")
    func sealedTwice() async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.addCase("c1")
        let start = fixture.clock.now
        await fixture.world.change("c1") { file in
            let old = file.evidence
            for index in file.evidence.indices { file.evidence[index].sealedAt = start.addingTimeInterval(-60) }
            for piece in old {
                var again = piece
                again.id = EvidenceID("\(piece.id)-again")
                again.sealedAt = start
                file.evidence.append(again)
            }
            // Written otherwise, with the same words; and edited.
            for (name, hash) in [("written", "c3"), ("edited", "d4")] {
                var other = old[0]
                (other.id, other.sha256) = (EvidenceID("e-c1-\(name)"), String(repeating: hash, count: 32))
                file.evidence.append(other)
            }
        }
        var examination = CaseExamination(caseID: "c1", at: start, pieces: [])
        examination.sameTexts = [["e-c1-written", "e-c1-item"]]
        await fixture.world.record(examination)
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            _ = try await browser.post("/console/cases/c1/take")
            let page = try await browser.get("/console/cases/c1").text
            let panels = page.components(separatedBy: "<section class=\"panel\"")
            let media = panels.filter { $0.contains("data-media data-src") }
            #expect(media.count == 1)
            let texts = panels.filter { $0.contains("data-text data-src") }
            #expect(texts.count == 2 && texts.last?.contains("e-c1-edited") == true)
            for time in [start.addingTimeInterval(-60), start] {
                let sealed = panels.filter { $0.contains("Sealed") && $0.contains(">\(Shown.time(time))</time>") }
                #expect(sealed.count == 2)
            }
            #expect(try await browser.get("/console/queue").text.contains("media <span class=\"figure\">1</span>"))
        }
    }
}

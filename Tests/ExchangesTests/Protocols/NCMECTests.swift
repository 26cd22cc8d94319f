// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTesting
import Moderation
import Signals
import Testing

@testable import Exchanges

private let secrets = ExchangeCredentials(["user": "user", "password": "pass word"])

@Suite("NCMEC")
struct NCMECTests {
    private func withServer(
        _ entries: [FakeNCMEC.Entry] = [], expectsRefusals: Bool = false,
        _ body: (FakeNCMEC, MemoryDesk, TestClock, ExchangeOptions) async throws -> Void
    ) async throws {
        let fake = FakeNCMEC()
        let clock = TestClock()
        let now = clock.now
        await fake.change {
            $0.entries = entries
            $0.clock = now
        }
        try await TestServer.with({ await fake.respond($0) }) { server in
            let options = ExchangeOptions(name: "npo", kind: .ncmec, bank: "csam", url: server.url + "/hs")
            try await body(fake, MemoryDesk(), clock, options)
        }
        if !expectsRefusals {
            let refusals = await fake.refusals
            #expect(refusals.isEmpty, "the server refused: \(refusals)")
        }
    }

    private func runner(
        _ options: ExchangeOptions, _ desk: MemoryDesk, _ clock: TestClock, patience: ExchangePatience = .init()
    ) -> ExchangeRunner {
        .over(
            NCMEC(options: options, credentials: secrets, now: clock.now), options, desk: desk, clock: clock, patience: patience)
    }

    /// Entries over ten years, many of them in a few seconds.
    private func many(_ count: Int) -> [FakeNCMEC.Entry] {
        (0..<count).map { number in
            FakeNCMEC.Entry(
                id: "e\(number)", time: number % 3 == 0 ? 1_700_000_000 : 1_400_000_000 + number * 9_973,
                md5: digits(number, 32), pdq: number % 5 == 0 ? digits(number) : nil)
        }
    }

    @Test("reads the published pages: updates, deletions, unknown kinds")
    func fixtures() async throws {
        guard try SharedVectors.arePresent else { return }
        try await withServer { fake, desk, clock, options in
            for name in ["page1", "page2", "page3", "page4-last"] {
                await fake.script(TestResponse(body: try SharedVectors.bytes("ncmec-entries-\(name).xml")))
            }
            let report = await runner(options, desk, clock).round()
            #expect(report.end == .complete && report.pages == 4 && report.refusedCount == 0)
            let live = await desk.live
            #expect(
                live
                    == [
                        "md5 \(String(repeating: "a1", count: 16)) 42-image1",
                        "md5 \(String(repeating: "b1", count: 16)) 42-video1",
                        "md5 b1\(String(repeating: "a1", count: 15)) 42-image10",
                        "md5 \(String(repeating: "face", count: 8)) 101-willupdate",
                    ].sorted())
            #expect(report.ignored == ["sha1": 3, "pdna": 2])
            let updated = await desk.liveRecords.first { $0.reference == "101-willupdate" }
            #expect(updated?.tags == ["video", "class:A2"] && updated?.trust == .claimed)
            let log = await fake.log
            #expect(log[1].hasPrefix("GET /hs/v2/entries?from=2017-10-20T00%3A00%3A00.000Z&to=2017-10-30"))
            await fake.script(TestResponse(body: try SharedVectors.bytes("ncmec-entries-empty.xml")))
            clock.advance(3600)
            #expect(await runner(options, desk, clock).round().end == .complete)
            await fake.script(TestResponse(body: try SharedVectors.bytes("ncmec-entries-large-fingerprints.xml")))
            clock.advance(3600)
            #expect(await runner(options, desk, clock).round().ignored == ["tmk-pdqf": 1, "videntifier": 1])
        }
    }

    @Test("everything comes, whatever its order, with pages cut by a server that fails on large ranges")
    func everything() async throws {
        try await withServer(many(3_000)) { fake, desk, clock, options in
            await fake.change {
                $0.size = 200
                $0.most = 1_500
            }
            var reports: [RoundReport] = []
            while reports.last?.end != .complete, reports.count < 10 {
                reports.append(await runner(options, desk, clock).round())
            }
            #expect(reports.last?.end == .complete)
            #expect(await desk.live.count == 3_000 + 600)
            #expect(reports.allSatisfy { $0.skipped.isEmpty })
        }
    }

    @Test("a checkpoint moves only behind a whole range, and times are UTC")
    func ranges() async throws {
        try await withServer(many(2_500)) { fake, desk, clock, options in
            let exchange = NCMEC(options: options, credentials: secrets, now: clock.now)
            let first = try await exchange.fetch(from: nil, easing: 0)
            #expect(!first.isLast && first.records.count >= 1_000)
            #expect(CheckpointText(first.checkpoint)["from"] == nil)
            #expect(await fake.log.first == "GET /hs/v2/entries?from=1970-01-01T00%3A00%3A00Z&to=2026-11-22T13%3A28%3A15Z")
            clock.advance(13 * 3600)
            // The address has run out: the same range from its beginning, not the rest of it.
            let again = try await exchange.fetch(from: first.checkpoint, easing: 0)
            #expect(again.records.first == first.records.first)
            var page = again
            while !page.isLast { page = try await exchange.fetch(from: page.checkpoint, easing: 0) }
            #expect(CheckpointText(page.checkpoint)["from"] == clock.seconds - 5)
        }
    }

    @Test("a crash after any page neither misses nor repeats one", arguments: 1...4)
    func crash(page: Int) async throws {
        try await withServer(many(800), expectsRefusals: true) { fake, desk, clock, options in
            await fake.change { $0.size = 200 }
            await desk.fail(take: page)
            #expect(await runner(options, desk, clock).round().end == .later("the banks are not available"))
            #expect(await runner(options, desk, clock).round().end == .complete)
            #expect(await desk.live.count == 960)
        }
    }

    @Test(
        "a deletion names no hash, and still every hash of the entry goes; a changed hash replaces the old one",
        arguments: [true, false])
    func deletions(sameRunner: Bool) async throws {
        try await withServer(many(10)) { fake, desk, clock, options in
            let first = runner(options, desk, clock)
            _ = await first.round()
            #expect(await desk.live.count == 12)
            clock.advance(3600)
            let time = clock.seconds - 1_800
            await fake.change { fake in
                for index in [5, 6, 7] { fake.entries[index].time = time }
                fake.entries[5].isDeleted = true
                fake.entries[6].md5 = digits(600, 32)
                fake.entries[7].md5 = nil
            }
            let report = await (sameRunner ? first : runner(options, desk, clock)).round()
            #expect(report.tally.withdrawn == 4 && report.tally.added == 1)
            let live = await desk.live
            #expect(live.count == 9 && live.contains("md5 \(digits(600, 32)) 42-e6"))
            #expect(!live.contains { $0.hasSuffix("42-e5") || $0.hasSuffix("42-e7") })
        }
    }

    @Test("trust by classification, and only the members that are asked for")
    func mapping() async throws {
        var entries = many(4)
        entries[1].classification = "B2"
        entries[2].member = "7"
        try await withServer(entries) { fake, desk, clock, options in
            var options = options
            options.trustByWord = ["a1": .probation]
            options.members = ["42"]
            let report = await runner(options, desk, clock).round()
            let records = await desk.liveRecords
            #expect(
                Set(records.map { "\($0.reference) \($0.trust)" }) == ["42-e0 probation", "42-e1 claimed", "42-e3 probation"])
            #expect(report.ignored["another member"] == 1)
        }
    }

    @Test("an entry that breaks its page costs the seconds around it, is told, and holds up nothing for ever")
    func broken() async throws {
        var entries = many(300)
        for index in entries.indices { entries[index].time = 1_400_000_000 + index * 86_400 }
        try await withServer(entries) { fake, desk, clock, options in
            await fake.change { $0.brokenEntry = "e150" }
            let runner = runner(options, desk, clock)
            var reports: [RoundReport] = []
            while reports.last?.end != .complete, reports.count < 60 { reports.append(await runner.round()) }
            #expect(reports.last?.end == .complete)
            #expect(reports.contains { $0.skipped.contains { $0.hasPrefix("entries from ") } })
            let references = Set(await desk.liveRecords.map(\.reference))
            #expect(references.count >= 290 && !references.contains("42-e150"))
        }
    }

    @Test("a document type, an unknown next address, and a page for people are not taken")
    func hostile() async throws {
        let one = ExchangePatience(attempts: 1)
        try await withServer { fake, desk, clock, options in
            let bomb =
                "<?xml version=\"1.0\"?><!DOCTYPE q [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><queryResult>&a;</queryResult>"
            await fake.script(.text(bomb))
            let report = await runner(options, desk, clock, patience: one).round()
            #expect("\(report.end as Any)".contains("a document type is not accepted"))
            let elsewhere =
                "<queryResult><images count=\"0\"/><paging><next>@example.org/v2/entries?x</next></paging></queryResult>"
            await fake.script(.text(elsewhere))
            #expect(
                await runner(options, desk, clock, patience: one).round().end
                    == .later("the answer cannot be read: the address of the next page is not below /v2/entries"))
            await fake.script(.text("<!DOCTYPE html><html><body>Maintenance</body></html>"))
            #expect(
                await runner(options, desk, clock, patience: one).round().end == .later("not available: answered with a web page")
            )
        }
    }

    @Test("votes go to the entry, a negative one with its reason")
    func feedback() async throws {
        try await withServer { fake, _, clock, options in
            let exchange = NCMEC(options: options, credentials: secrets, now: clock.now)
            let notTaken = try await exchange.send([
                .init(kind: .md5, value: digits(1, 32), reference: "42-a-b", outcome: .confirmed),
                .init(kind: .md5, value: digits(1, 32), reference: "42-a/b", outcome: .overturned),
                .init(kind: .pdq, value: digits(1), reference: "42-x", outcome: .matched),
                .init(kind: .sha256, value: digits(1), reference: "42-x", outcome: .confirmed),
            ])
            #expect(notTaken == 2)
            #expect(
                await fake.feedback == [
                    "/hs/v2/entries/42/a-b/MD5/feedback affirmative", "/hs/v2/entries/42/a%2Fb/MD5/feedback negative g-1",
                ])
        }
    }

    @Test("the published forms of feedback are what is sent")
    func feedbackForms() throws {
        guard try SharedVectors.arePresent else { return }
        let affirmative = try XMLReader.read(try SharedVectors.bytes("ncmec-feedback-affirmative.xml"))
        #expect(affirmative.children.map(\.name) == ["affirmative"])
        let negative = try XMLReader.read(try SharedVectors.bytes("ncmec-feedback-negative.xml"))
        #expect(negative["negative"]?["reasonIds"]?["guid"]?.text == "01234567-abcd-0123-4567-012345678900")
        let status = try XMLReader.read(try SharedVectors.bytes("ncmec-status.xml"))
        #expect(status["member"]?.attributes["id"] == "1" && status["member"]?.text == "test member")
        let reasons = try XMLReader.read(try SharedVectors.bytes("ncmec-feedback-reasons.xml"))
        #expect(reasons["reason"]?.attributes["guid"] == "01234567-abcd-0123-4567-012345678900")
    }
}

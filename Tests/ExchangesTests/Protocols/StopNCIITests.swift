// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTesting
import Moderation
import Signals
import Testing

@testable import Exchanges

private let secrets = ExchangeCredentials([
    "fetch-key": "fetch", "submit-key": "submit", "feedback-key": "feedback", "subscription-key": "sub",
])

@Suite("StopNCII")
struct StopNCIITests {
    private func withServer(
        pageSize: Int? = nil, records: [FakeStopNCII.Record] = [], expectsRefusals: Bool = false,
        _ body: (FakeStopNCII, MemoryDesk, TestClock, ExchangeOptions) async throws -> Void
    ) async throws {
        let fake = FakeStopNCII()
        await fake.change { $0.records = records }
        try await TestServer.with({ await fake.respond($0) }) { server in
            var options = ExchangeOptions(name: "stop", kind: .stopncii, bank: "ncii", url: server.url + "/v1")
            options.pageSize = pageSize
            try await body(fake, MemoryDesk(), TestClock(), options)
        }
        if !expectsRefusals {
            let refusals = await fake.refusals
            #expect(refusals.isEmpty, "the server refused: \(refusals)")
        }
    }

    private func client(_ options: ExchangeOptions, _ clock: TestClock) -> StopNCII {
        StopNCII(options: options, credentials: secrets, now: clock.now)
    }

    @Test("reads the published pages")
    func fixtures() async throws {
        guard try SharedVectors.arePresent else { return }
        let pages = try ["stopncii-fetchhashes-page1.json", "stopncii-fetchhashes-page2-last.json"].map {
            try SharedVectors.bytes($0)
        }
        try await withServer { fake, desk, clock, options in
            for page in pages { await fake.script(TestResponse(body: page)) }
            let report = await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round()
            #expect(report.end == .complete && report.pages == 2 && report.tally.added == 3 && report.refusedCount == 0)
            let records = await desk.liveRecords
            #expect(records.allSatisfy { $0.kind == .pdq && $0.trust == .claimed })
            #expect(records.last?.tags == ["case:cc592711-7068-442f-b5d2-24d50d389751", "blocked:Facebook"])
            #expect(records.first?.tags.count == 4)
            let log = await fake.log
            #expect(log[1].contains("nextPageToken=W3siY29tcG9zaXRlVG9rZW4i"))
        }
    }

    @Test("takes pages to the end, then only what is new; a withdrawn or deleted hash goes")
    func incremental() async throws {
        let records = (0..<25).map { FakeStopNCII.Record(time: 1_000 + $0, hash: digits($0)) }
        try await withServer(pageSize: 10, records: records) { fake, desk, clock, options in
            let runner = ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock)
            #expect(await runner.round().tally.added == 25)
            await fake.change { fake in
                fake.records[3].status = "Withdrawn"
                fake.records[3].time = 2_000
                fake.records[4].status = "Deleted"
                fake.records[4].time = 2_001
                fake.records[5].cases = ["c-1": "Withdrawn", "c-2": "Deleted"]
                fake.records[5].time = 2_002
                fake.records.append(.init(time: 2_003, hash: digits(99, 32), type: "VideoMD5"))
                fake.records.append(.init(time: 2_004, hash: "x", type: "VideoTMK"))
            }
            let report = await runner.round()
            #expect(report.tally.withdrawn == 3 && report.tally.added == 1 && report.ignored == ["VideoTMK": 1])
            let live = await desk.live
            #expect(live.count == 23)
            #expect(!live.contains { $0.contains(digits(3)) || $0.contains(digits(4)) || $0.contains(digits(5)) })
            // The last second is asked for again, so that nothing that came into it later is missed; all else is not.
            #expect(report.tally.unchanged == 1)
        }
    }

    @Test("a later record replaces an earlier one of the same hash")
    func replaces() async throws {
        try await withServer(records: [.init(time: 1_000, hash: digits(1))]) { fake, desk, clock, options in
            var options = options
            options.trustByWord = ["blocked": .probation]
            let runner = ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock)
            _ = await runner.round()
            await fake.change {
                $0.records[0].feedback = [("A", "Blocked")]; $0.records[0].cases = ["c-2": "Active"]
            }
            let report = await runner.round()
            #expect(report.tally.changed == 1 && report.tally.added == 0)
            let records = await desk.liveRecords
            #expect(records.map(\.trust) == [.probation] && records.map(\.tags) == [["case:c-2", "blocked:A"]])
        }
    }

    @Test("bad records are told and cost nothing else")
    func badRecords() async throws {
        var records = (0..<9).map { FakeStopNCII.Record(time: 1_000 + $0, hash: digits($0)) }
        records[2].hash = String(repeating: "0", count: 32)
        records[4].raw = #"{"signalType":"ImagePDQ"}"#
        records[5].raw = "17"
        records[6].cases = [:]
        try await withServer(pageSize: 3, records: records) { fake, desk, clock, options in
            let report = await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round()
            #expect(report.end == .complete && report.tally.added == 6)
            #expect(report.refused.map(\.line) == [3, 2, 3])
            #expect(report.refused[0].reason == "hashValue: expected 64 hexadecimal digits for pdq, found 32")
        }
    }

    @Test("a crash after any page neither misses nor repeats one", arguments: 1...5)
    func crash(page: Int) async throws {
        let records = (0..<50).map { FakeStopNCII.Record(time: 1_000 + $0, hash: digits($0)) }
        try await withServer(pageSize: 10, records: records, expectsRefusals: true) { fake, desk, clock, options in
            await desk.fail(take: page)
            let first = await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round()
            #expect(first.end == .later("the banks are not available"))
            #expect(await desk.live.count == (page - 1) * 10)
            // The token has run out meanwhile: reading begins at the time.
            await fake.forgetTokens()
            let second = await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round()
            #expect(second.end == .complete)
            #expect(await desk.live.count == 50)
        }
    }

    @Test("goes on in the middle with the token while it is fresh")
    func resume() async throws {
        let records = (0..<30).map { FakeStopNCII.Record(time: 1_000 + $0, hash: digits($0)) }
        try await withServer(pageSize: 10, records: records) { fake, desk, clock, options in
            let exchange = client(options, clock)
            let first = try await exchange.fetch(from: nil, easing: 0)
            let second = try await exchange.fetch(from: first.checkpoint, easing: 0)
            #expect(second.records.first?.value == digits(10))
            clock.advance(7 * 3600)
            let again = try await exchange.fetch(from: second.checkpoint, easing: 0)
            #expect(again.records.first?.value == digits(0))
        }
    }

    @Test("waits longer each time, as long as it is asked to, and gives up after eight tries")
    func patience() async throws {
        try await withServer(records: [.init(time: 1_000, hash: digits(1))]) { fake, desk, clock, options in
            await fake.script(
                TestResponse(status: 503), TestResponse(status: 500), TestResponse(status: 429, headers: ["Retry-After": "70"]))
            let report = await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round()
            #expect(report.end == .complete && report.retries == 3)
            #expect(clock.waits == [0.75, 1.5, 70])
            for _ in 0..<20 { await fake.script(TestResponse(status: 502)) }
            let next = await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round()
            #expect(next.end == .later("not available: status 502") && next.retries == 7)
            await fake.change { _ in }
        }
    }

    @Test("a server that fails on large pages is asked for small ones")
    func easing() async throws {
        let records = (0..<30).map { FakeStopNCII.Record(time: 1_000 + $0, hash: digits($0)) }
        try await withServer(pageSize: 16, records: records) { fake, desk, clock, options in
            await fake.change { $0.breaksAbove = 4 }
            let report = await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round()
            #expect(report.end == .complete && report.skipped.isEmpty)
            #expect(await desk.live.count == 30)
        }
    }

    @Test("a page that stays broken is passed over after five rounds, told, and the rest is read")
    func broken() async throws {
        var records = (0..<30).map { FakeStopNCII.Record(time: 1_000 + $0 * 2, hash: digits($0)) }
        records[12].raw = "BREAK"
        try await withServer(pageSize: 4, records: records, expectsRefusals: true) { fake, desk, clock, options in
            let runner = ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock)
            var reports: [RoundReport] = []
            while reports.last?.end != .complete, reports.count < 40 { reports.append(await runner.round()) }
            #expect(reports.last?.end == .complete)
            #expect(reports.prefix(4).allSatisfy { $0.skipped.isEmpty })
            #expect(reports.contains { !$0.skipped.isEmpty })
            #expect(await desk.live.count == 29)
        }
    }

    @Test("wrong keys stop it with a clear word and without a second try")
    func unauthorized() async throws {
        try await withServer(expectsRefusals: true) { fake, desk, clock, options in
            let wrong = StopNCII(
                options: options, credentials: ExchangeCredentials(["fetch-key": "no", "subscription-key": "sub"]), now: clock.now
            )
            let report = await ExchangeRunner.over(wrong, options, desk: desk, clock: clock).round()
            #expect(report.end == .stopped("the credentials are not accepted (status 401); check the credentials file"))
            #expect(await fake.log.count == 1 && clock.waits.isEmpty)
            let none = StopNCII(options: options, credentials: ExchangeCredentials([:]), now: clock.now)
            let silent = await ExchangeRunner.over(none, options, desk: desk, clock: clock).round()
            #expect(silent.end == .stopped("the credentials file has no 'fetch-key'"))
        }
    }

    @Test("a redirect is not followed and an oversized answer is not read")
    func limits() async throws {
        try await withServer(records: (0..<800).map { .init(time: 1_000 + $0, hash: digits($0)) }) { fake, desk, clock, options in
            await fake.script(TestResponse(status: 302, headers: ["Location": "http://127.0.0.2/elsewhere"]))
            var options = options
            options.bodyLimit = 100_000
            let report = await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round()
            #expect(report.end == .complete)
            #expect(await desk.live.count == 800)
        }
    }

    @Test("what was forgotten in a long absence is taken back after all was read again")
    func stale() async throws {
        let records = (0..<30).map { FakeStopNCII.Record(time: 1_000 + $0, hash: digits($0)) }
        try await withServer(pageSize: 10, records: records) { fake, desk, clock, options in
            _ = await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round()
            await fake.change { $0.records.removeFirst(5) }
            clock.advance(29 * 86_400)
            #expect(
                await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round().tally.withdrawn == 0)
            clock.advance(31 * 86_400)
            // Interrupted in the middle: nothing is taken back for want of having been seen.
            await desk.fail(take: 2)
            let interrupted = await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round()
            #expect(interrupted.end != .complete && interrupted.tally.withdrawn == 0)
            let report = await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round()
            #expect(report.end == .complete && report.tally.withdrawn == 5)
            #expect(await desk.live.count == 25)
            #expect(
                await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round().tally.withdrawn == 0)
        }
    }

    @Test("sends feedback and hashes in the protocol's own words")
    func tells() async throws {
        try await withServer { fake, _, clock, options in
            var options = options
            options.sharedTags = ["synthetic"]
            let exchange = client(options, clock)
            let notTaken = try await exchange.push([
                FingerprintRecord(kind: .pdq, value: digits(1).uppercased(), trust: .verified, tags: ["synthetic", "case 17"]),
                FingerprintRecord(kind: .md5, value: digits(2, 32), trust: .verified, isWithdrawn: true),
                FingerprintRecord(kind: .sha256, value: digits(3), trust: .verified),
            ])
            #expect(notTaken == 1)
            _ = try await exchange.send([
                .init(kind: .pdq, value: digits(4), reference: "", outcome: .confirmed),
                .init(kind: .pdq, value: digits(5), reference: "", outcome: .overturned),
                .init(kind: .pdq, value: digits(6), reference: "", outcome: .matched),
            ])
            let posts = await fake.posts
            #expect(posts.map(\.path) == ["/v1/SubmitHashes", "/v1/SubmitFeedback", "/v1/SubmitFeedback"])
            #expect(posts[0].body["hashRecords"]?.array?.first?["hashValue"]?.string == digits(1))
            #expect(posts[0].body["hashRecords"]?.array?.first?["signalType"] == "ImagePDQ")
            #expect(posts[0].body["hashRecords"]?.array?.first?["CSPFeedbacks"]?.array?.first?["tags"] == ["synthetic"])
            let words = posts.dropFirst().flatMap { $0.body["hashFeedbacks"]?.array ?? [] }.map { $0["feedbackValue"]?.string }
            #expect(words == ["Withdrawn", "Blocked", "NotBlocked", "PendingReview"])
        }
    }
}

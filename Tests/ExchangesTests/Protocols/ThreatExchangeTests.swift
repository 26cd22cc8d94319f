// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTesting
import Moderation
import Signals
import Testing

@testable import Exchanges

@Suite("ThreatExchange")
struct ThreatExchangeTests {
    private func withServer(
        _ updates: [FakeThreatExchange.Update] = [], expectsRefusals: Bool = false,
        _ body: (FakeThreatExchange, MemoryDesk, TestClock, ExchangeOptions) async throws -> Void
    ) async throws {
        let fake = FakeThreatExchange()
        await fake.change { $0.updates = updates }
        try await TestServer.with({ await fake.respond($0) }) { server in
            await fake.change { $0.url = server.url }
            var options = ExchangeOptions(name: "te", kind: .threatexchange, bank: "shared", url: server.url + "/v26.0")
            options.group = "777"
            options.pageSize = 10
            try await body(fake, MemoryDesk(), TestClock(), options)
        }
        if !expectsRefusals {
            let refusals = await fake.refusals
            #expect(refusals.isEmpty, "the server refused: \(refusals)")
        }
    }

    private func client(_ options: ExchangeOptions, _ clock: TestClock) -> ThreatExchange {
        ThreatExchange(
            options: options, credentials: ExchangeCredentials(["app-id": "12345678", "app-secret": "secret"]), now: clock.now)
    }

    private func many(_ count: Int) -> [FakeThreatExchange.Update] {
        (0..<count).map { .init(id: "\(5_000 + $0)", time: 1_700_000_000 + $0 / 7, hash: digits($0)) }
    }

    @Test("pages, updates and deletions; the token gets into no checkpoint")
    func incremental() async throws {
        try await withServer(many(35)) { fake, desk, clock, options in
            let runner = ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock)
            let report = await runner.round()
            #expect(report.end == .complete && report.pages == 4 && report.tally.added == 35)
            await fake.change { fake in
                fake.updates[3].isDeleted = true
                fake.updates[3].time = 1_700_001_000
                fake.updates[4].descriptors = [FakeThreatExchange.descriptor("1001", "NON_MALICIOUS")]
                fake.updates[4].time = 1_700_001_001
            }
            let second = await runner.round()
            #expect(second.tally.withdrawn == 2 && second.tally.added == 0)
            #expect(await desk.live.count == 33)
            let texts = await desk.takes.compactMap(\.checkpoint)
            #expect(!texts.isEmpty && !texts.contains { $0.contains("secret") || $0.contains("access_token") })
        }
    }

    @Test("a crash after any page neither misses nor repeats one", arguments: 1...4)
    func crash(page: Int) async throws {
        try await withServer(many(40), expectsRefusals: true) { fake, desk, clock, options in
            await desk.fail(take: page)
            #expect(await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round().end != .complete)
            #expect(await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round().end == .complete)
            #expect(await desk.live.count == 40)
        }
    }

    @Test("opinions become trust and tags; nobody outside can make a hash benign here")
    func opinions() async throws {
        let update = { (id: String, descriptors: [JSONTree]) in
            FakeThreatExchange.Update(id: id, time: 1_700_000_000, hash: digits(Int(id) ?? 0), descriptors: descriptors)
        }
        let disagree: JSONTree = ["key": "DISAGREE_WITH_TAGS", "value": "1002"]
        let updates = [
            update("1", [FakeThreatExchange.descriptor("1001", "MALICIOUS", tags: ["ncii"])]),
            update(
                "2", [FakeThreatExchange.descriptor("1001", "MALICIOUS"), FakeThreatExchange.descriptor("1002", "NON_MALICIOUS")]),
            update("3", [FakeThreatExchange.descriptor("1001", "MALICIOUS", reactions: [disagree])]),
            update("4", [FakeThreatExchange.descriptor("1001", "UNKNOWN")]),
            update("5", [["id": "1", "status": "MALICIOUS"]]),
            FakeThreatExchange.Update(id: "6", time: 1_700_000_000, hash: "https://example.org", type: "URI"),
        ]
        try await withServer(updates) { fake, desk, clock, options in
            var options = options
            options.trustByWord = ["malicious": .probation]
            let report = await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round()
            let records = await desk.liveRecords.sorted { $0.reference < $1.reference }
            #expect(records.map(\.trust) == [.probation, .claimed, .claimed, .claimed])
            #expect(records[0].tags == ["ncii", "owner:1001"] && records[1].tags == ["disputed", "owner:1001", "owner:1002"])
            #expect(report.refusedCount == 1 && report.ignored == ["another": 1])
        }
    }

    @Test("after 85 days all is read again, and what is gone goes")
    func stale() async throws {
        try await withServer(many(30)) { fake, desk, clock, options in
            _ = await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round()
            await fake.change { $0.updates.removeLast(10) }
            clock.advance(86 * 86_400)
            let report = await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round()
            #expect(report.end == .complete && report.tally.withdrawn == 10)
            #expect(await desk.live.count == 20)
        }
    }

    @Test("what is unreadable when all is read again, or an answer without anything, takes nothing back", arguments: [1, 30])
    func staleAndBroken(broken: Int) async throws {
        try await withServer(many(30)) { fake, desk, clock, options in
            _ = await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round()
            await fake.change { state in
                state.updates.removeLast(10)
                if broken == 30 { state.updates.removeAll() } else { state.updates[0].hash = "not a hash" }
            }
            clock.advance(86 * 86_400)
            let report = await ExchangeRunner.over(client(options, clock), options, desk: desk, clock: clock).round()
            #expect(report.end == .complete && report.tally.withdrawn == 0)
            #expect(await desk.live.count == 30)
        }
    }

    @Test("reactions go to the descriptors of others; own hashes are posted, and deleted when withdrawn")
    func tells() async throws {
        try await withServer { fake, _, clock, options in
            let exchange = client(options, clock)
            _ = try await exchange.send([.init(kind: .pdq, value: digits(1), reference: "42", outcome: .overturned)])
            _ = try await exchange.push([
                FingerprintRecord(kind: .pdq, value: digits(2), trust: .verified, tags: ["private"]),
                FingerprintRecord(kind: .md5, value: digits(3, 32), trust: .retired, isWithdrawn: true),
            ])
            let posts = await fake.posts
            #expect(posts.count == 4 && posts[0] == "POST /v26.0/91001 reactions=DISAGREE_WITH_TAGS")
            #expect(
                posts[1].contains("indicator=\(digits(2))") && posts[1].contains("status=MALICIOUS")
                    && posts[1].contains("type=HASH_PDQ"))
            #expect(!posts[1].contains("private"))
            #expect(posts[2].contains("status=UNKNOWN") && posts[3] == "DELETE /v26.0/555")
        }
    }
}

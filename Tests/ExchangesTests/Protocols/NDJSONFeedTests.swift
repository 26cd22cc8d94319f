// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTesting
import Moderation
import Signals
import Testing

@testable import Exchanges

@Suite("List of another Haechi")
struct NDJSONFeedTests {
    /// Changes by revision, served as the protocol says.
    private actor Peer {
        var changes: [FingerprintRecord] = []
        private(set) var refusals = 0

        func change(_ change: @Sendable (isolated Peer) -> Void) { change(self) }

        func respond(_ request: TestRequest) -> TestResponse {
            guard request.path == "/list", request.headers["authorization"] == "Bearer t", let parameters = request.parameters,
                let limit = parameters["limit"].flatMap({ Int($0) }), Set(parameters.keys).isSubset(of: ["limit", "after"])
            else {
                refusals += 1
                return TestResponse(status: 403)
            }
            let after = parameters["after"].flatMap { Int($0) } ?? 0
            let part = changes.dropFirst(after).prefix(limit)
            var body: [UInt8] = []
            for record in part { RecordWriter(.ndjson).write(record, to: &body) }
            return TestResponse(
                headers: [
                    "Haechi-Cursor": String(after + part.count), "Haechi-More": String(after + part.count < changes.count),
                    "Content-Type": "application/x-ndjson",
                ], body: body)
        }
    }

    @Test("pages, new ones, withdrawals; trust is what the operator allows")
    func incremental() async throws {
        let peer = Peer()
        await peer.change { peer in
            peer.changes = (0..<25).map {
                FingerprintRecord(kind: .pdq, value: digits($0), trust: $0 == 0 ? .benign : .verified, reference: "fp-\($0)")
            }
        }
        try await TestServer.with({ await peer.respond($0) }) { server in
            var options = ExchangeOptions(name: "peer", kind: .ndjson, bank: "b", url: server.url + "/list")
            options.pageSize = 10
            options.trust = .probation
            let desk = MemoryDesk()
            let feed = NDJSONFeed(options: options, credentials: ExchangeCredentials(["token": "t"]))
            let runner = ExchangeRunner.over(feed, options, desk: desk)
            let report = await runner.round()
            #expect(report.end == .complete && report.pages == 3 && report.tally.added == 24)
            #expect(await desk.liveRecords.allSatisfy { $0.trust == .probation })
            await peer.change { peer in
                peer.changes.append(
                    FingerprintRecord(kind: .pdq, value: digits(7), trust: .verified, reference: "fp-7", isWithdrawn: true))
            }
            #expect(await runner.round().tally.withdrawn == 1)
            #expect(await desk.live.count == 23)
            #expect(await peer.refusals == 0)
        }
    }

    @Test("an answer without a cursor is no list")
    func noCursor() async throws {
        try await TestServer.with({ _ in .text("{\"kind\":\"md5\"}") }) { server in
            let options = ExchangeOptions(name: "peer", kind: .ndjson, bank: "b", url: server.url + "/list")
            let feed = NDJSONFeed(options: options, credentials: nil)
            await #expect(throws: ExchangeError.malformed("the header Haechi-Cursor is missing")) {
                try await feed.fetch(from: nil, easing: 0)
            }
        }
    }

    @Test("an answer that is cut off is asked for again")
    func cutOff() async throws {
        let desk = MemoryDesk()
        let server = try CuttingServer(
            cuts: 2,
            body: "{\"kind\":\"md5\",\"value\":\"\(digits(1, 32))\"}\n{\"kind\":\"md5\",\"value\":\"\(digits(2, 32))\"}\n")
        let port = try await server.start()
        let options = ExchangeOptions(name: "peer", kind: .ndjson, bank: "b", url: "http://127.0.0.1:\(port)/list")
        let report = await ExchangeRunner.over(NDJSONFeed(options: options, credentials: nil), options, desk: desk).round()
        await server.stop()
        #expect(report.end == .complete && report.retries == 2)
        #expect(await desk.live.count == 2)
    }
}

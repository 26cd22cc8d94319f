// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import Pipeline
import Testing

@testable import Connectors

@Suite("Reports")
struct MatrixReportsTests {
    private func report(_ id: Int64, room: String = "!open", event: JSONValue = Recorded.picture("$p")) -> JSONValue {
        [
            "id": .integer(id), "received_ts": 1_795_354_050_000, "room_id": .string(room), "event_id": "$p",
            "user_id": "@alice:test.local",
            "score": .null, "reason": "this is me", "sender": "@mallory:test.local", "canonical_alias": .null, "name": "Lobby",
            "event_json": event,
        ]
    }

    @Test("copies what was reported, with the class of its room")
    func copies() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!closed") { $0.joinRule = "invite" }
            let reported = report(1, room: "!closed")
            await bench.homeserver.change { server in
                server.media["test.local/AbC"] = [1, 2, 3]
                // Taken out of sight before the report was read: an administrator can still copy it.
                server.quarantined = ["test.local/AbC"]
                server.reports = [reported]
            }
            try await bench.reports().poll()
            let taken = try #require(await bench.intake.reports.first)
            #expect(
                taken.report.externalID == "1" && taken.report.text == "this is me"
                    && taken.report.reporter == "@alice:test.local")
            #expect(taken.report.privacy == .private && taken.report.at == Date(timeIntervalSince1970: 1_795_354_050))
            #expect(taken.report.target.actor == "@mallory:test.local" && taken.report.target.item == "$p")
            #expect(taken.item?.text == "picture.png" && taken.media.map(\.bytes) == [[1, 2, 3]])
        }
    }

    @Test("takes each report once, also after a restart, and misses none when ids become visible out of order")
    func once() async throws {
        try await MatrixBench.with { bench in
            let (first, third) = (report(1), report(3))
            await bench.homeserver.change { $0.reports = [first, third] }
            try await bench.reports().poll()
            let second = report(2)
            await bench.homeserver.change { $0.reports.insert(second, at: 1) }
            try await bench.reports().poll()
            try await bench.reports().poll()
            #expect(await bench.intake.reports.map(\.report.externalID) == ["1", "3", "2"])
        }
    }

    @Test("goes on only when a report is durable")
    func durable() async throws {
        try await MatrixBench.with { bench in
            let (first, second) = (report(1), report(2))
            await bench.homeserver.change { $0.reports = [first, second] }
            await bench.intake.failNext(1)
            try await bench.reports().poll()
            #expect(await bench.intake.reports.map(\.report.externalID) == ["2"])
            try await bench.reports().poll()
            #expect(await bench.intake.reports.map(\.report.externalID) == ["2", "1"])
        }
    }

    @Test("takes a report of an encrypted message, and one whose media is gone")
    func nothingToSee() async throws {
        try await MatrixBench.with { bench in
            let encrypted = report(1, event: Recorded.event("$p", type: "m.room.encrypted", ["ciphertext": "x"]))
            let gone = report(2)
            await bench.homeserver.change { $0.reports = [encrypted, gone] }
            try await bench.reports().poll()
            let reports = await bench.intake.reports
            #expect(
                reports.map(\.report.externalID) == ["1", "2"] && reports[0].item?.text == nil
                    && reports.allSatisfy(\.media.isEmpty))
        }
    }

    @Test("is not held up by a report that was deleted or cannot be read")
    func broken() async throws {
        try await MatrixBench.with { bench in
            let odd: JSONValue = ["id": 1, "room_id": 5]
            let good = report(3)
            await bench.homeserver.change { $0.reports = [odd, good] }
            await bench.homeserver.script("event_reports/1", FakeHomeserver.refuse(404, "M_NOT_FOUND"))
            try await bench.reports().poll()
            try await bench.reports().poll()
            #expect(await bench.intake.reports.map(\.report.externalID) == ["3"])
        }
    }

    @Test("remembers what was taken in a bounded space")
    func cursor() {
        var cursor = MatrixReportCursor("")
        for id in Int64(1)...500 where id != 490 { cursor.taken(id) }
        #expect(!cursor.contains(490) && cursor.contains(489) && cursor.contains(1) && !cursor.contains(501))
        let read = MatrixReportCursor(cursor.text)
        #expect(!read.contains(490) && read.contains(489) && read.contains(500) && read.floor == 436)
        #expect(MatrixReportCursor("nonsense").floor == 0)
        var waiting = MatrixReportCursor("")
        waiting.wait(for: 3)
        for id in Int64(4)...500 { waiting.taken(id) }
        #expect(!waiting.contains(3) && waiting.floor == 2)
    }
}

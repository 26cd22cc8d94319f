// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import HTTPTypes
import Moderation
import Pipeline
import Signals
import SignalsTesting
import Testing

@testable import HaechiServer

@Suite("Console: banks and look-back")
struct ConsoleBankTests {
    @Test("an administrator who did not bring a delivery approves it; a moderator cannot, nor who brought it")
    func approval() async throws {
        let fixture = try await ConsoleFixture()
        let store = fixture.world.bankStore
        try await store.put(Bank(name: "known", note: "<b>", addedAt: fixture.clock.now), ledger: [])
        try await store.put(FingerprintSource(name: "exchange", addedAt: fixture.clock.now), ledger: [])
        for (id, by) in [("i-1", "api:tool"), ("i-2", "hana"), ("i-3", "api:tool")] {
            let delivery = FingerprintImport(
                id: ImportID(id), bank: "known", source: "exchange", by: by, at: fixture.clock.now, state: .waiting,
                reason: "1,500 records")
            let record = FingerprintRecord(
                kind: .sha256, value: String(repeating: "ab", count: 32), trust: .verified, reference: id)
            _ = try await store.write([record], of: delivery, checkpoint: nil, ledger: [])
        }
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            let page = try await browser.get("/console/banks")
            #expect(page.status == .ok && page.text.contains("&lt;b&gt;") && page.text.contains("1,500 records"))
            // A moderator sees it and decides nothing.
            #expect(!page.text.contains("/console/banks/imports/"))
            let refused = try await browser.post("/console/banks/imports/i-1", ["choice": "approve"])
            #expect(refused.status == .forbidden)
            await fixture.makeAdmin()
            let asAdmin = try await browser.get("/console/banks")
            #expect(asAdmin.text.contains("/console/banks/imports/i-1"))
            let own = try await browser.post("/console/banks/imports/i-2", ["choice": "approve"])
            #expect(own.status == .conflict && own.text.contains("another person"))
            #expect(try await browser.post("/console/banks/imports/i-1", ["choice": "approve"]).status == .seeOther)
            #expect(try await browser.post("/console/banks/imports/i-3", ["choice": "refuse"]).status == .unprocessableContent)
            let done = try await browser.post("/console/banks/imports/i-3", ["choice": "refuse", "reason": "wrong list"])
            #expect(done.status == .seeOther)
        }
        let states = try await store.imports(in: Set(FingerprintImport.State.allCases), limit: 10)
        #expect(
            Dictionary(uniqueKeysWithValues: states.map { ($0.id, $0.state) }) == [
                "i-1": .applied, "i-2": .waiting, "i-3": .refused,
            ])
    }

    @Test("a bulk decision is started, paused and taken back with a reason, by an administrator")
    func bulk() async throws {
        let fixture = try await ConsoleFixture()
        var bulk = BulkDecision(
            id: "bulk-1", at: fixture.clock.now, by: "system", request: SweepRequest(queries: []), effects: [Effect(.remove)],
            clause: nil, reason: "earlier copies <of> one", largest: 1_000, perMinute: 60, found: BulkCount())
        bulk.found.items = 7
        bulk.applied = 3
        await fixture.world.bulks.add(bulk)
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            let page = try await browser.get("/console/lookback")
            #expect(page.status == .ok && page.text.contains("earlier copies &lt;of&gt; one") && page.text.contains("$item"))
            #expect(try await browser.post("/console/lookback/bulk-1", ["choice": "start"]).status == .forbidden)
            await fixture.makeAdmin()
            #expect(try await browser.post("/console/lookback/bulk-1", ["choice": "start"]).status == .seeOther)
            #expect(try await browser.post("/console/lookback/bulk-1", ["choice": "pause"]).status == .seeOther)
            #expect(try await browser.post("/console/lookback/bulk-1", ["choice": "undo"]).status == .unprocessableContent)
            #expect(
                try await browser.post("/console/lookback/bulk-1", ["choice": "undo", "reason": "wrong"]).status == .seeOther)
            #expect(try await browser.post("/console/lookback/bulk-1", ["choice": "explode"]).status == .notFound)
            #expect(try await browser.post("/console/lookback/none", ["choice": "start"]).status == .conflict)
        }
        #expect(await fixture.world.bulks.said == ["start bulk-1 by hana", "pause bulk-1 by hana", "undo bulk-1 by hana: wrong"])
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import ModerationTesting
import Signals
import SignalsTesting
import Testing

@Suite("Banks and sources")
struct BankServiceTests {
    @Test("makes, changes and deletes a bank, each with its entry in the ledger")
    func banks() async throws {
        let desk = try await Desk()
        try await desk.service.create(Bank(name: "second", note: "a trial", addedAt: .start), by: "hana")
        try await desk.service.change(Bank(name: "second", note: "a trial", radius: 20, addedAt: .distantFuture), by: "bo")
        let changed = try await desk.service.banks().first { $0.name == "second" }
        #expect(changed?.radius == 20)
        #expect(changed?.addedAt == .start, "when it was made does not change")
        try await desk.service.delete("second", by: "hana")
        #expect(desk.ledgerKinds == ["bank.created", "bank.changed", "bank.deleted"])
        #expect(desk.store.ledger[1].facts == ["radius": "20", "radius.before": "31"])
        #expect(desk.store.ledger.map(\.actor) == ["hana", "bo", "hana"])
    }

    @Test("a deleted bank's fingerprints no longer match")
    func deletion() async throws {
        let desk = try await Desk()
        try await desk.deliver([.pdq(1)])
        #expect(try await desk.lookUp(Hex.hash(1)).count == 1)
        try await desk.service.delete("known", by: "hana")
        #expect(try await desk.lookUp(Hex.hash(1)) == [])
        #expect(desk.store.ledger.last?.facts["fingerprints"] == "1")
    }

    @Test(
        "refuses banks that cannot be",
        arguments: [
            Bank(name: "", addedAt: .start), Bank(name: "two words", addedAt: .start),
            Bank(name: "a", radius: 64, addedAt: .start),
            Bank(name: "a", radius: -1, addedAt: .start), Bank(name: "a", qualityGate: 101, addedAt: .start),
            Bank(name: "a", share: 1.1, addedAt: .start), Bank(name: "a", share: .nan, addedAt: .start),
            Bank(name: String(repeating: "a", count: 101), addedAt: .start),
        ])
    func refusedBanks(bank: Bank) async throws {
        let desk = try await Desk()
        await #expect(throws: BankError.self) { try await desk.service.create(bank, by: "hana") }
        #expect(desk.ledgerKinds == [])
    }

    @Test("names what is there or is not there")
    func names() async throws {
        let desk = try await Desk()
        await #expect(throws: BankError.bankExists("known")) {
            try await desk.service.create(Bank(name: "known", addedAt: .start), by: "hana")
        }
        await #expect(throws: BankError.noSuchBank("gone")) {
            try await desk.service.change(Bank(name: "gone", addedAt: .start), by: "hana")
        }
        await #expect(throws: BankError.noSuchBank("gone")) {
            try await desk.service.begin(bank: "gone", source: "desk", by: "hana", expected: 1)
        }
        await #expect(throws: BankError.noSuchSource("'gone'; there are 'desk', 'public'")) {
            try await desk.service.begin(bank: "known", source: "gone", by: "hana", expected: 1)
        }
        await #expect(throws: BankError.noSuchFingerprint(9)) {
            try await desk.service.retire(9, by: "hana", reason: "an error")
        }
    }

    @Test("a source's word counts for no more than its ceiling, now and after a change")
    func ceiling() async throws {
        let desk = try await Desk()
        try await desk.deliver([.pdq(1, trust: .verified)], source: "public")
        #expect(try await desk.lookUp(Hex.hash(1)).map(\.trust) == [.claimed])
        try await desk.service.put(FingerprintSource(name: "public", ceiling: .probation, addedAt: .start), by: "hana")
        #expect(try await desk.lookUp(Hex.hash(1)).map(\.trust) == [.probation])
        #expect(desk.store.ledger.last?.facts == ["ceiling": "probation", "ceiling.before": "claimed"])
        try await desk.service.put(
            FingerprintSource(name: "public", ceiling: .probation, state: .stopped, addedAt: .start), by: "hana")
        #expect(try await desk.lookUp(Hex.hash(1)) == [])
    }

    @Test("refuses sources that cannot be", arguments: [Trust.benign, .retired])
    func refusedSources(ceiling: Trust) async throws {
        let desk = try await Desk()
        await #expect(throws: BankError.self) {
            try await desk.service.put(FingerprintSource(name: "new", ceiling: ceiling, addedAt: .start), by: "hana")
        }
        await #expect(throws: BankError.self) {
            try await desk.service.put(FingerprintSource(name: "new", precisionFloor: 1.5, addedAt: .start), by: "hana")
        }
    }

    @Test("retires a fingerprint with a reason; it no longer matches")
    func retire() async throws {
        let desk = try await Desk()
        try await desk.deliver([.pdq(1)])
        let match = try #require(try await desk.lookUp(Hex.hash(1)).first)
        await #expect(throws: BankError.self) { try await desk.service.retire(match.key, by: "hana", reason: "  ") }
        try await desk.service.retire(match.key, by: "hana", reason: "wrong picture")
        #expect(try await desk.lookUp(Hex.hash(1)) == [])
        #expect(desk.store.ledger.last?.kind == "fingerprint.retired")
        #expect(desk.store.ledger.last?.facts["reason"] == "wrong picture")
    }

    @Test("no entry in the ledger holds a hash")
    func noContent() async throws {
        let desk = try await Desk()
        try await desk.deliver([.pdq(1), .pdq(2, isWithdrawn: true)])
        let key = try #require(try await desk.lookUp(Hex.hash(1)).first?.key)
        try await desk.service.retire(key, by: "hana", reason: "wrong")
        for entry in desk.store.ledger {
            let texts = [entry.subject] + entry.facts.values
            #expect(!texts.contains { $0.contains(Hex.hash(1).prefix(16)) }, "\(entry)")
        }
    }

    @Test("a store that fails is worth another try, and what it wrote is live when it answers again")
    func failure() async throws {
        let desk = try await Desk()
        desk.store.fails = true
        await #expect(throws: BankError.self) { try await desk.service.create(Bank(name: "new", addedAt: .start), by: "hana") }
        do {
            _ = try await desk.lookUp(Hex.hash(1))
            Issue.record("a look-up without a store answered")
        } catch let error as BankError {
            guard case .unavailable = error else {
                Issue.record("\(error)")
                return
            }
        }
        desk.store.fails = false
        try await desk.deliver([.pdq(1)])
        #expect(try await desk.lookUp(Hex.hash(1)).count == 1)
    }

    @Test("looks up by every kind, nearest first, and says how the picture was turned")
    func lookUp() async throws {
        let desk = try await Desk()
        let md5 = Hex.hash(5, digits: 32)
        let hash = Hex.hash(1)
        try await desk.deliver([
            .pdq(1), FingerprintRecord(kind: .pdq, value: Hex.hash(hash, flipping: 9), trust: .claimed),
            FingerprintRecord(kind: .md5, value: md5, trust: .verified),
            FingerprintRecord(kind: .sha256, value: Hex.hash(6), trust: .verified),
        ])
        #expect(try await desk.lookUp(Hex.hash(hash, flipping: 6)).map(\.distance) == [3, 6])
        #expect(try await desk.lookUp(Hex.complement(hash)).map(\.variant) == ["inverted", "inverted"])
        #expect(try await desk.lookUp(md5.uppercased(), .md5).count == 1)
        #expect(try await desk.lookUp(Hex.hash(6), .sha256).count == 1)
        #expect(try await desk.lookUp(md5 + String(repeating: "0", count: 32), .pdq) == [])
        let near = try await desk.service.lookUp(.pdq, hash, banks: ["known"], radius: 8, quality: 100)
        #expect(near.map(\.distance) == [0])
        #expect(try await desk.service.lookUp(.pdq, hash, banks: [], radius: nil, quality: nil) == [])
        #expect(try await desk.service.lookUp(.pdq, hash, banks: nil, radius: nil, quality: 49) == [], "under the bank's gate")
        await #expect(throws: BankError.noSuchBank("gone")) {
            try await desk.service.lookUp(.pdq, hash, banks: ["gone"], radius: nil, quality: nil)
        }
        await #expect(throws: BankError.self) {
            try await desk.service.lookUp(.pdq, hash, banks: nil, radius: 64, quality: nil)
        }
    }
}

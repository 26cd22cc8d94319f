// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Signals
import Testing

@testable import Storage

/// A small generator that can be started again from its seed.
private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func one<T>(of things: [T]) -> T { things[Int.random(in: 0..<things.count, using: &self)] }
    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }
}

@Suite("Bank store, against a model")
struct BankPropertyTests {
    private static let banks = ["one", "two"]
    private static let sources = ["s-a", "s-b", "s-c"]

    @Test("keeps to the rules of trust under any order of deliveries", arguments: Engine.allCases)
    func rules(engine: Engine) async throws {
        let given = ProcessInfo.processInfo.environment["HAECHI_TEST_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        print("Bank store against a model, \(engine): HAECHI_TEST_SEED=\(seed)")
        var dice = Dice(state: seed)
        for _ in 0..<3 {
            let start = dice.next()
            try await engine.withStore { (store: Store) async throws in
                var dice = Dice(state: start)
                try await run(store, steps: 60, &dice, "HAECHI_TEST_SEED=\(seed)")
            }
        }
    }

    private func run(_ store: Store, steps: Int, _ dice: inout Dice, _ seed: String) async throws {
        var model = BankModel()
        for bank in Self.banks { try await store.put(Bank(name: bank, addedAt: Sample.now), ledger: []) }
        for name in Self.sources {
            let source = FingerprintSource(name: name, addedAt: Sample.now)
            try await store.put(source, ledger: [])
            model.put(source)
        }
        var revision = try await store.revision()
        for step in 0..<steps {
            for index in model.entries.indices { model.entries[index].changed = false }
            let what = try await act(store, &model, &dice)
            try await compare(store, model, after: &revision, "step \(step), \(what), \(seed)")
        }
    }

    private func act(_ store: Store, _ model: inout BankModel, _ dice: inout Dice) async throws -> String {
        switch Int.random(in: 0..<20, using: &dice) {
        case 0...1:
            let source = FingerprintSource(
                name: dice.one(of: Self.sources), ceiling: dice.one(of: [.claimed, .probation, .verified, .verified]),
                state: dice.one(of: [.active, .active, .demoted, .stopped]), addedAt: Sample.now)
            try await store.put(source, ledger: [])
            model.put(source)
            return "put \(source.name) \(source.ceiling) \(source.state)"
        case 2...4:
            let waiting = model.imports.values.filter { $0.state == .waiting }.map(\.id.rawValue).sorted()
            guard !waiting.isEmpty else { return "nothing waits" }
            let id = ImportID(dice.one(of: waiting))
            let state: FingerprintImport.State = dice.chance(0.6) ? .applied : .refused
            let resolved = try await store.resolve(id, as: state, by: "hana", reason: "no", at: Sample.now, ledger: [])
            #expect(model.resolve(id, as: state, by: "hana") && resolved?.state == state)
            return "resolve \(id) as \(state)"
        case 5 where !model.entries.isEmpty:
            let key = Int64(Int.random(in: 1...model.entries.count, using: &dice))
            try await store.retire(key, because: "a mistake", by: "hana", at: Sample.now, ledger: [])
            model.endAll(because: "a mistake (hana)") { $0.key == key }
            return "retire \(key)"
        case 6 where dice.chance(0.3):
            let bank = dice.one(of: Self.banks)
            try await store.deleteBank(bank, because: "not needed", at: Sample.now, ledger: [])
            try await store.put(Bank(name: bank, addedAt: Sample.now), ledger: [])
            model.endAll(because: "not needed") { $0.bank == bank }
            for id in model.imports.keys where model.imports[id]?.bank == bank && model.imports[id]?.state == .waiting {
                model.imports[id]?.state = .refused
            }
            return "delete \(bank)"
        default: return try await deliver(store, &model, &dice)
        }
    }

    private func deliver(_ store: Store, _ model: inout BankModel, _ dice: inout Dice) async throws -> String {
        let open = model.imports.values.filter { $0.state != .refused }.sorted { $0.id.rawValue < $1.id.rawValue }
        var delivery: FingerprintImport
        if dice.chance(0.3), !open.isEmpty {
            delivery = dice.one(of: open)
            if dice.chance(0.3) { delivery.state = .waiting }
        } else {
            delivery = FingerprintImport(
                id: ImportID("i-\(model.imports.count)"), bank: dice.one(of: Self.banks), source: dice.one(of: Self.sources),
                by: "exchange:x", at: Sample.now, state: dice.chance(0.35) ? .waiting : .applied)
        }
        let records = (0..<Int.random(in: 0...6, using: &dice)).map { line in
            let kind = dice.one(of: Fingerprint.Kind.allCases)
            return FingerprintRecord(
                kind: kind,
                value: String(repeating: dice.one(of: ["a", "0", "9f"]), count: kind.digits).prefix(kind.digits).description,
                trust: dice.one(of: [.claimed, .probation, .verified, .verified, .benign]), reference: dice.one(of: ["", "r-1"]),
                tags: dice.one(of: [[], ["t"]]), quality: dice.one(of: [nil, 70]), radius: dice.one(of: [nil, 0, 20]),
                expiresAt: dice.one(of: [nil, nil, Sample.now + 3_600]), isWithdrawn: dice.chance(0.2), line: line)
        }
        let tally = try await store.write(records, of: delivery, checkpoint: nil, ledger: [])
        #expect(tally == model.write(records, of: delivery))
        return "\(records.count) records of \(delivery.id) (\(delivery.state)) from \(delivery.source) to \(delivery.bank)"
    }

    private func compare(_ store: Store, _ model: BankModel, after revision: inout Int64, _ what: String) async throws {
        let prints = try await store.fingerprints(bank: nil, kind: nil, after: 0, limit: 1_000)
        #expect(prints == model.entries.map(\.print), "\(what)")
        let changes = try await store.changes(after: revision, limit: 1_000)
        #expect(
            Set(changes.map(\.fingerprint.key)) == Set(model.entries.filter(\.changed).map(\.print.key)),
            "each that changed has a new revision, no other: \(what)")
        #expect(Set(changes.map(\.revision)).count == changes.count)
        revision = try await store.revision()
        #expect(changes.allSatisfy { $0.revision <= revision })
        for entry in model.entries {
            let told = try await store.provenance(of: entry.print.key).map {
                "\($0.source) \($0.reference) \($0.trust) \($0.tags) \($0.importID) \($0.endedAt == nil) \($0.endedBecause)"
            }
            let expected = entry.words.map {
                "\($0.source) \($0.reference) \($0.trust) \($0.tags) \($0.importID) \($0.endedBecause == nil) \($0.endedBecause ?? "")"
            }
            #expect(told == expected, "\(what)")
        }
        try await compareTotals(store, model, what)
        let states = try await store.imports(in: Set(FingerprintImport.State.allCases), limit: 1_000)
        #expect(
            Dictionary(uniqueKeysWithValues: states.map { ($0.id, "\($0.state) \($0.count)") })
                == model.imports.mapValues { "\($0.state) \($0.count)" }, "\(what)")
    }

    private func compareTotals(_ store: Store, _ model: BankModel, _ what: String) async throws {
        let counts = try await store.counts()
        let grouped = Dictionary(grouping: model.entries.map(\.print)) { "\($0.bank) \($0.kind) \($0.trust)" }.mapValues(\.count)
        #expect(
            Dictionary(uniqueKeysWithValues: counts.map { ("\($0.bank) \($0.kind) \($0.trust)", $0.count) }) == grouped, "\(what)"
        )
        let statistics = try await store.statistics()
        let live = model.entries.map(\.print).filter { $0.trust != .retired }
        let bySource = Dictionary(grouping: live) { "\($0.source) \($0.bank)" }.mapValues(\.count)
        #expect(
            Dictionary(uniqueKeysWithValues: statistics.map { ("\($0.source) \($0.bank)", $0.fingerprints) }) == bySource,
            "\(what)")
    }
}

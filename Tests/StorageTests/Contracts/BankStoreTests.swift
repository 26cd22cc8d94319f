// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Signals
import Testing

@testable import Storage

extension Sample {
    static func hash(_ digit: String, _ kind: Fingerprint.Kind = .pdq) -> String { String(repeating: digit, count: kind.digits) }

    static func record(
        _ digit: String, _ trust: Trust = .verified, kind: Fingerprint.Kind = .pdq, reference: String = "",
        withdrawn: Bool = false
    ) -> FingerprintRecord {
        FingerprintRecord(kind: kind, value: hash(digit, kind), trust: trust, reference: reference, isWithdrawn: withdrawn)
    }

    static func delivery(
        _ id: String, source: String = "desk", bank: String = "ncii", at: Date = now, _ state: FingerprintImport.State = .applied
    ) -> FingerprintImport {
        FingerprintImport(id: ImportID(id), bank: bank, source: source, by: "exchange:x", at: at, state: state, reason: "large")
    }
}

extension Engine {
    /// A store with a bank `ncii` and sources `desk` and `hotline`.
    func withBank(_ body: (Store) async throws -> Void) async throws {
        try await withStore { (store: Store) async throws in
            try await store.put(Bank(name: "ncii", addedAt: Sample.now), ledger: [])
            for name in ["desk", "hotline"] {
                try await store.put(FingerprintSource(name: name, addedAt: Sample.now), ledger: [])
            }
            try await body(store)
        }
    }
}

extension Store {
    @discardableResult
    func bring(_ records: [FingerprintRecord], _ delivery: FingerprintImport) async throws -> ImportTally {
        try await write(records, of: delivery, checkpoint: nil, ledger: [])
    }

    fileprivate func trusts() async throws -> [Trust] {
        try await fingerprints(bank: "ncii", kind: nil, after: 0, limit: 99).map(\.trust)
    }
}

@Suite("Bank store")
struct BankStoreTests {
    @Test("keeps banks and sources as they were put, with their entries", arguments: Engine.allCases)
    func settings(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            var bank = Bank(name: "ncii", note: "known copies", radius: 25, qualityGate: 60, share: 0.25, addedAt: Sample.now)
            try await store.put(bank, ledger: [Sample.entry("ncii")])
            try await store.put(Bank(name: "Other", addedAt: Sample.now), ledger: [])
            bank.share = 1
            let revision = try await store.revision()
            try await store.put(bank, ledger: [Sample.entry("again")])
            #expect(try await store.revision() > revision, "another process must see it")
            #expect(try await store.banks() == [Bank(name: "Other", addedAt: Sample.now), bank])
            var source = FingerprintSource(name: "desk", precisionFloor: nil, mayShare: true, addedAt: Sample.now)
            try await store.put(source, ledger: [])
            source.state = .demoted
            source.precisionFloor = 0.5
            source.stateReason = "40 of 50 were wrong"
            try await store.put(source, ledger: [Sample.entry("desk")])
            #expect(try await store.sources() == [source])
            #expect(try await store.ledgerSubjects() == ["ncii", "again", "desk"])
        }
    }

    @Test("writes a part with its place, its entries and its tally, and finds everything again", arguments: Engine.allCases)
    func part(engine: Engine) async throws {
        try await engine.withBank { (store: Store) async throws in
            var record = Sample.record("a", .probation, reference: "entry 1")
            (record.tags, record.quality, record.radius, record.expiresAt) = (["x", "한"], 88, 12, Sample.now + 60)
            let tally = try await store.write(
                [record, Sample.record("b", kind: .sha256), Sample.record("c", kind: .md5)], of: Sample.delivery("i-1"),
                checkpoint: ("exchange.x", "page 2"), ledger: [Sample.entry("i-1")])
            #expect(tally.added == 3 && tally.changed + tally.unchanged + tally.withdrawn == 0)
            #expect(try await store.state("exchange.x") == "page 2")
            #expect(try await store.ledgerSubjects() == ["i-1"])
            let prints = try await store.fingerprints(bank: nil, kind: nil, after: 0, limit: 9)
            #expect(prints.map(\.key) == [1, 2, 3] && prints.map(\.kind) == [.pdq, .sha256, .md5])
            #expect(
                prints[0]
                    == Fingerprint(
                        key: 1, bank: "ncii", kind: .pdq, value: Sample.hash("a"), trust: .probation, source: "desk",
                        addedAt: Sample.now, radius: 12, quality: 88, expiresAt: Sample.now + 60))
            #expect(try await store.fingerprint(2) == prints[1])
            #expect(try await store.fingerprint(4) == nil)
            #expect(try await store.fingerprints(kind: .md5, value: Sample.hash("c", .md5)) == [prints[2]])
            #expect(try await store.fingerprints(kind: .pdq, value: Sample.hash("b")) == [], "the same digits of another kind")
            #expect(try await store.fingerprints(bank: "ncii", kind: .sha256, after: 0, limit: 9) == [prints[1]])
            #expect(try await store.fingerprints(bank: nil, kind: nil, after: 1, limit: 1) == [prints[1]])
            #expect(try await store.fingerprints(bank: "nowhere", kind: nil, after: 0, limit: 9) == [])
            #expect(
                try await store.provenance(of: 1) == [
                    Provenance(
                        source: "desk", reference: "entry 1", trust: .probation, tags: ["x", "한"], importID: "i-1",
                        addedAt: Sample.now, addedBy: "exchange:x")
                ])
            var counted = Sample.delivery("i-1")
            counted.count = 3
            #expect(try await store.imports(in: [.applied], limit: 9) == [counted])
            #expect(try await store.imports(in: [.waiting], limit: 9) == [])
        }
    }

    @Test("one record that cannot be written leaves nothing of its part", arguments: Engine.allCases)
    func rollsBack(engine: Engine) async throws {
        try await engine.withBank { (store: Store) async throws in
            try await store.bring([Sample.record("a")], Sample.delivery("i-1"))
            let revision = try await store.revision()
            var bad = Sample.record("b")
            bad.radius = 40_000_000_000
            if engine == .sqlite {
                // SQLite takes a number of any size into any column.
                _ = try await store.database.write { sql in
                    try sql.execute(
                        """
                        create trigger no_such_radius before insert on provenance when new.radius > 63
                        begin select raise(abort, 'too large'); end
                        """)
                }
            }
            let records = (0..<50).map { _ in Sample.record("c") } + [Sample.record("a", withdrawn: true), bad]
            await #expect(throws: StorageError.self) {
                _ = try await store.write(
                    records, of: Sample.delivery("i-2"), checkpoint: ("k", "v"), ledger: [Sample.entry("i-2")])
            }
            #expect(try await store.trusts() == [.verified])
            #expect(try await store.imports(in: [.applied], limit: 9).map(\.id) == ["i-1"])
            #expect(try await store.state("k") == nil)
            #expect(try await store.head() == nil)
            #expect(try await store.revision() == revision)
            await #expect(throws: StorageError.self) {
                try await store.bring([FingerprintRecord(kind: .pdq, value: "no hash", trust: .claimed)], Sample.delivery("i-2"))
            }
            #expect(try await store.bring([Sample.record("b")], Sample.delivery("i-3")).added == 1)
            #expect(try await store.fingerprint(2)?.value == Sample.hash("b"), "no key was lost")
        }
    }

    @Test("the later of two records in one part wins, and saying it again changes nothing", arguments: Engine.allCases)
    func repeats(engine: Engine) async throws {
        try await engine.withBank { (store: Store) async throws in
            let records = [
                Sample.record("a", .claimed), Sample.record("a", .verified), Sample.record("a", .claimed, reference: "r"),
            ]
            #expect(try await store.bring(records, Sample.delivery("i-1")).added == 1)
            #expect(try await store.trusts() == [.verified])
            #expect(try await store.provenance(of: 1).map(\.trust) == [.verified, .claimed])
            let revision = try await store.revision()
            let again = try await store.bring([records[1], records[2]], Sample.delivery("i-2"))
            #expect(again.unchanged == 1 && again.changed == 0)
            #expect(try await store.revision() == revision)
            #expect(try await store.provenance(of: 1).count == 2)
        }
    }

    @Test("a hash that was taken back counts again when it is said again, under its old key", arguments: Engine.allCases)
    func withdrawal(engine: Engine) async throws {
        try await engine.withBank { (store: Store) async throws in
            try await store.bring([Sample.record("a", reference: "r")], Sample.delivery("i-1"))
            let revision = try await store.revision()
            let other = try await store.bring([Sample.record("a", withdrawn: true)], Sample.delivery("i-2"))
            #expect(other.unchanged == 1 && other.withdrawn == 0, "it is known under another reference")
            // Also an import that waits takes back at once.
            let tally = try await store.bring(
                [Sample.record("a", reference: "r", withdrawn: true), Sample.record("f", withdrawn: true)],
                Sample.delivery("i-3", .waiting))
            #expect(tally.withdrawn == 1 && tally.unchanged == 1 && tally.added == 0)
            #expect(try await store.trusts() == [.retired])
            let changes = try await store.changes(after: revision, limit: 9)
            #expect(changes.map(\.fingerprint.key) == [1] && changes[0].fingerprint.trust == .retired)
            try await store.bring([Sample.record("a", reference: "r")], Sample.delivery("i-4", at: Sample.now + 5))
            #expect(try await store.fingerprint(1)?.trust == .verified)
            #expect(try await store.provenance(of: 1).map(\.endedBecause) == ["withdrawn by its source", ""])
            #expect(try await store.counts() == [BankCount(bank: "ncii", kind: .pdq, trust: .verified, count: 1)])
        }
    }

    @Test("what waits counts when a person approves it, and never when refused", arguments: Engine.allCases)
    func waiting(engine: Engine) async throws {
        try await engine.withBank { (store: Store) async throws in
            try await store.bring([Sample.record("a", .claimed)], Sample.delivery("i-1"))
            for id in ["i-2", "i-3"] {
                try await store.bring(
                    [Sample.record("a", .verified, reference: id), Sample.record("a", .benign), Sample.record("b")],
                    Sample.delivery(id, .waiting))
            }
            #expect(try await store.trusts() == [.claimed, .retired], "what the source said before still holds")
            let refused = try await store.resolve(
                "i-3", as: .refused, by: "hana", reason: "unclear", at: Sample.now + 1, ledger: [Sample.entry("i-3")])
            #expect(refused?.state == .refused && refused?.resolvedBy == "hana" && refused?.reason == "unclear")
            #expect(refused?.resolvedAt == Sample.now + 1 && refused?.count == 3)
            #expect(try await store.trusts() == [.claimed, .retired])
            _ = try await store.resolve("i-2", as: .applied, by: "bo", reason: "seen", at: Sample.now + 2, ledger: [])
            #expect(try await store.trusts() == [.verified, .retired], "the refused one had taken the place of the rest")
            #expect(try await store.resolve("i-2", as: .refused, by: "bo", reason: "", at: Sample.now, ledger: []) == nil)
            #expect(try await store.resolve("i-9", as: .applied, by: "bo", reason: "", at: Sample.now, ledger: []) == nil)
            await #expect(throws: StorageError.self) { try await store.bring([], Sample.delivery("i-3")) }
            #expect(try await store.imports(in: [.applied, .refused], limit: 2).map(\.id) == ["i-3", "i-2"])
            #expect(try await store.ledgerSubjects() == ["i-3"])
        }
    }

    @Test("a source's ceiling and state bound its fingerprints, at once and both ways", arguments: Engine.allCases)
    func ceilings(engine: Engine) async throws {
        try await engine.withBank { (store: Store) async throws in
            try await store.bring([Sample.record("a"), Sample.record("b", .benign)], Sample.delivery("i-1"))
            try await store.bring([Sample.record("a", .claimed), Sample.record("c")], Sample.delivery("i-2", source: "hotline"))
            var source = FingerprintSource(name: "desk", state: .demoted, addedAt: Sample.now)
            try await store.put(source, ledger: [])
            #expect(try await store.trusts() == [.probation, .benign, .verified])
            source.state = .stopped
            try await store.put(source, ledger: [])
            #expect(try await store.trusts() == [.claimed, .retired, .verified])
            #expect(try await store.fingerprint(1)?.source == "hotline")
            source = FingerprintSource(name: "desk", ceiling: .claimed, addedAt: Sample.now)
            try await store.put(source, ledger: [])
            #expect(try await store.trusts() == [.claimed, .benign, .verified])
            #expect(try await store.fingerprint(1)?.source == "desk", "the earliest among equals")
        }
    }

    @Test("a bank that is deleted leaves its fingerprints retired", arguments: Engine.allCases)
    func deletion(engine: Engine) async throws {
        try await engine.withBank { (store: Store) async throws in
            try await store.put(Bank(name: "other", addedAt: Sample.now), ledger: [])
            try await store.bring([Sample.record("a")], Sample.delivery("i-1"))
            try await store.bring([Sample.record("a")], Sample.delivery("i-2", bank: "other"))
            try await store.bring([Sample.record("b")], Sample.delivery("i-3", .waiting))
            try await store.deleteBank("ncii", because: "not needed", at: Sample.now, ledger: [Sample.entry("ncii")])
            #expect(try await store.banks().map(\.name) == ["other"])
            #expect(try await store.fingerprints(kind: .pdq, value: Sample.hash("a")).map(\.trust) == [.retired, .verified])
            #expect(try await store.counts().map(\.bank) == ["other"])
            #expect(try await store.imports(in: [.waiting], limit: 9) == [])
            await #expect(throws: StorageError.self) { try await store.bring([Sample.record("c")], Sample.delivery("i-4")) }
            await #expect(throws: StorageError.self) {
                try await store.deleteBank("ncii", because: "again", at: Sample.now, ledger: [])
            }
        }
    }

    @Test("counts what a source brought on each day", arguments: Engine.allCases)
    func volumes(engine: Engine) async throws {
        try await engine.withBank { (store: Store) async throws in
            let day: TimeInterval = 86_400
            for (number, age) in [0, 1, day, day + 1, 3 * day].enumerated() {
                let records = (0...number).map { Sample.record("\($0)") }
                try await store.bring(records, Sample.delivery("i-\(number)", at: Sample.now - age))
            }
            try await store.bring([Sample.record("a")], Sample.delivery("h", source: "hotline", at: Sample.now - 1))
            #expect(try await store.volumes(of: "desk", before: Sample.now, days: 3) == [5, 4, 5])
            #expect(try await store.volumes(of: "nobody", before: Sample.now, days: 2) == [0, 0])
        }
    }

    @Test("counts each outcome once, for every source that stands by the fingerprint", arguments: Engine.allCases)
    func outcomes(engine: Engine) async throws {
        try await engine.withBank { (store: Store) async throws in
            try await store.bring([Sample.record("a"), Sample.record("a", reference: "r")], Sample.delivery("i-1"))
            try await store.bring([Sample.record("a", .claimed)], Sample.delivery("i-2", source: "hotline"))
            let outcome = { (decision: String, kind: MatchOutcome.Kind) in
                MatchOutcome(fingerprint: 1, decision: DecisionID(decision), kind: kind, at: Sample.now)
            }
            try await store.record([outcome("d-1", .matched), outcome("d-1", .matched), outcome("d-2", .matched)])
            try await store.record([outcome("d-1", .matched), outcome("d-1", .overturned), outcome("d-2", .confirmed)])
            #expect(try await store.outcomes(of: 1) == [.matched: 2, .overturned: 1, .confirmed: 1])
            #expect(
                try await store.statistics() == [
                    SourceStatistics(source: "desk", bank: "ncii", fingerprints: 1, matches: 2, confirmations: 1, overturns: 1),
                    SourceStatistics(
                        source: "hotline", bank: "ncii", fingerprints: 0, matches: 2, confirmations: 1, overturns: 1),
                ])
            try await store.retire(1, because: "a mistake", by: "hana", at: Sample.now, ledger: [Sample.entry("fp-1")])
            try await store.record([outcome("d-2", .overturned)])
            #expect(try await store.statistics().first?.overturns == 2, "withdrawing does not hide a mistake")
            #expect(try await store.provenance(of: 1).allSatisfy { $0.endedBecause == "a mistake (hana)" })
        }
    }

    @Test("many writers at once lose nothing and give each change its own revision", arguments: Engine.allCases)
    func concurrent(engine: Engine) async throws {
        try await engine.withBank { (store: Store) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<16 {
                    group.addTask {
                        let digit = String(writer, radix: 16)
                        try await store.bring(
                            [Sample.record(digit), Sample.record("a", reference: "\(writer)")], Sample.delivery("i-\(writer)"))
                    }
                }
                try await group.waitForAll()
            }
            let changes = try await store.changes(after: 0, limit: 99)
            #expect(changes.count == 16 && Set(changes.map(\.revision)).count == 16)
            #expect(changes.map(\.revision) == changes.map(\.revision).sorted())
            let key = try #require(try await store.fingerprints(kind: .pdq, value: Sample.hash("a")).first?.key)
            #expect(try await store.provenance(of: key).count == 17)
        }
    }
}

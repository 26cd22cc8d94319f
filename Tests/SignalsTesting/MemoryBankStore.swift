// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Foundation
package import Moderation
package import Signals
import Synchronization

/// Banks in memory, behind the port, with the port's rules and nothing else.
package final class MemoryBankStore: BankStore {
    package struct Failure: Error {
        package init() {}
    }

    private struct Word {
        var provenance: Provenance
        var quality: Int?
        var radius: Int?
        var expiresAt: Date?
    }

    private struct State {
        var banks: [String: Bank] = [:]
        var sources: [String: FingerprintSource] = [:]
        var imports: [FingerprintImport] = []
        var brought: [(source: String, at: Date, count: Int)] = []
        var fingerprints: [Int64: Fingerprint] = [:]
        var keys: [String: Int64] = [:]
        var words: [Int64: [Word]] = [:]
        var revisions: [Int64: Int64] = [:]
        var revision: Int64 = 0
        var outcomes: [MatchOutcome] = []
        var ledger: [LedgerEntry] = []
        var checkpoints: [String: String] = [:]
        var pagesRead = 0
        var fails = false
    }

    private let state = Mutex(State())

    package init(banks: [Bank] = [], sources: [FingerprintSource] = []) {
        state.withLock { state in
            for bank in banks { state.banks[bank.name] = bank }
            for source in sources { state.sources[source.name] = source }
            state.revision = 1
        }
    }

    // MARK: - For tests

    package var ledger: [LedgerEntry] { state.withLock { $0.ledger } }
    package var checkpoints: [String: String] { state.withLock { $0.checkpoints } }
    /// How often `changes` was asked and had something.
    package var pagesRead: Int { state.withLock { $0.pagesRead } }
    package var fails: Bool {
        get { state.withLock { $0.fails } }
        set { state.withLock { $0.fails = newValue } }
    }

    /// Puts a PDQ hash there as it is.
    @discardableResult
    package func plant(
        _ value: String, _ trust: Trust = .verified, bank: String = "known", radius: Int? = nil, expiresAt: Date? = nil
    ) -> Int64 {
        plant(.pdq, value, trust, bank: bank, radius: radius, expiresAt: expiresAt)
    }

    @discardableResult
    package func plant(
        _ kind: Fingerprint.Kind, _ value: String, _ trust: Trust = .verified, bank: String = "known", radius: Int? = nil,
        expiresAt: Date? = nil
    ) -> Int64 {
        state.withLock { state in
            if state.banks[bank] == nil { state.banks[bank] = Bank(name: bank, addedAt: .distantPast) }
            let key = Int64(state.fingerprints.count + 1)
            state.fingerprints[key] = Fingerprint(
                key: key, bank: bank, kind: kind, value: value, trust: trust, source: "test", addedAt: .distantPast,
                radius: radius, expiresAt: expiresAt)
            Self.touch(key, &state)
            return key
        }
    }

    /// Loses all fingerprints and begins to count from the start, as another database does.
    package func forget() {
        state.withLock { state in
            let (banks, sources) = (state.banks, state.sources)
            state = State()
            (state.banks, state.sources, state.revision) = (banks, sources, 1)
        }
    }

    package func replace(_ bank: Bank) {
        state.withLock { state in
            state.banks[bank.name] = bank
            state.revision += 1
        }
    }

    package func setTrust(_ trust: Trust, of key: Int64) {
        state.withLock { state in
            state.fingerprints[key]?.trust = trust
            Self.touch(key, &state)
        }
    }

    package func setVolumes(_ volumes: [Int], of source: String, before: Date) {
        state.withLock { state in
            for (day, count) in volumes.enumerated() {
                state.brought.append((source, before.addingTimeInterval(-86_400 * Double(day) - 3600), count))
            }
        }
    }

    private static func touch(_ key: Int64, _ state: inout State) {
        state.revision += 1
        state.revisions[key] = state.revision
    }

    private func access<Result: Sendable>(_ work: (inout State) throws -> Result) throws -> Result {
        try state.withLock { state in
            if state.fails { throw Failure() }
            return try work(&state)
        }
    }
}

// MARK: - Banks and sources

extension MemoryBankStore {
    package func banks() async throws -> [Bank] { try access { Array($0.banks.values) } }

    package func put(_ bank: Bank, ledger: [LedgerEntry]) async throws {
        try access { state in
            state.banks[bank.name] = bank
            state.revision += 1
            state.ledger += ledger
        }
    }

    package func deleteBank(_ name: String, because reason: String, at: Date, ledger: [LedgerEntry]) async throws {
        try access { state in
            for fingerprint in state.fingerprints.values where fingerprint.bank == name {
                Self.end(fingerprint.key, because: reason, at: at, &state) { _ in true }
                state.fingerprints[fingerprint.key]?.trust = .retired
                Self.touch(fingerprint.key, &state)
            }
            state.banks[name] = nil
            state.ledger += ledger
        }
    }

    package func sources() async throws -> [FingerprintSource] { try access { Array($0.sources.values) } }

    package func put(_ source: FingerprintSource, ledger: [LedgerEntry]) async throws {
        try access { state in
            state.sources[source.name] = source
            state.revision += 1
            state.ledger += ledger
            for (key, words) in state.words where words.contains(where: { $0.provenance.source == source.name }) {
                Self.judge(key, &state)
            }
        }
    }
}

// MARK: - Imports

extension MemoryBankStore {
    package func write(
        _ records: [FingerprintRecord], of import: FingerprintImport, checkpoint: (key: String, value: String)?,
        ledger: [LedgerEntry]
    ) async throws -> ImportTally {
        try access { state in
            var tally = ImportTally()
            if !state.imports.contains(where: { $0.id == `import`.id }) { state.imports.append(`import`) }
            if state.imports.contains(where: { $0.id == `import`.id && $0.state == .refused }) { throw Failure() }
            for record in records { Self.write(record, of: `import`, &state, &tally) }
            let place = state.imports.firstIndex { $0.id == `import`.id }
            if let place { state.imports[place].count += records.count }
            state.brought.append((`import`.source, `import`.at, records.count))
            if let checkpoint { state.checkpoints[checkpoint.key] = checkpoint.value }
            state.ledger += ledger
            return tally
        }
    }

    private static func write(
        _ record: FingerprintRecord, of import: FingerprintImport, _ state: inout State, _ tally: inout ImportTally
    ) {
        let name = "\(`import`.bank) \(record.kind) \(record.value)"
        let isKnown = state.keys[name] != nil
        if !isKnown, record.isWithdrawn { return }
        let key = state.keys[name] ?? Int64(state.fingerprints.count + 1)
        state.keys[name] = key
        if !isKnown {
            state.fingerprints[key] = Fingerprint(
                key: key, bank: `import`.bank, kind: record.kind, value: record.value, trust: .retired, source: `import`.source,
                addedAt: `import`.at)
        }
        end(key, because: record.isWithdrawn ? "withdrawn" : "replaced", at: `import`.at, &state) {
            $0.source == `import`.source && $0.reference == record.reference
        }
        if !record.isWithdrawn {
            let provenance = Provenance(
                source: `import`.source, reference: record.reference, trust: record.trust, tags: record.tags,
                importID: `import`.id, addedAt: `import`.at, addedBy: `import`.by)
            state.words[key, default: []].append(
                Word(provenance: provenance, quality: record.quality, radius: record.radius, expiresAt: record.expiresAt))
        }
        let changed = judge(key, &state)
        if record.isWithdrawn {
            tally.withdrawn += 1
        } else if !isKnown {
            tally.added += 1
        } else if changed {
            tally.changed += 1
        } else {
            tally.unchanged += 1
        }
    }

    private static func end(
        _ key: Int64, because reason: String, at: Date, _ state: inout State, where isMeant: (Provenance) -> Bool
    ) {
        for place in (state.words[key] ?? []).indices {
            // The place is one of its own indices.
            guard let word = state.words[key]?[place].provenance, word.endedAt == nil, isMeant(word) else { continue }
            state.words[key]?[place].provenance.endedAt = at
            state.words[key]?[place].provenance.endedBecause = reason
        }
    }

    /// Gives a fingerprint the best trust that its sources say and may say; returns whether anything of it changed.
    @discardableResult
    private static func judge(_ key: Int64, _ state: inout State) -> Bool {
        let rank: [Trust] = [.claimed, .probation, .verified, .benign]
        var best: (rank: Int, word: Word)?
        for word in state.words[key] ?? [] where word.provenance.endedAt == nil {
            guard state.imports.first(where: { $0.id == word.provenance.importID })?.state == .applied,
                let source = state.sources[word.provenance.source], source.state != .stopped,
                var place = rank.firstIndex(of: word.provenance.trust), let ceiling = rank.firstIndex(of: source.ceiling)
            else { continue }
            if place != 3 { place = min(place, ceiling, source.state == .demoted ? 1 : 2) }
            if place > best?.rank ?? -1 { best = (place, word) }
        }
        // The caller made it before.
        guard var fingerprint = state.fingerprints[key] else { return false }
        fingerprint.trust = best.map { rank[$0.rank] } ?? .retired
        if let word = best?.word {
            fingerprint.source = word.provenance.source
            (fingerprint.quality, fingerprint.radius, fingerprint.expiresAt) = (word.quality, word.radius, word.expiresAt)
        }
        guard fingerprint != state.fingerprints[key] else { return false }
        state.fingerprints[key] = fingerprint
        touch(key, &state)
        return true
    }

    package func resolve(
        _ id: ImportID, as outcome: FingerprintImport.State, by account: String, reason: String, at: Date, ledger: [LedgerEntry]
    ) async throws -> FingerprintImport? {
        try access { state in
            guard let place = state.imports.firstIndex(where: { $0.id == id && $0.state == .waiting }) else { return nil }
            state.imports[place].state = outcome
            if !reason.isEmpty { state.imports[place].reason = reason }
            (state.imports[place].resolvedBy, state.imports[place].resolvedAt) = (account, at)
            state.ledger += ledger
            for (key, words) in state.words where words.contains(where: { $0.provenance.importID == id }) {
                Self.judge(key, &state)
            }
            return state.imports[place]
        }
    }

    package func imports(in states: Set<FingerprintImport.State>, limit: Int) async throws -> [FingerprintImport] {
        try access { Array($0.imports.reversed().filter { states.contains($0.state) }.prefix(limit)) }
    }

    package func volumes(of source: String, before: Date, days: Int) async throws -> [Int] {
        try access { state in
            (0..<days).map { day in
                let end = before.addingTimeInterval(-86_400 * Double(day))
                return state.brought.filter { $0.source == source && $0.at <= end && $0.at > end.addingTimeInterval(-86_400) }
                    .reduce(0) { $0 + $1.count }
            }
        }
    }
}

// MARK: - Fingerprints

extension MemoryBankStore {
    package func fingerprint(_ key: Int64) async throws -> Fingerprint? { try access { $0.fingerprints[key] } }

    package func fingerprints(bank: String?, kind: Fingerprint.Kind?, after key: Int64, limit: Int) async throws -> [Fingerprint]
    {
        try access { state in
            let all = state.fingerprints.values.sorted { $0.key < $1.key }
            return Array(
                all.filter { ($0.bank == bank || bank == nil) && ($0.kind == kind || kind == nil) && $0.key > key }.prefix(limit))
        }
    }

    package func fingerprints(kind: Fingerprint.Kind, value: String) async throws -> [Fingerprint] {
        try access { $0.fingerprints.values.filter { $0.kind == kind && $0.value == value } }
    }

    package func provenance(of key: Int64) async throws -> [Provenance] { try access { ($0.words[key] ?? []).map(\.provenance) } }

    package func retire(_ key: Int64, because reason: String, by account: String, at: Date, ledger: [LedgerEntry]) async throws {
        try access { state in
            Self.end(key, because: reason, at: at, &state) { _ in true }
            state.fingerprints[key]?.trust = .retired
            Self.touch(key, &state)
            state.ledger += ledger
        }
    }

    package func counts() async throws -> [BankCount] {
        try access { state in
            Dictionary(grouping: state.fingerprints.values) { [$0.bank, $0.kind.rawValue, $0.trust.rawValue] }.values.map {
                BankCount(bank: $0[0].bank, kind: $0[0].kind, trust: $0[0].trust, count: $0.count)
            }
        }
    }

    package func revision() async throws -> Int64 { try access { $0.revision } }

    package func changes(after revision: Int64, limit: Int) async throws -> [(revision: Int64, fingerprint: Fingerprint)] {
        try access { state in
            let changed = state.revisions.filter { $0.value > revision }.sorted { $0.value < $1.value }.prefix(limit)
            if !changed.isEmpty { state.pagesRead += 1 }
            return changed.compactMap { key, revision in state.fingerprints[key].map { (revision, $0) } }
        }
    }

    package func record(_ outcomes: [MatchOutcome]) async throws {
        try access { state in
            for outcome in outcomes
            where !state.outcomes.contains(where: {
                ($0.decision, $0.fingerprint, $0.kind) == (outcome.decision, outcome.fingerprint, outcome.kind)
            }) {
                state.outcomes.append(outcome)
            }
        }
    }

    package func statistics() async throws -> [SourceStatistics] {
        try access { state in
            state.sources.values.map { source in
                let own = state.outcomes.filter { state.fingerprints[$0.fingerprint]?.source == source.name }
                return SourceStatistics(
                    source: source.name, bank: "known", fingerprints: 0, matches: own.count { $0.kind == .matched },
                    confirmations: own.count { $0.kind == .confirmed }, overturns: own.count { $0.kind == .overturned })
            }
        }
    }

    package func outcomes(of key: Int64) async throws -> [MatchOutcome.Kind: Int] {
        try access { state in
            Dictionary(grouping: state.outcomes.filter { $0.fingerprint == key }, by: \.kind).mapValues(\.count)
        }
    }
}

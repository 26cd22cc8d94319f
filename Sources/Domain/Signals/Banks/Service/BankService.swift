// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

package import struct Foundation.Date

/// All rules of banks in one place, over a store that only keeps and an index that only finds.
package struct BankService: BankDesk {
    package struct Options: Sendable {
        /// More records in one delivery wait for a second person.
        package var bulkLimit = 1_000
        /// A source that sends more than this many times its usual day waits for a person.
        package var floodFactor = 10
        /// With fewer active days a source has no usual day.
        package var minimumDays = 3
        /// Records; a usual day is not taken for less.
        package var floodFloor = 500
        /// A source with fewer judged matches is not demoted.
        package var judgedAtLeast = 20

        package init() {}
    }

    /// Records in one part of a delivery, at most.
    package static let largestPart = 5_000
    package static let longestSourceName = 200
    package static let longestText = 1_000

    let store: any BankStore
    let live: Banks?
    let options: Options
    let sha256: @Sendable ([UInt8]) -> String
    let makeID: @Sendable () -> String
    let now: @Sendable () -> Date
    let deliveries = Deliveries()

    /// - Parameters:
    ///   - live: the index of this process; nil for a program that only writes, which cannot look up.
    ///   - sha256: lower-case hexadecimal SHA-256.
    ///   - makeID: a new id for an import.
    package init(
        store: any BankStore, live: Banks?, options: Options = Options(), sha256: @escaping @Sendable ([UInt8]) -> String,
        makeID: @escaping @Sendable () -> String, now: @escaping @Sendable () -> Date
    ) {
        self.store = store
        self.live = live
        self.options = options
        self.sha256 = sha256
        self.makeID = makeID
        self.now = now
    }

    // MARK: - Reading

    package func banks() async throws -> [Bank] { try await store.banks() }
    package func sources() async throws -> [FingerprintSource] { try await store.sources() }
    package func fingerprint(_ key: Int64) async throws -> Fingerprint? { try await store.fingerprint(key) }
    package func provenance(of key: Int64) async throws -> [Provenance] { try await store.provenance(of: key) }
    package func counts() async throws -> [BankCount] { try await store.counts() }
    package func statistics() async throws -> [SourceStatistics] { try await store.statistics() }

    package func imports(in states: Set<FingerprintImport.State>, limit: Int) async throws -> [FingerprintImport] {
        try await store.imports(in: states, limit: limit)
    }

    package func fingerprints(
        bank: String?, kind: Fingerprint.Kind?, after key: Int64, limit: Int
    ) async throws -> [Fingerprint] {
        try await store.fingerprints(bank: bank, kind: kind, after: key, limit: limit)
    }

    // MARK: - Banks

    package func create(_ bank: Bank, by account: String) async throws(BankError) {
        try Self.check(bank)
        guard try await allBanks().allSatisfy({ $0.name != bank.name }) else { throw .bankExists(bank.name) }
        try await write {
            try await store.put(bank, ledger: [.bank("created", bank.name, facts: bank.facts, by: account, at: now())])
        }
    }

    package func change(_ bank: Bank, by account: String) async throws(BankError) {
        try Self.check(bank)
        let before = try await self.bank(bank.name)
        var bank = bank
        bank.addedAt = before.addedAt
        guard bank != before else { return }
        var facts = bank.facts.filter { before.facts[$0.key] != $0.value }
        for (name, old) in before.facts where facts[name] != nil { facts["\(name).before"] = old }
        let (changed, entry) = (bank, LedgerEntry.bank("changed", bank.name, facts: facts, by: account, at: now()))
        try await write { try await store.put(changed, ledger: [entry]) }
    }

    package func delete(_ bank: String, by account: String) async throws(BankError) {
        let bank = try await self.bank(bank)
        let count = try await attempt { try await store.counts() }
            .filter { $0.bank == bank.name && $0.trust != .retired }.reduce(0) { $0 + $1.count }
        let entry = LedgerEntry.bank("deleted", bank.name, facts: ["fingerprints": String(count)], by: account, at: now())
        try await write {
            try await store.deleteBank(bank.name, because: "bank deleted by \(account)", at: now(), ledger: [entry])
        }
    }

    // MARK: - Sources

    package func put(_ source: FingerprintSource, by account: String) async throws(BankError) {
        try Self.check(source)
        let before = try await allSources().first { $0.name == source.name }
        var source = source
        source.addedAt = before?.addedAt ?? source.addedAt
        source.confirmationsBefore = before?.confirmationsBefore ?? 0
        source.overturnsBefore = before?.overturnsBefore ?? 0
        if let before, before.state != .active, source.state == .active {
            // A person trusts it again: its floor looks at what comes from now on.
            let precision = try await precision(of: source.name)
            source.confirmationsBefore = precision.confirmations
            source.overturnsBefore = precision.overturns
        }
        guard source != before else { return }
        let (changed, entry) = (source, LedgerEntry.source(source, before: before, by: account, at: now()))
        try await write { try await store.put(changed, ledger: [entry]) }
    }

    // MARK: - Fingerprints

    package func retire(_ key: Int64, by account: String, reason: String) async throws(BankError) {
        try Self.check(reason: reason)
        guard let fingerprint = try await attempt({ try await store.fingerprint(key) }) else { throw .noSuchFingerprint(key) }
        let at = now()
        try await write {
            try await store.retire(
                key, because: reason, by: account, at: at,
                ledger: [.retired(fingerprint, reason: reason, by: account, at: at)])
        }
    }
}

// MARK: - Parts

extension BankService {
    func allBanks() async throws(BankError) -> [Bank] { try await attempt { try await store.banks() } }
    func allSources() async throws(BankError) -> [FingerprintSource] { try await attempt { try await store.sources() } }

    func bank(_ name: String) async throws(BankError) -> Bank {
        guard let bank = try await allBanks().first(where: { $0.name == name }) else { throw .noSuchBank(name) }
        return bank
    }

    /// The error for a source that does not exist says which do.
    func source(_ name: String) async throws(BankError) -> FingerprintSource {
        let sources = try await allSources()
        if let source = sources.first(where: { $0.name == name }) { return source }
        let known = sources.prefix(50).map { "'\($0.name)'" }.sorted().joined(separator: ", ")
        throw .noSuchSource("'\(name)'; \(known.isEmpty ? "none has been set up" : "there are \(known)")")
    }

    /// What the store throws, as something that is worth another try.
    func attempt<Result: Sendable>(_ work: () async throws -> Result) async throws(BankError) -> Result {
        do {
            return try await work()
        } catch let error as BankError {
            throw error
        } catch {
            throw .unavailable("\(error)")
        }
    }

    /// Changes the store, then makes the change live in this process.
    func write<Result: Sendable>(_ work: () async throws -> Result) async throws(BankError) -> Result {
        let result = try await attempt(work)
        // What was written is written: an index that cannot follow now says so and catches up later.
        await live?.followOrReport()
        return result
    }

    static func check(_ bank: Bank) throws(BankError) {
        guard Bank.isName(bank.name) else {
            throw .invalid("a bank's name has 1 to \(Bank.longestName) letters, digits, '-' and '_'")
        }
        guard bank.note.utf8.count <= longestText else { throw .invalid("a note has at most \(longestText) bytes") }
        guard (0...63).contains(bank.radius) else { throw .invalid("radius is \(bank.radius); expected 0 to 63") }
        guard (0...100).contains(bank.qualityGate) else {
            throw .invalid("quality gate is \(bank.qualityGate); expected 0 to 100")
        }
        guard (0...1).contains(bank.share) else { throw .invalid("share is \(bank.share); expected 0 (off) to 1 (all)") }
    }

    static func check(_ source: FingerprintSource) throws(BankError) {
        let name = source.name
        guard (1...longestSourceName).contains(name.utf8.count),
            name.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 })
        else { throw .invalid("a source's name has 1 to \(longestSourceName) bytes and no control characters") }
        guard [.claimed, .probation, .verified].contains(source.ceiling) else {
            throw .invalid("ceiling is '\(source.ceiling.rawValue)'; expected 'claimed', 'probation' or 'verified'")
        }
        if let floor = source.precisionFloor, !(0...1).contains(floor) {
            throw .invalid("precision floor is \(floor); expected 0 to 1, or none")
        }
        guard source.stateReason.utf8.count <= longestText else { throw .invalid("a reason has at most \(longestText) bytes") }
    }

    static func check(reason: String) throws(BankError) {
        guard reason.contains(where: { !$0.isWhitespace }) else { throw .invalid("a reason is needed") }
        guard reason.utf8.count <= longestText else { throw .invalid("a reason has at most \(longestText) bytes") }
    }
}

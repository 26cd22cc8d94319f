// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// Port: where banks, sources, fingerprints and what was said about them are kept. Every call that writes is durable, with its
/// ledger entries, when it returns.
package protocol BankStore: Sendable {
    func banks() async throws -> [Bank]
    /// Adds or changes a bank.
    func put(_ bank: Bank, ledger: [LedgerEntry]) async throws
    /// Ends all provenance in a bank and forgets the bank; its fingerprints remain as `retired`.
    func deleteBank(_ name: String, because reason: String, at: Date, ledger: [LedgerEntry]) async throws

    func sources() async throws -> [FingerprintSource]
    /// Adds or changes a source; the trust of its fingerprints follows.
    func put(_ source: FingerprintSource, ledger: [LedgerEntry]) async throws

    /// Writes records as one part of an import, which is made when it does not exist, in one transaction.
    ///
    /// The records are valid (lower-case, right length, quality checked). A source says one thing about a (bank, kind, value,
    /// reference): what it says later ends what it said before; a withdrawal ends it. Withdrawals count even in an import that
    /// waits. Each touched fingerprint gets its trust anew (`Fingerprint.trust`) and, if anything of it changed, the next revision.
    /// - Parameter checkpoint: written into the connector state in the same transaction, so that a resumed exchange neither
    ///   misses nor repeats a part.
    func write(
        _ records: [FingerprintRecord], of import: FingerprintImport, checkpoint: (key: String, value: String)?,
        ledger: [LedgerEntry]
    ) async throws -> ImportTally
    /// Approves or refuses an import that waits; nil when there is none or it does not wait.
    func resolve(
        _ id: ImportID, as state: FingerprintImport.State, by account: String, reason: String, at: Date, ledger: [LedgerEntry]
    ) async throws -> FingerprintImport?
    /// Newest first.
    func imports(in states: Set<FingerprintImport.State>, limit: Int) async throws -> [FingerprintImport]
    /// How many records a source brought to all banks on each of the days before a time (whole days of 24 h, the latest first).
    func volumes(of source: String, before: Date, days: Int) async throws -> [Int]

    func fingerprint(_ key: Int64) async throws -> Fingerprint?
    func fingerprints(bank: String?, kind: Fingerprint.Kind?, after key: Int64, limit: Int) async throws -> [Fingerprint]
    func fingerprints(kind: Fingerprint.Kind, value: String) async throws -> [Fingerprint]
    func provenance(of key: Int64) async throws -> [Provenance]
    /// Ends all provenance of a fingerprint.
    func retire(_ key: Int64, because reason: String, by account: String, at: Date, ledger: [LedgerEntry]) async throws
    func counts() async throws -> [BankCount]

    /// Grows with every change, so that another process can see that its copy is old.
    func revision() async throws -> Int64
    /// Fingerprints changed after a revision, in the order of their revisions, retired ones included.
    func changes(after revision: Int64, limit: Int) async throws -> [(revision: Int64, fingerprint: Fingerprint)]

    /// Adds to the statistics of the sources that stand by these fingerprints; (decision, fingerprint, outcome) counts once.
    func record(_ outcomes: [MatchOutcome]) async throws
    func statistics() async throws -> [SourceStatistics]
    /// How the matches of one fingerprint turned out.
    func outcomes(of key: Int64) async throws -> [MatchOutcome.Kind: Int]
}

/// How a match turned out.
package struct MatchOutcome: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable { case matched, confirmed, overturned }

    package var fingerprint: Int64
    package var decision: DecisionID
    package var kind: Kind
    package var at: Date

    package init(fingerprint: Int64, decision: DecisionID, kind: Kind, at: Date) {
        self.fingerprint = fingerprint
        self.decision = decision
        self.kind = kind
        self.at = at
    }
}

/// How many fingerprints of one kind and trust a bank has.
package struct BankCount: Hashable, Sendable, Codable {
    package var bank: String
    package var kind: Fingerprint.Kind
    package var trust: Trust
    package var count: Int

    package init(bank: String, kind: Fingerprint.Kind, trust: Trust, count: Int) {
        self.bank = bank
        self.kind = kind
        self.trust = trust
        self.count = count
    }
}

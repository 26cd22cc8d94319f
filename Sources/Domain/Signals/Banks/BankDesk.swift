// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// Everything that people, programs and exchanges may do to banks; the rules of banks are behind it and nowhere else.
///
/// Changes are live in this process when a call returns.
package protocol BankDesk: Sendable {
    func banks() async throws -> [Bank]
    func create(_ bank: Bank, by account: String) async throws(BankError)
    func change(_ bank: Bank, by account: String) async throws(BankError)
    func delete(_ bank: String, by account: String) async throws(BankError)
    func sources() async throws -> [FingerprintSource]
    func put(_ source: FingerprintSource, by account: String) async throws(BankError)

    /// Begins a delivery: decides, by its announced size and the source's habits, whether it counts at once or waits.
    /// - Parameter expected: how many records will come; nil when unknown, which is decided part by part.
    func begin(bank: String, source: String, by account: String, expected: Int?) async throws(BankError) -> FingerprintImport
    /// Takes one part of a delivery (at most 5,000 records). Records that are no use are in the tally and the others are written,
    /// unless `strict`: then nothing is.
    func take(
        _ records: [FingerprintRecord], of import: FingerprintImport, strict: Bool, checkpoint: (key: String, value: String)?
    ) async throws(BankError) -> ImportTally
    /// Which records `take` would refuse, without writing anything: for a look before a large delivery.
    func check(_ records: [FingerprintRecord], bank: String, source: String) async throws(BankError) -> [RefusedRecord]
    func approve(_ id: ImportID, by account: String) async throws(BankError) -> FingerprintImport
    func refuse(_ id: ImportID, by account: String, reason: String) async throws(BankError) -> FingerprintImport
    func imports(in states: Set<FingerprintImport.State>, limit: Int) async throws -> [FingerprintImport]

    func retire(_ key: Int64, by account: String, reason: String) async throws(BankError)
    func fingerprint(_ key: Int64) async throws -> Fingerprint?
    func fingerprints(bank: String?, kind: Fingerprint.Kind?, after key: Int64, limit: Int) async throws -> [Fingerprint]
    /// Fingerprints changed after a revision, in the order of their revisions, retired ones included.
    func changes(after revision: Int64, limit: Int) async throws -> [(revision: Int64, fingerprint: Fingerprint)]
    func provenance(of key: Int64) async throws -> [Provenance]
    func counts() async throws -> [BankCount]
    func statistics() async throws -> [SourceStatistics]

    /// Every fingerprint that a hash matches now, nearest first: at most the bank's radius, or `radius` if that is less.
    /// - Parameter banks: only these; nil for all.
    func lookUp(
        _ kind: Fingerprint.Kind, _ value: String, banks: [String]?, radius: Int?, quality: Int?
    ) async throws(BankError) -> [BankMatch]
}

/// A fingerprint that a hash is near to.
package struct BankMatch: Hashable, Sendable, Codable {
    package var key: Int64
    package var bank: String
    package var source: String
    package var trust: Trust
    package var distance: Int
    /// `original`, or how the picture was turned or mirrored: the vectors' names (`rot90`, `flipx`, …) or `inverted`.
    package var variant: String

    package init(key: Int64, bank: String, source: String, trust: Trust, distance: Int, variant: String = "original") {
        self.key = key
        self.bank = bank
        self.source = source
        self.trust = trust
        self.distance = distance
        self.variant = variant
    }
}

/// Why a bank refuses something; the message is for people and says what was expected.
package enum BankError: Error, Hashable, Sendable {
    case noSuchBank(String)
    case bankExists(String)
    case noSuchSource(String)
    case noSuchImport(ImportID)
    case noSuchFingerprint(Int64)
    case invalid(String)
    /// Nothing was written: these records are no use.
    case refusedRecords([RefusedRecord])
    /// The same person cannot be the second one.
    case needsAnotherPerson(String)
    /// The store failed; worth another try.
    case unavailable(String)
}

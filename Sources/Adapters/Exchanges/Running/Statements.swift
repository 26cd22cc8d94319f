// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
package import Signals

/// What a source says now of one hash under one of its own names.
package struct Statement: Hashable, Sendable {
    package var kind: Fingerprint.Kind
    package var value: String
    package var reference: String

    package init(kind: Fingerprint.Kind, value: String, reference: String) {
        self.kind = kind
        self.value = value
        self.reference = reference
    }

    init(_ record: FingerprintRecord) {
        self.init(kind: record.kind, value: record.value.lowercased(), reference: record.reference)
    }

    /// The record that takes it back.
    var withdrawal: FingerprintRecord {
        FingerprintRecord(kind: kind, value: value, trust: .claimed, reference: reference, isWithdrawn: true)
    }
}

/// Port: what a source says now, for exchanges that name an entry without saying which hashes it had.
package protocol StatementLookup: Sendable {
    /// All that a source says in a bank under these names.
    func statements(bank: String, source: String, references: Set<String>) async throws -> [Statement]
    /// All that a source says in a bank, part by part.
    /// - Parameter key: 0 for the beginning, then what the part before said.
    /// - Returns: `next` is nil with the last part.
    func statements(bank: String, source: String, after key: Int64, limit: Int) async throws -> (
        statements: [Statement], next: Int64?
    )
}

/// The lookup by the means of the desk alone: reads the whole bank once and keeps the names in memory, about 200 bytes an
/// entry. A store
/// that can search by name does better.
package actor DeskStatements: StatementLookup {
    private let desk: any BankDesk
    private var known: [String: Set<Statement>]?

    package init(desk: any BankDesk) { self.desk = desk }

    package func statements(bank: String, source: String, references: Set<String>) async throws -> [Statement] {
        let known = try await load(bank, source)
        return references.flatMap { known[$0] ?? [] }
    }

    /// What has been written since it was loaded.
    func note(_ records: [FingerprintRecord]) {
        guard known != nil else { return }
        for record in records {
            if record.isWithdrawn {
                known?[record.reference]?.remove(Statement(record))
            } else {
                known?[record.reference, default: []].insert(Statement(record))
            }
        }
    }

    private func load(_ bank: String, _ source: String) async throws -> [String: Set<Statement>] {
        if let known { return known }
        var loaded: [String: Set<Statement>] = [:]
        var key: Int64? = 0
        while let after = key {
            let part = try await statements(bank: bank, source: source, after: after, limit: RecordBatch.limit)
            for statement in part.statements { loaded[statement.reference, default: []].insert(statement) }
            key = part.next
        }
        known = loaded
        return loaded
    }

    package func statements(
        bank: String, source: String, after key: Int64, limit: Int
    ) async throws -> (statements: [Statement], next: Int64?) {
        let fingerprints = try await desk.fingerprints(bank: bank, kind: nil, after: key, limit: limit)
        var statements: [Statement] = []
        for fingerprint in fingerprints where fingerprint.trust != .retired {
            for provenance in try await desk.provenance(of: fingerprint.key)
            where provenance.source == source && provenance.endedAt == nil {
                statements.append(
                    Statement(kind: fingerprint.kind, value: fingerprint.value, reference: provenance.reference))
            }
        }
        return (statements, fingerprints.last?.key)
    }
}

/// Statements that came in one reading of everything, as 8 bytes each: ten million take 80 MB.
struct SeenStatements {
    private var hashes: [UInt64] = []
    private var isSorted = true

    var isEmpty: Bool { hashes.isEmpty }

    mutating func insert(_ statement: Statement) {
        hashes.append(Self.hash(statement))
        isSorted = false
    }

    mutating func contains(_ statement: Statement) -> Bool {
        if !isSorted {
            hashes.sort()
            isSorted = true
        }
        let wanted = Self.hash(statement)
        var low = 0
        var high = hashes.count
        while low < high {
            let middle = (low + high) / 2
            if hashes[middle] < wanted { low = middle + 1 } else { high = middle }
        }
        return low < hashes.count && hashes[low] == wanted
    }

    /// The process's own seed is in it, so it is not for keeping.
    private static func hash(_ statement: Statement) -> UInt64 { UInt64(bitPattern: Int64(statement.hashValue)) }
}

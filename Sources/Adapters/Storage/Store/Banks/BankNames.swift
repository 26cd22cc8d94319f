// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Signals

/// The names behind the numbers of banks and sources, as one transaction sees them.
struct BankNames {
    private var banks: [Int64: String] = [:]
    private var sources: [Int64: String] = [:]

    init(_ sql: any SQLConnection) throws {
        for row in try sql.query("select number, name from banks") { banks[try row.int(0)] = try row.text(1) }
        for row in try sql.query("select number, name from sources") { sources[try row.int(0)] = try row.text(1) }
    }

    func bank(_ number: Int64) throws(StorageError) -> String {
        guard let name = banks[number] else { throw .corrupt("there is no bank \(number)") }
        return name
    }

    func source(_ number: Int64) throws(StorageError) -> String {
        guard let name = sources[number] else { throw .corrupt("there is no source \(number)") }
        return name
    }

    static let fingerprintColumns =
        "sequence, bank, kind, value, trust, source, added_at, radius, quality, expires_at, revision"

    func fingerprint(_ row: SQLRow) throws -> Fingerprint {
        Fingerprint(
            key: try row.int(0), bank: try bank(try row.int(1)), kind: try row.coded(2), value: HashBytes.text(try row.blob(3)),
            trust: try row.coded(4), source: try source(try row.int(5)), addedAt: try row.date(6),
            radius: try row.optionalInt(7), quality: try row.optionalInt(8), expiresAt: try row.optional(9, row.date))
    }

    // MARK: - Numbers

    /// The number of a bank that has not been deleted.
    static func number(ofBank name: String, _ sql: any SQLConnection) throws -> Int64 {
        let row = try sql.query("select number from banks where name = $1 and deleted_at is null", [SQLValue(name)]).first
        guard let row else { throw StorageError.constraint("there is no bank '\(name)'") }
        return try row.int(0)
    }

    static func number(ofSource name: String, _ sql: any SQLConnection) throws -> Int64 {
        guard let row = try sql.query("select number from sources where name = $1", [SQLValue(name)]).first else {
            throw StorageError.constraint("there is no source '\(name)'")
        }
        return try row.int(0)
    }
}

/// Numbers that are given out in order, each once, inside the turn of the banks.
enum Counter: String {
    case fingerprints, provenance, revision

    func value(_ sql: any SQLConnection) throws -> Int64 {
        guard let row = try sql.query("select value from counters where name = $1", [SQLValue(rawValue)]).first else {
            throw StorageError.corrupt("the counter '\(rawValue)' is missing")
        }
        return try row.int(0)
    }

    func advance(by count: Int, _ sql: any SQLConnection) throws {
        guard count > 0 else { return }
        try sql.execute("update counters set value = value + $2 where name = $1", [SQLValue(rawValue), SQLValue(count)])
    }
}

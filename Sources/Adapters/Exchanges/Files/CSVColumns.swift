// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Signals

/// What the cells of a row mean: by their names, or by the shapes that lists without names have.
enum CSVColumns {
    case named([ColumnRole])
    /// `hash,tag`, `hash,quality,filename` or only the hash.
    case unnamed

    /// - Parameter cells: the first row, which is the column names when it has a known one and no hash.
    /// - Returns: the columns, and whether that row was the names.
    static func find(_ cells: [String], line: Int) throws(RecordFileError) -> (columns: CSVColumns, isHeader: Bool) {
        if cells.contains(where: { [32, 40, 64].contains($0.utf8.count) && HashText.isHex($0.utf8) }) {
            return (.unnamed, false)
        }
        let roles = cells.map { ColumnRole(named: $0) }
        guard roles.contains(where: { $0 != nil }) else {
            throw .notUnderstood(line: line, "expected a line of column names, or a hash in the first column")
        }
        var named: [ColumnRole] = []
        for (cell, role) in zip(cells, roles) {
            guard let role else {
                throw .notUnderstood(
                    line: line,
                    "unknown column '\(cell.prefix(40))'; known are kind, value, pdq, sha256, md5, trust, reference, tags, quality, "
                        + "radius, expires and withdrawn")
            }
            named.append(role)
        }
        let hasHash = named.contains { role in
            if case .hash = role { true } else { role == .value }
        }
        guard hasHash else {
            throw .notUnderstood(line: line, "no column of hashes: expected value, pdq, sha256 or md5")
        }
        return (.named(named), true)
    }

    /// The records of one row: one for each hash in it.
    func records(_ cells: [String], options: RecordOptions, line: Int) throws -> [FingerprintRecord] {
        switch self {
        case .named(let roles): try Self.named(cells, roles, options, line)
        case .unnamed: [try Self.unnamed(cells, options, line)]
        }
    }

    private static func named(
        _ cells: [String], _ roles: [ColumnRole], _ options: RecordOptions, _ line: Int
    ) throws -> [FingerprintRecord] {
        guard cells.count <= roles.count else { throw RowError("expected \(roles.count) cells, found \(cells.count)") }
        var template = FingerprintRecord(kind: .pdq, value: "", trust: options.trust, line: line)
        var hashes: [(kind: Fingerprint.Kind?, value: String)] = []
        var kind = options.kind
        for (cell, role) in zip(cells, roles) where !cell.isEmpty {
            switch role {
            case .value: hashes.append((nil, cell))
            case .hash(let kind): hashes.append((kind, cell))
            case .kind:
                guard let named = HashText.kind(named: cell) else {
                    let isForeign = HashText.isForeign(cell)
                    throw RowError((isForeign ? "\(cell.prefix(20)) is not kept" : "kind") + ": expected pdq, sha256 or md5")
                }
                kind = named
            case .field(let field): try field.set(cell, in: &template)
            case .ignored: continue
            }
        }
        guard !hashes.isEmpty else { throw RowError("no hash in this row") }
        var records: [FingerprintRecord] = []
        for hash in hashes {
            let known = try hash.kind ?? HashText.kind(byLength: hash.value.utf8.count, told: kind, line: line)
            guard let known else {
                throw RowError("expected 32 or 64 hexadecimal digits, found \(hash.value.utf8.count) characters")
            }
            if let problem = HashText.problem(hash.value, known) { throw RowError(problem) }
            template.kind = known
            template.value = hash.value
            records.append(template)
        }
        return records
    }

    private static func unnamed(_ cells: [String], _ options: RecordOptions, _ line: Int) throws -> FingerprintRecord {
        guard let value = cells.first, let kind = try HashText.kind(byLength: value.utf8.count, told: options.kind, line: line)
        else {
            throw RowError("expected 32 or 64 hexadecimal digits in the first column")
        }
        if let problem = HashText.problem(value, kind) { throw RowError(problem) }
        var record = FingerprintRecord(kind: kind, value: value, trust: options.trust, line: line)
        let rest = cells.dropFirst()
        if let second = rest.first, let quality = Int(second), kind == .pdq {
            guard (0...100).contains(quality) else { throw RowError("quality: expected a whole number from 0 to 100") }
            // The cell behind it is a file name, which is nobody's business.
            record.quality = quality
        } else {
            record.tags = rest.flatMap { RecordFields.tags($0) }
            try RecordFields.check(tags: record.tags)
        }
        return record
    }
}

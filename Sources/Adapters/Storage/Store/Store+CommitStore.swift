// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Pipeline

import struct Foundation.Date

extension Store: CommitStore {
    package func commit(_ commits: [Commit]) async throws -> [CommitResult] {
        guard !commits.isEmpty else { return [] }
        let (now, closings) = (now(), closings)
        do {
            return try await database.write { sql in
                var batch = CommitBatch(sql: sql, now: now, closings: closings)
                return try batch.write(commits)
            }
        } catch StorageError.constraint {
            // Another process wrote the same thing between our look and our write, or one commit is wrong in itself:
            // each gets a transaction of its own, so that the others don't suffer.
            return try await commitOneByOne(commits, now)
        }
    }

    private func commitOneByOne(_ commits: [Commit], _ now: Date) async throws -> [CommitResult] {
        var results: [CommitResult] = []
        let closings = closings
        for commit in commits {
            do {
                results += try await database.write { sql in
                    var batch = CommitBatch(sql: sql, now: now, closings: closings)
                    return try batch.write([commit])
                }
            } catch StorageError.constraint(let why) {
                results.append(.refused(why))
            }
        }
        return results
    }

    package func decision(_ id: DecisionID) async throws -> Decision? {
        try await database.read { sql in
            try sql.query("select \(Self.decisionColumns) from decisions where id = $1", [SQLValue(id)]).first.map(Self.decision)
        }
    }

    package func decisions(limit: Int) async throws -> [Decision] {
        try await database.read { sql in
            try sql.query("select \(Self.decisionColumns) from decisions order by sequence desc limit $1", [SQLValue(limit)])
                .map(Self.decision)
        }
    }

    package func decisions(for case: CaseID) async throws -> [Decision] {
        try await database.read { sql in
            try sql.query(
                "select \(Self.decisionColumns) from decisions where case_id = $1 order by sequence", [SQLValue(`case`)]
            ).map(Self.decision)
        }
    }

    package func decisions(idPrefix: String, after: DecisionID?, limit: Int) async throws -> [Decision] {
        var condition = "id >= $1"
        var values = [SQLValue(idPrefix), SQLValue(max(0, limit))]
        if let end = Self.end(ofPrefix: idPrefix) {
            values.append(SQLValue(end))
            condition += " and id < $\(values.count)"
        }
        if let after {
            values.append(SQLValue(after))
            condition += " and id > $\(values.count)"
        }
        let query = "select \(Self.decisionColumns) from decisions where \(condition) order by id limit $2"
        return try await database.read { [values] sql in try sql.query(query, values).map(Self.decision) }
    }

    /// The first text, in the order of bytes, behind all that begin with a prefix; nil when nothing is behind them.
    static func end(ofPrefix prefix: String) -> String? {
        var scalars = Array(prefix.unicodeScalars)
        while let last = scalars.popLast() {
            // Behind the last scalar before the surrogates comes the first one after them.
            let next = last.value == 0xD7FF ? 0xE000 : last.value + 1
            guard let scalar = Unicode.Scalar(next) else { continue }
            scalars.append(scalar)
            return String(String.UnicodeScalarView(scalars))
        }
        return nil
    }
}

extension Store {
    static let decisionColumns = "payload, at"

    static func decision(_ row: SQLRow) throws -> Decision {
        var decision = try Stored.value(Decision.self, from: try row.text(0))
        decision.at = try row.date(1)
        return decision
    }
}

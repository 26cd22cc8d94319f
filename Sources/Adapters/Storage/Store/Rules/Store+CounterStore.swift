// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Pipeline
import Policies

extension Store: CounterStore {
    package func counterSnapshot() async throws -> (through: Int64, bytes: [UInt8])? {
        try await database.read { sql in
            try sql.query("select through, bytes from counter_snapshot where id = 1").first.map {
                (try $0.int(0), try $0.blob(1))
            }
        }
    }

    package func counterSnapshotPlace() async throws -> Int64? {
        try await database.read { sql in
            try sql.query("select through from counter_snapshot where id = 1").first.map { try $0.int(0) }
        }
    }

    package func counterJournal(after place: Int64, limit: Int) async throws -> [(place: Int64, bytes: [UInt8])] {
        try await database.read { sql in
            try sql.query(
                "select place, bytes from counter_journal where place > $1 order by place limit $2",
                [.integer(place), SQLValue(max(0, limit))]
            ).map { (try $0.int(0), try $0.blob(1)) }
        }
    }

    package func putCounterSnapshot(_ bytes: [UInt8], through place: Int64, replacing previous: Int64?) async throws -> Bool {
        try await database.write { sql in
            let written =
                if let previous {
                    try sql.execute(
                        "update counter_snapshot set through = $1, bytes = $2 where id = 1 and through = $3",
                        [.integer(place), SQLValue(bytes), .integer(previous)])
                } else {
                    try sql.execute(
                        "insert into counter_snapshot (id, through, bytes) values (1, $1, $2) on conflict (id) do nothing",
                        [.integer(place), SQLValue(bytes)])
                }
            guard written == 1 else { return false }
            try sql.execute("delete from counter_journal where place <= $1", [.integer(place)])
            return true
        }
    }
}

extension Store {
    /// Writes what the events of one transaction count as one entry. The head stays locked to the end, so entries become visible in
    /// the order of their places.
    static func append(_ counts: [CounterIncrement], _ sql: any SQLConnection) throws {
        guard !counts.isEmpty else { return }
        try sql.execute("update counter_head set place = place + 1 where id = 1")
        try sql.execute(
            "insert into counter_journal (place, bytes) select place, $1 from counter_head where id = 1",
            [SQLValue(CounterIncrement.bytes(of: counts))])
    }
}

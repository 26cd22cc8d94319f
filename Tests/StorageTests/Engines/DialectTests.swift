// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Testing

@testable import Storage

@Suite("Dialect")
struct DialectTests {
    @Test(
        "expands the few differences",
        arguments: [
            (
                "select a from t where b = $1 and c = $12", "select a from t where b = ?1 and c = ?12",
                "select a from t where b = $1 and c = $12"
            ),
            ("x {int}, y {blob}", "x integer, y blob", "x bigint, y bytea"),
            (
                "id {serial}", "id integer primary key autoincrement", "id bigint generated always as identity primary key"
            ),
            ("a{json} ->> 'b'", "a ->> 'b'", "a::json ->> 'b'"),
            ("limit 1 {for update of w} {skip locked}", "limit 1  ", "limit 1 for update of w skip locked"),
        ])
    func expands(text: String, sqlite: String, postgres: String) {
        #expect(Dialect.sqlite.text(of: text) == sqlite)
        #expect(Dialect.postgres.text(of: text) == postgres)
    }

    @Test("rounds times to the nearest millisecond, and keeps them there")
    func milliseconds() {
        for step in 0..<5_000 {
            let date = Date(timeIntervalSince1970: 1_790_000_000 + Double(step) * 0.001)
            #expect(date.milliseconds == 1_790_000_000_000 + Int64(step))
            #expect(Date(milliseconds: date.milliseconds).milliseconds == date.milliseconds)
        }
    }

    @Test("every kind of value comes back as it went in", arguments: Engine.allCases)
    func values(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.database.write { sql in
                try sql.execute("create table things (i {int}, t text, b {blob})")
                try sql.executeMany(
                    "insert into things (i, t, b) values ($1, $2, $3)",
                    [
                        [.integer(.min), .text(""), .blob([])], [.integer(.max), .text("한글 👋 ' \\ \u{1}"), .blob([0, 1, 255])],
                        [.null, .null, .null], [.integer(-1), .text("x"), .blob(Array(repeating: 7, count: 70_000))],
                    ])
            }
            let rows = try await store.database.read { try $0.query("select i, t, b from things") }
            #expect(rows[0].values == [.integer(.min), .text(""), .blob([])])
            #expect(rows[1].values == [.integer(.max), .text("한글 👋 ' \\ \u{1}"), .blob([0, 1, 255])])
            #expect(rows[2].values == [.null, .null, .null])
            #expect(rows[3].values == [.integer(-1), .text("x"), .blob(Array(repeating: 7, count: 70_000))])
        }
    }

    @Test("a transaction that throws leaves nothing behind", arguments: Engine.allCases)
    func rollsBack(engine: Engine) async throws {
        struct Stop: Error {}
        try await engine.withStore { (store: Store) async throws in
            await #expect(throws: Stop.self) {
                try await store.database.write { sql in
                    try sql.execute("insert into connector_state (key, value) values ('a', 'b')")
                    throw Stop()
                }
            }
            #expect(try await store.state("a") == nil)
            await #expect(throws: StorageError.self) {
                _ = try await store.database.write { sql in
                    try sql.executeMany(
                        "insert into connector_state (key, value) values ($1, 'b')", [[.text("k")], [.text("k")], [.text("l")]])
                }
            }
            #expect(try await store.state("k") == nil)
            try await store.setState("k", to: "works again")
            #expect(try await store.state("k") == "works again")
        }
    }
}

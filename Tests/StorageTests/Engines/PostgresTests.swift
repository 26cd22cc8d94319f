// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Synchronization
import Testing

@testable import Storage

@Suite("PostgreSQL")
struct PostgresTests {
    @Test("a killed connection fails its transaction, and the next one works")
    func killed() async throws {
        try await Engine.postgres.withEmptyURL { (url: String) async throws in
            let store = try await Store.open(url: url, connections: 1)
            try await store.setState("before", to: "1")
            let error = await #expect(throws: StorageError.self) {
                try await store.database.write { sql in
                    try sql.execute("insert into connector_state (key, value) values ('half', '1')")
                    _ = try sql.query("select pg_terminate_backend(pg_backend_pid())")
                    try sql.execute("insert into connector_state (key, value) values ('other half', '1')")
                }
            }
            guard case .connectionLost = error else {
                Issue.record("expected a lost connection, not \(String(describing: error))")
                return
            }
            #expect(try await store.state("half") == nil)
            #expect(try await store.state("before") == "1")
            await store.close()
        }
    }

    @Test("a connection that died while it was idle is replaced without an error")
    func idle() async throws {
        try await Engine.postgres.withEmptyURL { (url: String) async throws in
            let store = try await Store.open(url: url, connections: 3)
            try await store.setState("a", to: "1")
            let database = String(url.split(separator: "/").last ?? "")
            try await PostgresForTests.command(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = '\(database)'")
            for number in 0..<9 { try await store.setState("a", to: "\(number)") }
            #expect(try await store.state("a") == "8")
            await store.close()
        }
    }

    @Test("transactions that lock each other out are tried again")
    func deadlock() async throws {
        try await Engine.postgres.withEmptyURL { (url: String) async throws in
            let store = try await Store.open(url: url, connections: 4)
            for key in ["a", "b"] { try await store.setState(key, to: "") }
            let meeting = Meeting()
            let touch = { @Sendable (first: String, second: String) async throws in
                try await store.database.write { sql in
                    let text = "update connector_state set value = value || 'x' where key = $1"
                    try sql.execute(text, [.text(first)])
                    // Both hold their first row before either wants its second.
                    meeting.arrive(waitingFor: 2)
                    try sql.execute(text, [.text(second)])
                }
            }
            async let one: Void = touch("a", "b")
            async let two: Void = touch("b", "a")
            _ = try await (one, two)
            #expect(try await store.state("a") == "xx")
            #expect(try await store.state("b") == "xx")
            #expect(meeting.arrivals > 2, "one of them ran twice")
            await store.close()
        }
    }

    @Test("refuses to write in a read, and works on")
    func readOnly() async throws {
        try await Engine.postgres.withStore { (store: Store) async throws in
            await #expect(throws: StorageError.readOnly(location: store.location)) {
                _ = try await store.database.read { try $0.execute("delete from accounts") }
            }
            try await store.setState("a", to: "1")
        }
    }

    @Test("says where it could not connect, without the password; a closed store says that it is closed")
    func unreachable() async throws {
        let error = await #expect(throws: StorageError.self) {
            _ = try await Store.open(url: "postgres://u:secret@127.0.0.1:1/haechi")
        }
        #expect(error?.message.contains("127.0.0.1:1/haechi") == true)
        #expect(error?.message.contains("secret") == false)
        try await Engine.postgres.withStore { (store: Store) async throws in
            await store.close()
            await #expect(throws: StorageError.closed) { _ = try await store.state("a") }
        }
    }

    @Test("does not quote values in errors")
    func quiet() async throws {
        try await Engine.postgres.withStore { (store: Store) async throws in
            let error = await #expect(throws: StorageError.self) {
                _ = try await store.database.write {
                    try $0.execute("update accounts set created_at = $1", [.text("canary text")])
                }
            }
            #expect(error?.message.contains("canary") == false)
        }
    }
}

/// Where blocking transactions wait for each other.
private final class Meeting: Sendable {
    private let count = Mutex(0)

    var arrivals: Int { count.withLock { $0 } }

    func arrive(waitingFor others: Int) {
        count.withLock { $0 += 1 }
        let deadline = Date().addingTimeInterval(10)
        while arrivals < others, Date() < deadline { Thread.sleep(forTimeInterval: 0.001) }
    }
}

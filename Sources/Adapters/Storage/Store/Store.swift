// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import struct Foundation.Data
package import struct Foundation.Date
package import class Foundation.JSONDecoder
package import class Foundation.JSONEncoder

/// Everything that Haechi keeps, behind the ports that the domain declares: one file a port.
///
/// The same SQL runs on SQLite and PostgreSQL. Times are kept to the millisecond.
package struct Store: Sendable {
    /// What an opener may do, and what it keeps others from doing.
    package enum Access: Hashable, Sendable {
        /// The one server: brings the schema up to date; with SQLite it keeps other servers off the file.
        case server
        /// A command that may write while a server runs; brings the schema up to date when no server runs.
        case tool
        /// Only looks: the database must exist and have our schema.
        case reader
    }

    package let database: any SQLDatabase
    /// For messages: where the data is, without passwords.
    package let location: String
    /// The clock for moments that no caller gives, such as when an event was concluded.
    let now: @Sendable () -> Date
    let closings = RecentClosings()
    /// Held until the store is closed.
    private let lock: FileLock?

    /// Opens `sqlite:PATH` (made when missing) or `postgres://…`.
    /// - Parameter connections: for PostgreSQL, the most transactions that run at once.
    package static func open(
        url: String, access: Access = .server, connections: Int = 8, now: @escaping @Sendable () -> Date = { Date() }
    ) async throws -> Store {
        let address = try StorageAddress(url)
        let migrator = Migrator(Schema.migrations, location: address.location)
        let database: any SQLDatabase
        var lock: FileLock?
        switch address {
        case .sqlite(let path):
            if access == .server { lock = try FileLock(besides: path, location: address.location) }
            database = try SQLiteDatabase(path: path, readOnly: access == .reader)
            if access == .tool, try await migrator.isBehind(database) {
                let turn = try FileLock(besides: path, location: address.location)
                try await migrator.migrate(database)
                turn.release()
            }
        case .postgres(let url):
            database = PostgresDatabase(url: url, connections: connections)
        }
        do {
            switch (access, address) {
            case (.server, _), (.tool, .postgres): try await migrator.migrate(database)
            case (.reader, _), (.tool, .sqlite): try await migrator.check(database)
            }
        } catch {
            await database.close()
            lock?.release()
            throw error
        }
        return Store(database: database, location: address.location, now: now, lock: lock)
    }

    /// Ends all connections; what was answered is durable already.
    package func close() async {
        await database.close()
        lock?.release()
    }
}

/// Values that are kept whole, as JSON.
enum Stored {
    static func json(_ value: some Encodable) throws -> SQLValue {
        SQLValue(String(decoding: try JSONEncoder().encode(value), as: UTF8.self))
    }

    static func value<Value: Decodable>(_ type: Value.Type, from json: String) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(json.utf8))
        } catch {
            // The decoder's own error may quote content.
            throw StorageError.corrupt("a stored \(type) can't be read")
        }
    }
}

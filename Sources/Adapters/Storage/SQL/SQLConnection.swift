// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One connection inside one transaction, on either engine.
///
/// SQL texts are the same for both engines: parameters are `$1`, `$2` …, and the few differences are written as the tokens
/// of `Dialect`. Every call blocks the engine's own thread, never one of Swift's.
package protocol SQLConnection {
    /// Runs a statement once and returns its rows.
    func query(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow]

    /// Runs a statement once; returns how many rows it changed.
    @discardableResult
    func execute(_ sql: String, _ values: [SQLValue]) throws -> Int

    /// Runs a statement once per element, with few round trips; returns the rows of each.
    func queryMany(_ sql: String, _ rows: [[SQLValue]]) throws -> [[SQLRow]]

    /// Runs a statement once per element, with few round trips; returns how many rows each changed.
    @discardableResult
    func executeMany(_ sql: String, _ rows: [[SQLValue]]) throws -> [Int]

    /// Until the end of the transaction, nobody else in the cluster gets past the same turn.
    func take(_ turn: Turn) throws
}

extension SQLConnection {
    func query(_ sql: String) throws -> [SQLRow] { try query(sql, []) }

    @discardableResult
    func execute(_ sql: String) throws -> Int { try execute(sql, []) }
}

/// What only one transaction at a time may do.
package enum Turn: Int64, Sendable, CaseIterable {
    case migrate = 0x6861_6563_6869_01
    /// Accepting events and recording spaces: sequence numbers become visible in order, and no event slips past a space
    /// that turns private at the same moment.
    case accept = 0x6861_6563_6869_02
    /// Handing out work: one person never gets two items from two browser tabs.
    case lease = 0x6861_6563_6869_03
    /// Changing banks: revisions become visible in order, and what a source said is never ended twice.
    case banks = 0x6861_6563_6869_04
    /// Writing sightings: their sequence numbers become visible in order. Taken after everything but the ledger.
    case sightings = 0x6861_6563_6869_05
    /// Changing the registry of rules: each change sees the one before it.
    case rules = 0x6861_6563_6869_06
}

/// An engine: a place that runs transactions.
package protocol SQLDatabase: Sendable {
    /// Runs a transaction that is durable on return; rolled back when the body throws.
    ///
    /// The body may run more than once, when the engine found it in conflict with another, so it must have no other effect.
    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T

    /// Runs queries that all see one moment.
    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T

    /// After content was deleted: removes what the engine still holds of it in files of its own, as far as it can.
    func scrub() async

    func close() async
}

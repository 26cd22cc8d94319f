// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Port: where counts are kept. What an event counts is written with its conclusion (`Commit.counts`) into a journal; now and then
/// the journal becomes a snapshot.
package protocol CounterStore: Sendable {
    /// The latest snapshot, and the last journal entry that is in it.
    func counterSnapshot() async throws -> (through: Int64, bytes: [UInt8])?
    /// The last journal entry that is in the latest snapshot; nil when there is none.
    func counterSnapshotPlace() async throws -> Int64?
    /// Journal entries in the order in which they were written, each with the bytes of its increments.
    func counterJournal(after place: Int64, limit: Int) async throws -> [(place: Int64, bytes: [UInt8])]
    /// Writes a snapshot and forgets the journal up to it, unless the latest snapshot is another one than `previous`; then false.
    func putCounterSnapshot(_ bytes: [UInt8], through place: Int64, replacing previous: Int64?) async throws -> Bool
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Signals

package import struct Foundation.Date

package enum BulkTag {}
package typealias BulkID = Identifier<BulkTag>

/// One decision about many items: every earlier copy of something that is known now.
///
/// Its decisions have ids `b-<bulk>-…`, so all of them can be found, and taken back as one.
package struct BulkDecision: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// The copies have been looked for; nothing was done. Waits for a person.
        case preview
        case running
        case paused
        case done
        case undoing
        case undone
        case discarded
    }

    package var id: BulkID
    package var at: Date
    /// Who asked for it.
    package var by: String
    /// Who let it run.
    package var startedBy: String?
    package var state: State
    package var request: SweepRequest
    package var effects: [Effect]
    package var clause: ClauseID?
    /// For people: why.
    package var reason: String
    /// Largest number of items; with more copies than that it does not start.
    package var largest: Int
    /// Items a minute.
    package var perMinute: Int
    /// What the sweep found.
    package var found: BulkCount
    /// Items behind which it goes on, and how many have come to which end.
    package var cursor: Int
    package var applied: Int
    /// Gone, private or different when it was looked at again.
    package var skipped: Int
    package var failed: Int
    package var undone: Int
    /// Who takes it back, and why.
    package var undoneBy: String?
    package var undoReason: String?

    package init(
        id: BulkID, at: Date, by: String, state: State = .preview, request: SweepRequest, effects: [Effect], clause: ClauseID?,
        reason: String, largest: Int, perMinute: Int, found: BulkCount
    ) {
        self.id = id
        self.at = at
        self.by = by
        self.state = state
        self.request = request
        self.effects = effects
        self.clause = clause
        self.reason = reason
        self.largest = largest
        self.perMinute = perMinute
        self.found = found
        cursor = 0
        applied = 0
        skipped = 0
        failed = 0
        undone = 0
    }
}

/// What a sweep found, in numbers.
package struct BulkCount: Hashable, Sendable, Codable {
    package var items = 0
    package var spaces = 0
    package var actors = 0
    package var first: Date?
    package var last: Date?

    package init() {}
}

/// One item that a bulk decision is about.
package struct BulkItem: Hashable, Sendable, Codable {
    /// Its place in the bulk decision, from 1.
    package var number: Int
    package var target: Target
    package var at: Date
    /// The nearest query and how many bits differ.
    package var fingerprint: Int64
    package var distance: Int

    package init(number: Int, target: Target, at: Date, fingerprint: Int64, distance: Int) {
        self.number = number
        self.target = target
        self.at = at
        self.fingerprint = fingerprint
        self.distance = distance
    }
}

/// Port: bulk decisions and their items.
package protocol BulkStore: Sendable {
    /// Writes a bulk decision with all its items, in one transaction.
    func put(_ bulk: BulkDecision, items: [BulkItem], ledger: [LedgerEntry]) async throws
    /// Writes its new state; false when it was not in one of the expected states.
    func update(_ bulk: BulkDecision, expecting: Set<BulkDecision.State>, ledger: [LedgerEntry]) async throws -> Bool
    func bulk(_ id: BulkID) async throws -> BulkDecision?
    /// Newest first.
    func bulks(in states: Set<BulkDecision.State>, limit: Int) async throws -> [BulkDecision]
    /// In the order of their numbers.
    func items(of id: BulkID, after number: Int, limit: Int) async throws -> [BulkItem]
    /// How far the earlier copies of fingerprints have been looked for by themselves, in bits; those never looked for are left out.
    func lookedBack(for fingerprints: [Int64]) async throws -> [Int64: Int]
    /// Notes how far they have been looked for; nil forgets it.
    func setLookedBack(_ radii: [Int64: Int?]) async throws
}

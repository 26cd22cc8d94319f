// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Policies
package import Signals

package import struct Foundation.Date

/// Port: what rules were given of public events, for as many days as the operator wants it kept.
///
/// A record is written with its event's conclusion (`Commit.history`). It goes when its time is over, when its space is no longer
/// public (in the transaction that records that), and when its author is to be forgotten.
package protocol EventHistory: Sendable {
    /// Records in the order in which their events arrived, from behind a place; those of spaces that are not public now are passed over.
    func history(in period: HistoryPeriod, after sequence: Int64, limit: Int) async throws -> [HistoryRow]
    func historyExtent(in period: HistoryPeriod) async throws -> HistoryExtent

    /// Deletes what was received before a time, nil for everything, in many small transactions; returns how many records went.
    func deleteHistory(before time: Date?) async throws -> Int
    /// Deletes what came from a space, or from an actor; returns how many records went.
    func deleteHistory(of subject: LookBackSubject) async throws -> Int

    /// What people have said of items since a time.
    func judgements(since time: Date) async throws -> Judgements
}

/// What rules were given of one event, as it is kept.
package struct HistoryRecord: Hashable, Sendable {
    package var platform: PlatformID
    package var space: SpaceID
    package var actor: ActorID
    /// When Haechi received the event: its time counts from here.
    package var receivedAt: Date
    /// Of a `RecordedEvent`.
    package var bytes: [UInt8]

    package init(platform: PlatformID, space: SpaceID, actor: ActorID, receivedAt: Date, bytes: [UInt8]) {
        self.platform = platform
        self.space = space
        self.actor = actor
        self.receivedAt = receivedAt
        self.bytes = bytes
    }

    package init(_ recorded: RecordedEvent) {
        let event = recorded.event
        self.init(
            platform: event.platform, space: event.space.id, actor: event.actor.id, receivedAt: event.receivedAt,
            bytes: recorded.bytes)
    }
}

/// A record in its place.
package struct HistoryRow: Hashable, Sendable {
    /// The event's.
    package var sequence: Int64
    /// Of a `RecordedEvent`.
    package var bytes: [UInt8]

    package init(sequence: Int64, bytes: [UInt8]) {
        self.sequence = sequence
        self.bytes = bytes
    }
}

/// Events that were received from a time on and before another; open where nothing is said.
package struct HistoryPeriod: Hashable, Sendable {
    package var from: Date?
    package var until: Date?

    package init(from: Date? = nil, until: Date? = nil) {
        self.from = from
        self.until = until
    }
}

/// How much there is.
package struct HistoryExtent: Hashable, Sendable {
    package var count: Int
    /// When the first and the last were received.
    package var from: Date?
    package var until: Date?

    package init(count: Int, from: Date? = nil, until: Date? = nil) {
        self.count = count
        self.from = from
        self.until = until
    }
}

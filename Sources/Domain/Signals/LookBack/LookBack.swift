// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import PerceptualHashing

package import struct Foundation.Date

/// Port: every picture ever seen in public, by its hash, for as long as it is kept: compact, by day, searched without a miss.
package protocol LookBack: Sendable {
    /// Adds sightings in the order of their sequence numbers; those at or below `lastSequence` are there already and are left out.
    /// Durable on return.
    func append(_ sightings: [(sequence: Int64, sighting: Sighting)]) async throws(LookBackError)
    var lastSequence: Int64 { get async }

    /// Calls `found` with parts of the result, in no order, and `progress` with how far it is.
    ///
    /// - Parameters:
    ///   - after: begins behind this place of an earlier sweep that was cut off; nil for the beginning.
    func sweep(
        _ request: SweepRequest, after place: SweepPlace?,
        progress: @Sendable (SweepProgress) async throws -> Void, found: @Sendable ([SweepMatch]) async throws -> Void
    ) async throws

    /// Makes all sightings in a space, or of an actor, unreadable for good; returns how many.
    func delete(_ subject: LookBackSubject) async throws(LookBackError) -> Int
    /// Deletes whole days (UTC) that ended before a time; returns how many sightings went.
    func delete(daysBefore time: Date) async throws(LookBackError) -> Int
    /// What is to be done from time to time, such as packing days that are over.
    func maintain(at now: Date) async throws(LookBackError)
    func statistics() async throws(LookBackError) -> LookBackStatistics
}

/// Whose sightings go.
package enum LookBackSubject: Hashable, Sendable, Codable {
    case space(PlatformID, SpaceID)
    case actor(PlatformID, ActorID)
}

package struct SweepRequest: Hashable, Sendable, Codable {
    /// What to look for, at most 10,000; each may have a radius of its own, 0 to 63.
    package var queries: [Query]
    /// Only sightings from this time on.
    package var since: Date?

    package struct Query: Hashable, Sendable, Codable {
        /// The caller's number for it, such as the key of a fingerprint.
        package var key: Int64
        /// Only sightings of this kind match; exact kinds at radius 0.
        package var kind: Fingerprint.Kind
        package var hash: PDQHash
        package var radius: Int

        package init(key: Int64, kind: Fingerprint.Kind = .pdq, hash: PDQHash, radius: Int) {
            self.key = key
            self.kind = kind
            self.hash = hash
            self.radius = radius
        }
    }

    package init(queries: [Query], since: Date? = nil) {
        self.queries = queries
        self.since = since
    }
}

package struct SweepMatch: Hashable, Sendable {
    /// `SweepRequest.Query.key`.
    package var query: Int64
    package var distance: Int
    package var sighting: Sighting

    package init(query: Int64, distance: Int, sighting: Sighting) {
        self.query = query
        self.distance = distance
        self.sighting = sighting
    }
}

/// A place in the look-back: all of it before is done.
package struct SweepPlace: Hashable, Sendable, Codable {
    /// Days since 1970 (UTC).
    package var day: Int
    package var entry: Int

    package init(day: Int, entry: Int) {
        self.day = day
        self.entry = entry
    }
}

package struct SweepProgress: Hashable, Sendable {
    package var done: Int
    package var total: Int
    /// Where to go on from if it is cut off now.
    package var place: SweepPlace
    /// What could not be searched; the result is not complete unless this is empty at the end.
    package var missing: [SweepGap]

    package init(done: Int, total: Int, place: SweepPlace, missing: [SweepGap] = []) {
        self.done = done
        self.total = total
        self.place = place
        self.missing = missing
    }
}

/// A part of the look-back that cannot be read.
package struct SweepGap: Hashable, Sendable, Codable {
    /// Days since 1970 (UTC); nil when it is not known which.
    package var day: Int?
    package var file: String
    /// Where, and what was expected.
    package var reason: String

    package init(day: Int?, file: String, reason: String) {
        self.day = day
        self.file = file
        self.reason = reason
    }
}

package struct LookBackStatistics: Hashable, Sendable {
    package struct Day: Hashable, Sendable {
        package var day: Int
        package var sightings: Int
        package var bytes: Int

        package init(day: Int, sightings: Int, bytes: Int) {
            self.day = day
            self.sightings = sightings
            self.bytes = bytes
        }
    }

    package var days: [Day]
    package var missing: [SweepGap]

    package init(days: [Day], missing: [SweepGap] = []) {
        self.days = days
        self.missing = missing
    }

    package var sightings: Int { days.reduce(0) { $0 + $1.sightings } }
    package var bytes: Int { days.reduce(0) { $0 + $1.bytes } }
}

package enum LookBackError: Error, Hashable, Sendable {
    /// A file cannot be read or written; which, and why.
    case file(String, String)
    /// A file is damaged; which, where, and what was expected.
    case damaged(String, String)
}

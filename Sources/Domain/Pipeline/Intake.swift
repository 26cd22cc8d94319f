// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Casework
package import Moderation

package import struct Foundation.Date

/// What connectors and the API hand in: the only way into Haechi.
package protocol Intake: Sendable {
    /// Takes events; returns when they are durable. Events from spaces that are not public are dropped here, and only counted.
    func accept(_ events: [Event]) async throws -> [Acceptance]
    /// Says that a space has (or has turned to) a privacy class; what was queued from it is withdrawn when it is not public.
    func spaceChanged(_ space: Space, on platform: PlatformID, at: Date) async throws
    /// Takes a report with a copy of what it is about; returns the case, or nil when the report was taken before.
    func accept(_ report: IncomingReport) async throws -> CaseID?
    /// What rules say of an event now, before it is accepted by the platform; never stores an allowed event. Models are not waited for
    /// beyond the deadline: what they have not said by then is unknown.
    func verdict(on event: Event, until deadline: ContinuousClock.Instant) async throws -> InlineVerdict
}

/// An error that says of itself that a later try may work, because the place where things are kept cannot write now.
package protocol PassingFailure: Error {
    /// Why, for operators and callers alike: never content; nil when this error is none of that kind.
    var passingReason: String? { get }
}

/// A report, and the evidence copied when it arrived.
package struct IncomingReport: Sendable {
    package var report: Report
    package var item: Item?
    package var media: [FetchedMedia]

    package init(report: Report, item: Item?, media: [FetchedMedia]) {
        self.report = report
        self.item = item
        self.media = media
    }
}

package struct FetchedMedia: Sendable, Hashable {
    package var media: Media
    package var bytes: [UInt8]

    package init(media: Media, bytes: [UInt8]) {
        self.media = media
        self.bytes = bytes
    }
}

/// The answer to a check before acceptance.
package enum InlineVerdict: Hashable, Sendable {
    case allow
    case refuse(decision: DecisionID, clause: ClauseID?, clauseText: [String: String], reason: String)
}

/// Too much is waiting to become durable; nothing of this call was kept. Try again after so many seconds.
package struct IntakeOverloaded: Error, Hashable, Sendable {
    package var retryAfter: Int

    package init(retryAfter: Int) { self.retryAfter = retryAfter }
}

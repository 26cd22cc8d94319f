// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Atomics

/// A segment as one snapshot sees it.
struct SegmentView: Sendable {
    var segment: Segment
    var dead = DeadMap()

    var liveCount: Int { segment.count - dead.count }
}

/// Everything a reader needs, at one moment. Never changes; each batch publishes a new one.
final class IndexSnapshot: AtomicReference, Sendable {
    let segments: [SegmentView]
    /// The delta that a merge is turning into a segment.
    let frozen: Delta?
    let active: Delta
    let tag: UInt64
    let count: Int

    init(segments: [SegmentView], frozen: Delta?, active: Delta, tag: UInt64) {
        self.segments = segments
        self.frozen = frozen
        self.active = active
        self.tag = tag
        count =
            segments.reduce(0) { $0 + $1.liveCount } + active.count - active.dead.count
            + (frozen.map { $0.count - $0.dead.count } ?? 0)
    }
}

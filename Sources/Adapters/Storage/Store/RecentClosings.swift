// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Synchronization

import struct Foundation.Date

/// Spaces that were said to be private or encrypted a moment ago, in memory only: nothing is written down of a space that was never seen
/// public, and yet a report that was read before it closed, and is written after, must not open it.
final class RecentClosings: Sendable {
    private struct Key: Hashable {
        var platform: PlatformID
        var space: SpaceID
    }

    /// At most so many; when there are more, the older half goes.
    private let limit: Int
    private let times = Mutex<[Key: Int64]>([:])

    init(limit: Int = 100_000) { self.limit = limit }

    func add(_ space: SpaceID, on platform: PlatformID, at now: Date) {
        times.withLock { times in
            times[Key(platform: platform, space: space)] = now.milliseconds
            guard times.count > limit else { return }
            let middle = times.values.sorted()[times.count / 2]
            times = times.filter { $0.value > middle || $0.value == now.milliseconds }
        }
    }

    /// Whether nothing was heard of its closing for as long as a report may have been under way.
    func allow(_ space: SpaceID, on platform: PlatformID, at now: Date) -> Bool {
        times.withLock { times in
            times[Key(platform: platform, space: space)].map { now.milliseconds - $0 > Store.reportHolds } ?? true
        }
    }
}

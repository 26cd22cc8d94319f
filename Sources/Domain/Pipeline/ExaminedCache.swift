// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals
import Synchronization

/// Media examined lately, so that the check before acceptance and the queue do not fetch the same bytes twice.
final class ExaminedCache: Sendable {
    private struct Entry {
        var media: ExaminedMedia
        /// Other rules may wish for more.
        var wishes: MediaWishes
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var order: [String] = []
        var bytes = 0
    }

    private let state = Mutex(State())
    private let byteLimit: Int

    init(byteLimit: Int = 64 << 20) { self.byteLimit = byteLimit }

    subscript(key: String, wishes: MediaWishes) -> ExaminedMedia? {
        state.withLock { $0.entries[key].flatMap { $0.wishes == wishes ? $0.media : nil } }
    }

    func insert(_ media: ExaminedMedia, for key: String, _ wishes: MediaWishes) {
        guard media.size <= byteLimit / 4 else { return }
        state.withLock { state in
            state.bytes += media.size
            if let old = state.entries.updateValue(Entry(media: media, wishes: wishes), forKey: key) {
                state.bytes -= old.media.size
            } else {
                state.order.append(key)
            }
            while state.bytes > byteLimit || state.order.count > 1_024 {
                let oldest = state.order.removeFirst()
                state.bytes -= state.entries.removeValue(forKey: oldest)?.media.size ?? 0
            }
        }
    }
}

extension ExaminedMedia {
    /// What it keeps in memory, in bytes: the file, and the pictures that were made of it.
    var size: Int {
        bytes.count + (facts?.preview?.count ?? 0) + (facts?.rasters.reduce(0) { $0 + $1.pixels.count } ?? 0)
    }
}

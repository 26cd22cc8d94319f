// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals
import Synchronization

/// Media examined lately, so that the check before acceptance and the queue do not fetch the same bytes twice.
final class ExaminedCache: Sendable {
    private struct State {
        var entries: [String: ExaminedMedia] = [:]
        var order: [String] = []
        var bytes = 0
    }

    private let state = Mutex(State())
    private let byteLimit: Int

    init(byteLimit: Int = 64 << 20) { self.byteLimit = byteLimit }

    subscript(key: String) -> ExaminedMedia? { state.withLock { $0.entries[key] } }

    func insert(_ media: ExaminedMedia, for key: String) {
        guard media.bytes.count <= byteLimit / 4 else { return }
        state.withLock { state in
            guard state.entries.updateValue(media, forKey: key) == nil else { return }
            state.order.append(key)
            state.bytes += media.bytes.count
            while state.bytes > byteLimit || state.order.count > 1_024 {
                let oldest = state.order.removeFirst()
                state.bytes -= state.entries.removeValue(forKey: oldest)?.bytes.count ?? 0
            }
        }
    }
}

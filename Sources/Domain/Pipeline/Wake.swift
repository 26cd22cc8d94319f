// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Synchronization

/// Wakes one waiting loop; a wake that comes while the loop is busy is remembered.
package final class Wake: Sendable {
    private struct State {
        var isSet = false
        var sleeper: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    package init() {}

    package func signal() {
        let sleeper = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if let sleeper = state.sleeper {
                state.sleeper = nil
                return sleeper
            }
            state.isSet = true
            return nil
        }
        sleeper?.resume()
    }

    /// Returns at the next signal, after the time given, or when the task is cancelled.
    package func wait(atMost duration: Duration) async {
        let timer = Task { [weak self] in
            guard (try? await Task.sleep(for: duration)) != nil else { return }
            self?.signal()
        }
        defer { timer.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumeNow = state.withLock { state -> Bool in
                    if state.isSet || Task.isCancelled {
                        state.isSet = false
                        return true
                    }
                    state.sleeper = continuation
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        } onCancel: {
            signal()
        }
    }
}

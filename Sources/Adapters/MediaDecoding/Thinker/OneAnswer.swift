// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals
import Synchronization

/// The first of several answers to one asker: of a thinker, of the clock, of a cancellation.
final class OneAnswer: Sendable {
    typealias Value = Result<ThinkerReply.Answer, ModelError>

    private struct State {
        var continuation: CheckedContinuation<Value, Never>?
        var answer: Value?
    }

    private let state = Mutex(State())

    /// Whether nobody has answered yet.
    var isOpen: Bool { state.withLock { $0.answer == nil } }

    func resume(_ answer: Value) {
        let continuation = state.withLock { state in
            guard state.answer == nil else { return nil as CheckedContinuation<Value, Never>? }
            state.answer = answer
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume(returning: answer)
    }

    /// Asks, then waits for the first answer.
    func value(_ ask: () -> Void) async -> Value {
        await withCheckedContinuation { continuation in
            let early = state.withLock { state in
                if state.answer == nil { state.continuation = continuation }
                return state.answer
            }
            if let early { continuation.resume(returning: early) } else { ask() }
        }
    }
}

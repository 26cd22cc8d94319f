// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Synchronization

/// What an operation gives, or nil at the deadline. The operation is then cancelled and not waited for, so one that does not
/// heed its cancellation cannot make the answer late.
func within<Value: Sendable>(
    _ deadline: ContinuousClock.Instant, _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value? {
    let race = Race<Value?>()
    let running = Task {
        do { race.finish(.success(try await operation())) } catch { race.finish(.failure(error)) }
    }
    let waiting = Task {
        guard (try? await Task.sleep(until: deadline, clock: .continuous)) != nil else { return }
        race.finish(.success(nil))
    }
    defer {
        running.cancel()
        waiting.cancel()
    }
    return try await race.result()
}

/// Gives the first of several results to the one who waits.
private final class Race<Value: Sendable>: Sendable {
    private enum State {
        case running
        case waited(CheckedContinuation<Value, any Error>)
        case finished(Result<Value, any Error>)
        case over
    }

    private let state = Mutex(State.running)

    func finish(_ result: Result<Value, any Error>) {
        let waiter: CheckedContinuation<Value, any Error>? = state.withLock { state in
            switch state {
            case .running:
                state = .finished(result)
                return nil
            case .waited(let waiter):
                state = .over
                return waiter
            case .finished, .over: return nil
            }
        }
        waiter?.resume(with: result)
    }

    func result() async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let result: Result<Value, any Error>? = state.withLock { state in
                if case .finished(let result) = state { return result }
                state = .waited(continuation)
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }
}

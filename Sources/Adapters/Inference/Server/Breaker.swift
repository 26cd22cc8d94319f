// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Stops asking what has failed again and again, and lets one question through now and then to see whether it answers again.
///
/// A value without a clock of its own: whoever asks says what time it is.
package struct Breaker: Sendable {
    package struct Options: Sendable, Hashable {
        /// So many failures within the window open it.
        package var failures = 5
        package var window: Duration = .seconds(10)
        /// So long nothing is asked; then one probe.
        package var pause: Duration = .seconds(5)

        package init() {}
    }

    private enum State: Sendable {
        case closed
        case open(until: ContinuousClock.Instant)
        /// One question is under way; all others are refused.
        case probing
    }

    private let options: Options
    private var state = State.closed
    private var failures: [ContinuousClock.Instant] = []

    package init(_ options: Options = Options()) { self.options = options }

    package var isClosed: Bool { if case .closed = state { true } else { false } }

    /// Whether a question may be asked now. After `true` one of `succeeded`, `failed` and `gaveUp` must follow.
    package mutating func admits(at now: ContinuousClock.Instant) -> Bool {
        switch state {
        case .closed: return true
        case .probing: return false
        case .open(let until):
            guard now >= until else { return false }
            state = .probing
            return true
        }
    }

    package mutating func succeeded() {
        state = .closed
        failures = []
    }

    package mutating func failed(at now: ContinuousClock.Instant) {
        if case .probing = state {
            state = .open(until: now + options.pause)
            return
        }
        failures = failures.filter { $0 > now - options.window } + [now]
        guard failures.count >= options.failures, isClosed else { return }
        state = .open(until: now + options.pause)
        failures = []
    }

    /// The question was taken back before it had an answer: nothing is known of the server.
    package mutating func gaveUp(at now: ContinuousClock.Instant) {
        // The next one is the probe.
        if case .probing = state { state = .open(until: now) }
    }
}

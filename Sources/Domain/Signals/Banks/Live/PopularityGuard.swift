// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
import Synchronization

package import struct Foundation.Date
package import typealias Foundation.TimeInterval

/// Stops a machine from removing alone, by one fingerprint that nobody has confirmed here, what very many people post: a joke
/// picture or an advertisement that got into a list.
///
/// A fingerprint that matches items of more than so many different actors within the window is held, in this process and until
/// a person confirms one of its matches; one that has been confirmed once is never held. What is not known yet about
/// confirmations counts as none. Its memory is bounded.
package final class PopularityGuard: Sendable {
    package struct Options: Sendable {
        /// A fingerprint that matches items of more different actors is held.
        package var actors = 50
        /// Seconds.
        package var window: TimeInterval = 3600
        /// Fingerprints that are counted at once; those that matched longest ago are forgotten first.
        package var counted = 4_096
        /// Fingerprints that are held at once; when there are more, every unconfirmed one counts as held.
        package var held = 100_000

        package init() {}
    }

    private struct Count {
        /// The last match by each actor, at most one actor more than allowed.
        var actors: [Int: Date] = [:]
        var latest: Date
    }

    private struct State {
        var counts: [Int64: Count] = [:]
        var held: Set<Int64> = []
        var confirmed: Set<Int64> = []
        /// Whose confirmations nobody has looked up yet.
        var questions: [Int64] = []
    }

    private let options: Options
    private let now: @Sendable () -> Date
    private let state = Mutex(State())

    package init(options: Options = Options(), now: @escaping @Sendable () -> Date) {
        self.options = options
        self.now = now
    }

    /// Whether a machine may not act alone on this fingerprint.
    package func isHeld(_ fingerprint: Int64) -> Bool {
        state.withLock { isHeld(fingerprint, $0) }
    }

    /// Notes that a fingerprint matched an item of an actor.
    /// - Returns: whether it is held, and whether this match was the one too many.
    package func matched(
        _ fingerprint: Int64, actor: ActorID, on platform: PlatformID
    ) -> (isHeld: Bool, isNew: Bool) {
        let time = now()
        var hasher = Hasher()
        hasher.combine(platform)
        hasher.combine(actor)
        let who = hasher.finalize()
        return state.withLock { state in
            guard !state.confirmed.contains(fingerprint) else { return (false, false) }
            if isHeld(fingerprint, state) { return (true, false) }
            if state.counts[fingerprint] == nil {
                if state.counts.count >= options.counted { forget(&state, at: time) }
                state.counts[fingerprint] = Count(latest: time)
                if state.questions.count < options.counted { state.questions.append(fingerprint) }
            }
            guard count(who, for: fingerprint, at: time, &state) > options.actors else { return (false, false) }
            state.counts[fingerprint] = nil
            state.held.insert(fingerprint)
            return (true, true)
        }
    }

    /// A person confirmed matches of these.
    package func confirm(_ fingerprints: [Int64]) {
        guard !fingerprints.isEmpty else { return }
        state.withLock { state in
            // They are only a memory of what the store knows: it answers again.
            if state.confirmed.count > options.held { state.confirmed.removeAll() }
            for fingerprint in fingerprints {
                state.confirmed.insert(fingerprint)
                state.held.remove(fingerprint)
                state.counts[fingerprint] = nil
            }
        }
    }

    /// Fingerprints whose confirmations should be looked up: those that began to match since the last call, and some of those
    /// held, because other processes confirm too.
    package func questions(limit: Int, heldToo: Bool) -> [Int64] {
        state.withLock { state in
            let new = state.questions.prefix(limit)
            state.questions.removeFirst(new.count)
            // A set of numbers has a new order in each process and after each change, so that none is left out for long.
            return Array(new) + (heldToo ? Array(state.held.shuffled().prefix(limit - new.count)) : [])
        }
    }

    private func isHeld(_ fingerprint: Int64, _ state: borrowing State) -> Bool {
        if state.held.contains(fingerprint) { return true }
        return state.held.count >= options.held && !state.confirmed.contains(fingerprint)
    }

    /// How many actors a fingerprint matched within the window.
    private func count(_ actor: Int, for fingerprint: Int64, at time: Date, _ state: inout State) -> Int {
        let begin = time.addingTimeInterval(-options.window)
        // Its place was made before.
        guard var count = state.counts.removeValue(forKey: fingerprint) else { return 0 }
        count.latest = time
        count.actors[actor] = time
        if count.actors.count > options.actors { count.actors = count.actors.filter { $0.value > begin } }
        state.counts[fingerprint] = count
        return count.actors.count
    }

    /// Makes room: what has left the window goes, or else the quarter that matched longest ago.
    private func forget(_ state: inout State, at time: Date) {
        let begin = time.addingTimeInterval(-options.window)
        state.counts = state.counts.filter { $0.value.latest > begin }
        guard state.counts.count >= options.counted else { return }
        let oldest = state.counts.sorted { $0.value.latest < $1.value.latest }.prefix(max(1, options.counted / 4))
        for (fingerprint, _) in oldest { state.counts[fingerprint] = nil }
    }
}

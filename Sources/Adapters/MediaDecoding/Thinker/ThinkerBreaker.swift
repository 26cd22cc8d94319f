// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Synchronization

/// Switches a model off for a while when it ends one process after another, so that the other models keep theirs.
final class ThinkerBreaker: Sendable {
    private struct Model {
        var deaths = 0
        var offUntil: ContinuousClock.Instant?
    }

    private let deathsInARow: Int
    private let rest: Duration
    private let models = Mutex<[String: Model]>([:])

    init(deathsInARow: Int, rest: Duration) {
        self.deathsInARow = max(1, deathsInARow)
        self.rest = rest
    }

    /// Why the model is off now; nil when it is not.
    func problem(of model: String) -> String? {
        models.withLock { models in
            guard let until = models[model]?.offUntil, ContinuousClock.now < until else { return nil }
            return "\(models[model]?.deaths ?? 0) questions in a row ended its process, and it is off until it has rested"
        }
    }

    /// After its rest one more death is enough.
    func died(_ model: String) {
        models.withLock { models in
            models[model, default: Model()].deaths += 1
            guard let deaths = models[model]?.deaths, deaths >= deathsInARow else { return }
            models[model]?.offUntil = .now + rest
        }
    }

    func answered(_ model: String) { models.withLock { $0[model] = nil } }
}

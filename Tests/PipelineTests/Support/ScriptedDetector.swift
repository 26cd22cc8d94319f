// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Signals
import Synchronization

/// Says what a test wants said, as a model would, and remembers for whom it was asked.
final class ScriptedDetector: DearDetector {
    let signalNames: Set<String>
    private let states: [String: SignalState]
    private let waits: Bool
    private let asked = Mutex<[ModelPriority]>([])

    /// - Parameter waits: it has nothing to say before the deadline.
    init(_ states: [String: SignalState], waits: Bool = false) {
        self.states = states
        self.waits = waits
        signalNames = Set(states.keys)
    }

    var priorities: [ModelPriority] { asked.withLock { $0 } }

    func detect(
        _ declaration: SignalDeclaration, in event: PublicEvent, media: [ExaminedMedia], until deadline: ContinuousClock.Instant
    ) async -> [Signal] {
        asked.withLock { $0.append(ModelPriority.current) }
        var state = states[declaration.name] ?? .absent
        if waits {
            try? await Task.sleep(until: deadline, clock: .continuous)
            state = .unknown(ModelError.deadline.message)
        }
        return [Signal(name: declaration.name, kind: declaration.kind, state: state, version: "scripted@1:f32")]
    }
}

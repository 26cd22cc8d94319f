// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What a search writes to: lent to one caller at a time, kept for the next.
///
/// Unchecked: a scratch is out of the engine's list while somebody uses it, so that no two threads ever have the same one.
final class Scratch: @unchecked Sendable {
    // The engine keeps its scratches, and uses one only while somebody holds the engine.
    private unowned let engine: Engine
    private let slotCount: Int
    /// Where the last simulation put the groups.
    var slots: [Int]
    let forward: LazyDFA
    private(set) lazy var backward = engine.backwardProgram().map {
        LazyDFA(program: $0, prefersLongest: true, cacheBytes: engine.limits.cacheBytes / 2)
    }
    /// The simulations: whether there is a match, where it is, and where its groups are.
    private(set) lazy var simulation = PikeMachine(program: engine.program, slotCount: 0)
    private(set) lazy var bounds = PikeMachine(program: engine.program, slotCount: 2)
    private(set) lazy var groups = PikeMachine(program: engine.program, slotCount: slotCount)

    /// Instructions followed so far, whatever ran them, for tests of bounds.
    var steps: Int { forward.steps + (backward?.steps ?? 0) + simulation.steps + bounds.steps + groups.steps }

    init(_ engine: Engine) {
        self.engine = engine
        forward = LazyDFA(program: engine.program, prefersLongest: false, cacheBytes: engine.limits.cacheBytes)
        slotCount = engine.groupNames.count * 2
        slots = [Int](repeating: -1, count: slotCount)
    }
}

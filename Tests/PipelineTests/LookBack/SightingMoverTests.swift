// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Logging
import Moderation
import ModerationTesting
import PerceptualHashing
import Pipeline
import Signals
import Synchronization
import Testing

@Suite("Sighting mover")
struct SightingMoverTests {
    private func sighting(_ number: Int, space: SpaceID = "room", actor: ActorID = "ari", at: Date = .start) -> Sighting {
        Sighting(
            kind: .pdq, hash: PDQHash(words: UInt64(number), 1, 2, 3), platform: "test", space: space,
            item: ItemID("item-\(number)"), actor: actor, mediaIndex: 0, at: at)
    }

    private func mover(_ world: LookBackWorld, _ lookBack: MemoryLookBack, clock: ManualClock = ManualClock()) -> SightingMover {
        var options = SightingMover.Options()
        options.batch = 10
        return SightingMover(
            queue: world, lookBack: lookBack, state: world, options: options,
            logger: Logger(label: "mover") { _ in SwiftLogNoOpLogHandler() }, now: { clock.now })
    }

    @Test("killed after any write, each sighting arrives once")
    func crashes() async throws {
        for writes in 1...8 {
            let world = LookBackWorld()
            let lookBack = MemoryLookBack()
            world.state.withLock { state in
                state.queue = (1...35).map { (Int64($0), sighting($0)) }
                state.writesLeft = writes
            }
            _ = try? await mover(world, lookBack).move()
            world.state.withLock { $0.writesLeft = nil }
            try await mover(world, lookBack).move()
            #expect(lookBack.state.withLock { $0.entries.map(\.sighting) } == (1...35).map { sighting($0) })
            #expect(try await world.queuedSightings() == 0)
        }
    }

    @Test("what is to be forgotten goes from the queue and the look-back, also after a crash")
    func forget() async throws {
        for writes in 1...4 {
            let world = LookBackWorld()
            let lookBack = MemoryLookBack()
            try await lookBack.append((1...10).map { (Int64($0), sighting($0, actor: $0 % 2 == 0 ? "bo" : "ari")) })
            world.state.withLock { $0.queue = (11...20).map { (Int64($0), sighting($0, actor: $0 % 2 == 0 ? "bo" : "ari")) } }
            let first = mover(world, lookBack)
            try await first.forget(.actor("test", "bo"))
            world.state.withLock { $0.writesLeft = writes }
            _ = try? await first.forgetAll()
            world.state.withLock { $0.writesLeft = nil }
            let second = mover(world, lookBack)
            try await second.forgetAll()
            try await second.move()
            #expect(lookBack.state.withLock { $0.entries.count } == 10)
            #expect(lookBack.state.withLock { !$0.entries.contains { $0.sighting.actor == "bo" } })
            #expect(try await second.forgetAll() == 0)
        }
    }

    @Test("days go when they are older than they may be, once an hour")
    func retention() async throws {
        let world = LookBackWorld()
        let lookBack = MemoryLookBack()
        let clock = ManualClock()
        try await lookBack.append([
            (1, sighting(1, at: clock.now.addingTimeInterval(-29 * 86_400))),
            (2, sighting(2, at: clock.now.addingTimeInterval(-32 * 86_400))),
        ])
        let mover = mover(world, lookBack, clock: clock)
        try await mover.keepUp()
        #expect(lookBack.state.withLock { $0.entries.map(\.sequence) } == [1])
        clock.advance(by: 5 * 86_400)
        try await mover.keepUp()
        #expect(lookBack.state.withLock { $0.entries.isEmpty })
    }
}

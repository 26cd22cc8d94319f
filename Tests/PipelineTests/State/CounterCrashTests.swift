// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import ModerationTesting
import Pipeline
import Policies
import Storage
import Testing

/// SplitMix64, so that a seed gives the same run everywhere.
private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func happens(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

@Suite("Counters: crashes")
struct CounterCrashTests {
    /// Two processes count together a few events a key, each of them kept one by one; or one process so many that they are bucketed.
    @Test("after crashes anywhere counts are what one process without a crash would have", arguments: [UInt64](1...24))
    func crashes(seed: UInt64) async throws {
        var dice = Dice(state: seed)
        let processes = seed % 2 == 0 ? 2 : 1
        let spacing = processes == 2 ? 25.0 : 3
        let policies = try CounterWorld.policies([
            "posts": "key: [actor.id], window: 10m", "people": "key: [space.id], window: 20m, distinct: actor.id",
            "pairs": "key: [\"[actor.id, space.id]\"], window: \(Int.random(in: 60...3_600, using: &dice))s",
        ])
        let world = try await CounterWorld()
        let snapshotEvery = Int.random(in: 1...60, using: &dice)
        // Never interrupted, and told everything in the order in which it became durable.
        var model = CounterTable(policies.keptCounters, since: world.clock.now, hash: SipHash(key0: 1, key1: 2))
        var keepers: [CounterKeeper] = []
        for _ in 0..<processes { keepers.append(try await world.start(policies, snapshotEvery: snapshotEvery)) }
        var waiting: [(event: Event, sequence: Int64)] = []
        var newest = world.clock.now
        var made = 0

        func same(_ keeper: CounterKeeper, _ dice: inout Dice) {
            for probe in 0..<6 {
                let later = Double(Int.random(in: 0...900, using: &dice))
                let asks = Event.sample(
                    id: "asks-\(probe)", at: newest.addingTimeInterval(later),
                    space: SpaceID("s\(Int.random(in: 0..<3, using: &dice))"),
                    actor: ActorID("a\(Int.random(in: 0..<6, using: &dice))"))
                for keys in policies.reads(asks) {
                    #expect(keeper.readings(asks, policies)[keys.counter] == model.read(keys, for: asks), "seed \(seed)")
                }
            }
        }

        while made < 250 || !waiting.isEmpty {
            world.clock.advance(by: Double.random(in: 0...spacing * 2, using: &dice))
            if made < 250, waiting.count < 5 {
                let late = dice.happens(20) ? Double.random(in: 0...400, using: &dice) : 0
                let at = Date(timeIntervalSince1970: (world.clock.now.timeIntervalSince1970 - late).rounded())
                newest = max(newest, at)
                made += 1
                waiting.append(
                    try await world.queue(
                        .sample(
                            id: "e\(made)", at: at, space: SpaceID("s\(Int.random(in: 0..<3, using: &dice))"),
                            actor: ActorID("a\(Int.random(in: 0..<6, using: &dice))"))))
            }
            let which = Int.random(in: 0..<processes, using: &dice)
            let queued = waiting.remove(at: Int.random(in: 0..<waiting.count, using: &dice))
            let event = queued.event
            let counts = try keepers[which].increments(policies.writes(event), for: event, policies)
            #expect(counts.count == 3)
            if dice.happens(6) {
                // Killed before anything was written: the event waits on.
                keepers[which] = try await world.start(policies, snapshotEvery: snapshotEvery)
                waiting.append(queued)
                continue
            }
            let isWritten = try await world.commit(queued, counts)
            #expect(isWritten)
            for keys in policies.writes(event) { model.increment(keys, for: event).map { _ = model.record($0) } }
            if dice.happens(6) {
                keepers[which] = try await world.start(policies, snapshotEvery: snapshotEvery)  // killed before it remembered
            } else if !dice.happens(5) {
                keepers[which].record(counts)  // else the answer of the database was lost
            }
            if dice.happens(10) {
                // Another process works on it as well, as after a lease that ran out.
                let other = keepers[(which + 1) % processes]
                let again = try other.increments(policies.writes(event), for: event, policies)
                let isWrittenAgain = try await world.commit(queued, again)
                #expect(!isWrittenAgain)
            }
            if dice.happens(15) {
                let one = keepers[Int.random(in: 0..<processes, using: &dice)]
                try await one.step()
                same(one, &dice)
            }
        }
        keepers.append(try await world.start(policies))
        for keeper in keepers {
            try await keeper.step()
            same(keeper, &dice)
        }
        await world.store.close()
    }
}

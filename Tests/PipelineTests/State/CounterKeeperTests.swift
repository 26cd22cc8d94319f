// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Logging
import Moderation
import ModerationTesting
import Pipeline
import Policies
import Storage
import Testing

@Suite("Counters: policies that change, and several processes")
struct CounterKeeperTests {
    private static let posts = ["posts": "key: [actor.id], window: 10m"]
    private static let both = posts.merging(["rooms": "key: [space.id], window: 10m"]) { first, _ in first }

    private func event(_ id: String, in world: CounterWorld) -> Event { .sample(id: id, at: world.clock.now) }

    private func post(
        _ ids: ClosedRange<Int>, in world: CounterWorld, _ keeper: CounterKeeper, _ policies: PolicySet
    ) async throws {
        for id in ids { try await world.count(event("e\(id)", in: world), in: keeper, policies) }
    }

    private func reading(
        _ name: String, in world: CounterWorld, _ keeper: CounterKeeper, _ policies: PolicySet
    ) -> CounterReading? {
        keeper.readings(event("asks", in: world), policies)[name]
    }

    @Test("a new counter begins at the reload and warms up, an unchanged one goes on, one that went and comes back begins anew")
    func reload() async throws {
        let world = try await CounterWorld()
        let (one, two) = (try CounterWorld.policies(Self.posts), try CounterWorld.policies(Self.both))
        let keeper = try await world.start(one)
        world.clock.advance(by: 595)
        try await post(1...3, in: world, keeper, one)
        world.clock.advance(by: 5)
        #expect(reading("posts", in: world, keeper, one) == CounterReading(name: "posts", value: 3))

        let reloaded = world.clock.now
        keeper.use(two)
        world.clock.advance(by: 2)
        try await post(4...5, in: world, keeper, two)
        #expect(reading("posts", in: world, keeper, two) == CounterReading(name: "posts", value: 5))
        let warming = CounterReading(name: "rooms", value: 2, quality: .warming(full: reloaded.addingTimeInterval(600)))
        #expect(reading("rooms", in: world, keeper, two) == warming)
        // A crash does not lose when it began, once the next round is done.
        try await keeper.step()
        let restarted = try await world.start(two)
        #expect(reading("rooms", in: world, restarted, two) == warming)

        restarted.use(one)
        #expect(reading("posts", in: world, restarted, one)?.value == 5)
        try await restarted.step()
        try await post(6...6, in: world, restarted, one)
        restarted.use(two)
        let again = world.clock.now.addingTimeInterval(600)
        #expect(
            reading("rooms", in: world, restarted, two) == CounterReading(name: "rooms", value: 0, quality: .warming(full: again))
        )
        #expect(reading("posts", in: world, restarted, two)?.value == 6)
        try await restarted.step()
        let last = try await world.start(two)
        #expect(reading("rooms", in: world, last, two)?.quality == .warming(full: again))
        #expect(reading("posts", in: world, last, two)?.value == 6)
        await world.store.close()
    }

    @Test("a counter that counts something else under its old name begins anew")
    func changed() async throws {
        let world = try await CounterWorld()
        let before = try CounterWorld.policies(Self.posts)
        let after = try CounterWorld.policies(["posts": "key: [actor.id], window: 20m"])
        let keeper = try await world.start(before)
        world.clock.advance(by: 700)
        try await post(1...3, in: world, keeper, before)
        keeper.use(after)
        let begun = world.clock.now
        world.clock.advance(by: 1)
        #expect(
            reading("posts", in: world, keeper, after)
                == CounterReading(name: "posts", value: 0, quality: .warming(full: begun.addingTimeInterval(1_200))))
        await world.store.close()
    }

    @Test("an event that began with the policies before is counted by them, and takes nothing from the new ones")
    func straggler() async throws {
        let world = try await CounterWorld()
        let (one, two) = (try CounterWorld.policies(Self.posts), try CounterWorld.policies(Self.both))
        let keeper = try await world.start(one)
        world.clock.advance(by: 595)
        try await post(1...2, in: world, keeper, one)
        keeper.use(two)
        let full = world.clock.now.addingTimeInterval(600)
        world.clock.advance(by: 5)
        try await post(3...4, in: world, keeper, two)
        #expect(reading("posts", in: world, keeper, one) == CounterReading(name: "posts", value: 4))
        try await post(5...5, in: world, keeper, one)
        #expect(reading("posts", in: world, keeper, two)?.value == 5)
        #expect(
            reading("rooms", in: world, keeper, two) == CounterReading(name: "rooms", value: 2, quality: .warming(full: full)))
        // Nor does what it brings up again survive the next set.
        keeper.use(one)
        try await post(6...6, in: world, keeper, two)
        world.clock.advance(by: 60)
        keeper.use(two)
        #expect(reading("rooms", in: world, keeper, two)?.value == 0)
        #expect(
            reading("rooms", in: world, keeper, two)?.quality == .warming(full: world.clock.now.addingTimeInterval(600)))
        await world.store.close()
    }

    @Test("counters are unknown, and nothing is counted, until all that was counted is loaded")
    func loading() async throws {
        let world = try await CounterWorld()
        let policies = try CounterWorld.policies(Self.posts)
        let first = try await world.start(policies)
        world.clock.advance(by: 700)
        try await post(1...4, in: world, first, policies)
        let second = CounterKeeper(
            store: world.ports, logger: Logger(label: "counters") { _ in SwiftLogNoOpLogHandler() },
            now: { [clock = world.clock] in clock.now })
        second.use(policies)
        let asks = event("asks", in: world)
        func check() {
            guard case .unknown = second.readings(asks, policies)["posts"]?.quality else {
                Issue.record("it reads before it is loaded")
                return
            }
        }
        check()
        #expect(throws: (any Error).self) { try second.increments(policies.writes(asks), for: asks, policies) }
        world.ports.beforeJournal {
            guard case .unknown = second.readings(asks, policies)["posts"]?.quality else {
                Issue.record("it reads the snapshot without the journal")
                return
            }
        }
        try await second.step()
        #expect(reading("posts", in: world, second, policies) == CounterReading(name: "posts", value: 4))
        await world.store.close()
    }

    @Test("a snapshot that another process makes while the journal is read loses nothing")
    func overtaken() async throws {
        let world = try await CounterWorld()
        let policies = try CounterWorld.policies(Self.posts)
        let (one, other) = (try await world.start(policies), try await world.start(policies, snapshotEvery: 1))
        try await one.step()
        world.clock.advance(by: 700)
        for round in 0..<3 {
            try await post(round * 10...round * 10 + 4, in: world, other, policies)
            world.ports.beforeJournal { try await other.step() }
            try await one.step()
            #expect(reading("posts", in: world, one, policies)?.value == Int64(round * 5 + 5))
        }
        // Also when it is the loading that is overtaken.
        try await post(90...94, in: world, other, policies)
        world.ports.beforeJournal { try await other.step() }
        let late = try await world.start(policies)
        #expect(reading("posts", in: world, late, policies)?.value == 20)
        await world.store.close()
    }

    @Test("what a process counts while it loads anew is not lost")
    func meanwhile() async throws {
        let world = try await CounterWorld()
        let policies = try CounterWorld.policies(Self.posts)
        let (one, other) = (try await world.start(policies), try await world.start(policies, snapshotEvery: 1))
        world.clock.advance(by: 700)
        try await post(1...3, in: world, other, policies)
        try await other.step()
        let test = self
        world.ports.beforeJournal { try await test.post(4...5, in: world, one, policies) }
        try await one.step()  // the snapshot is newer than what it knows, so it loads
        #expect(reading("posts", in: world, one, policies)?.value == 5)
        await world.store.close()
    }

    @Test("a process that knows no policies yet makes no snapshot, so it forgets no counters")
    func withoutPolicies() async throws {
        let world = try await CounterWorld()
        let policies = try CounterWorld.policies(Self.posts)
        let first = try await world.start(policies)
        try await first.step()
        world.clock.advance(by: 700)
        try await post(1...4, in: world, first, policies)
        let second = try await world.start(nil, snapshotEvery: 2)
        try await second.step()
        second.use(policies)
        #expect(reading("posts", in: world, second, policies) == CounterReading(name: "posts", value: 4))
        try await second.step()
        let third = try await world.start(policies)
        #expect(reading("posts", in: world, third, policies) == CounterReading(name: "posts", value: 4))
        await world.store.close()
    }

    @Test("a counter of which a process with other policies dropped a part says that it is warming, not less than there was")
    func mixed() async throws {
        let world = try await CounterWorld()
        let (one, two) = (try CounterWorld.policies(Self.posts), try CounterWorld.policies(Self.both))
        let new = try await world.start(two, snapshotEvery: 4)
        try await new.step()
        world.clock.advance(by: 700)
        try await post(1...3, in: world, new, two)
        try await new.step()
        let old = try await world.start(one, snapshotEvery: 1)
        try await old.step()  // a snapshot without `rooms`
        try await new.step()
        try await post(4...8, in: world, new, two)
        try await new.step()
        let restarted = try await world.start(two)
        #expect(reading("posts", in: world, restarted, two) == CounterReading(name: "posts", value: 8))
        guard case .warming = reading("rooms", in: world, restarted, two)?.quality else {
            Issue.record("it says that it has been kept all the time")
            return
        }
        await world.store.close()
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import ModerationTesting
import Signals
import SignalsTesting
import Testing

@Suite("Popularity guard")
struct PopularityGuardTests {
    private let clock = ManualClock()

    private func make(actors: Int = 3, counted: Int = 100, held: Int = 100) -> PopularityGuard {
        var options = PopularityGuard.Options()
        (options.actors, options.counted, options.held) = (actors, counted, held)
        let clock = clock
        return PopularityGuard(options: options, now: { clock.now })
    }

    private func match(_ popularity: PopularityGuard, _ key: Int64, _ actor: Int) -> Bool {
        popularity.matched(key, actor: ActorID("a\(actor)"), on: "test").isHeld
    }

    @Test("holds a fingerprint that matches items of more than so many actors, and only that one")
    func holds() {
        let popularity = make()
        #expect((1...4).map { match(popularity, 1, $0) } == [false, false, false, true])
        #expect(popularity.isHeld(1))
        #expect(!match(popularity, 2, 1))
        #expect(!popularity.isHeld(2))
    }

    @Test("tells once that it began to hold")
    func tellsOnce() {
        let popularity = make(actors: 0)
        #expect(popularity.matched(1, actor: "a", on: "test").isNew)
        #expect(!popularity.matched(1, actor: "b", on: "test").isNew)
    }

    @Test("one actor who posts much is one actor; the same name on another platform is another one")
    func actors() {
        let popularity = make()
        for _ in 0..<50 { #expect(!match(popularity, 1, 1)) }
        for platform in ["p1", "p2"] { #expect(!popularity.matched(1, actor: "a1", on: PlatformID(platform)).isHeld) }
        #expect(popularity.matched(1, actor: "a1", on: "p3").isHeld)
    }

    @Test("counts within an hour, and holds until a person confirms")
    func window() {
        let popularity = make()
        for actor in 1...3 { _ = match(popularity, 1, actor) }
        clock.advance(by: 3600)
        for actor in 4...6 { #expect(!match(popularity, 1, actor)) }
        #expect(match(popularity, 1, 7))
        clock.advance(by: 1_000_000)
        #expect(popularity.isHeld(1))
        popularity.confirm([1])
        #expect(!popularity.isHeld(1))
        for actor in 1...10 { #expect(!match(popularity, 1, actor)) }
    }

    @Test("a fingerprint that a person confirmed before is never held")
    func confirmed() {
        let popularity = make()
        popularity.confirm([1])
        for actor in 1...10 { #expect(!match(popularity, 1, actor)) }
    }

    @Test("its memory is bounded; what matched longest ago is forgotten first")
    func bounded() {
        let popularity = make(counted: 8)
        for actor in 1...3 { _ = match(popularity, 1, actor) }
        clock.advance(by: 1)
        for key in 2...100 {
            clock.advance(by: 0.001)
            _ = match(popularity, Int64(key), 1)
        }
        #expect(!match(popularity, 1, 4), "forgotten")
        for actor in 2...3 { _ = match(popularity, 100, actor) }
        #expect(match(popularity, 100, 4), "not forgotten")
    }

    @Test("when it can hold no more, everything unconfirmed counts as held")
    func full() {
        let popularity = make(actors: 0, held: 2)
        for key in 1...2 { _ = match(popularity, Int64(key), 1) }
        #expect(popularity.isHeld(3))
        popularity.confirm([1])
        #expect(!popularity.isHeld(3))
    }

    @Test("asks once about what began to match, and again about what is held")
    func questions() {
        let popularity = make(actors: 1)
        for actor in 1...2 { _ = match(popularity, 1, actor) }
        _ = match(popularity, 2, 1)
        #expect(popularity.questions(limit: 9, heldToo: false) == [1, 2])
        #expect(popularity.questions(limit: 9, heldToo: false) == [])
        #expect(popularity.questions(limit: 9, heldToo: true) == [1])
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Policies
import Testing

@Suite("When a rule is stopped")
struct StopTermsTests {
    @Test(
        "the interval is Wilson's",
        arguments: [
            // hits, trials, and the ends as statistics packages give them.
            (0, 5, 0.0, 0.434482), (5, 5, 0.565518, 1.0), (8, 10, 0.490162, 0.943318), (50, 100, 0.403832, 0.596168),
            (1, 1_000, 0.000177, 0.005642),
        ])
    func wilson(hits: Int, trials: Int, lower: Double, upper: Double) {
        let interval = WilsonInterval(hits: hits, of: trials)
        #expect(abs(interval.lower - lower) < 1e-5 && abs(interval.upper - upper) < 1e-5)
    }

    @Test("nothing counted says nothing")
    func empty() {
        let interval = WilsonInterval(hits: 0, of: 0)
        #expect(interval.lower == 0 && interval.upper == 1)
    }

    @Test(
        "acting on more than its share is too much as soon as it is certain",
        arguments: [
            // acted, seen, too much (at most 1%, 200 events or more)
            (2, 10, false), (3, 3, true), (3, 1_000, false), (10, 1_000, false), (11, 1_000, true), (2, 200, false),
        ])
    func share(acted: Int, seen: Int, expected: Bool) {
        #expect(StopTerms().isTooMuch(acted: acted, of: seen, atMost: 0.01) == expected)
    }

    @Test(
        "a promise is broken when even the best that the numbers allow is below it",
        arguments: [
            // confirmed, overturned, broken (promised 0.95)
            (0, 4, false), (0, 5, true), (4, 1, false), (2, 3, true), (90, 10, true), (94, 6, false),
        ])
    func precision(confirmed: Int, overturned: Int, expected: Bool) {
        #expect(StopTerms().isTooImprecise(confirmed: confirmed, overturned: overturned, promised: 0.95) == expected)
    }
}

@Suite("Counting what rules act on")
struct RuleTallyTests {
    private let key = RuleKey(rule: "r", version: "1")
    private let start = Date(timeIntervalSince1970: 1_800_000_030)

    private func tally(window: Int = 60) -> RuleTally {
        var tally = RuleTally(windowMinutes: window)
        for _ in 0..<500 { tally.saw(.messagePosted, on: .queue, at: start) }
        tally.watch([(key, start, [.messagePosted, .messageEdited])], at: start)
        return tally
    }

    @Test("what was seen before a version began, or of other kinds, or on the other road, does not count")
    func onlyItsOwn() {
        var tally = tally()
        for _ in 0..<7 { tally.saw(.messagePosted, on: .queue, at: start + 1) }
        tally.saw(.messageEdited, on: .queue, at: start + 40)
        tally.saw(.spacePictureChanged, on: .queue, at: start + 40)
        tally.saw(.messagePosted, on: .acceptance, at: start + 40)
        #expect(tally.acts(key, on: .queue, at: start + 41).map { [$0.acted, $0.seen] } == [1, 8])
        #expect(tally.acts(key, on: .acceptance, at: start + 41).map { [$0.acted, $0.seen] } == [1, 1])
    }

    @Test("what is older than the window is forgotten")
    func window() {
        var tally = tally(window: 10)
        tally.saw(.messagePosted, on: .queue, at: start + 1)
        _ = tally.acts(key, on: .queue, at: start + 1)
        tally.saw(.messagePosted, on: .queue, at: start + 660)
        #expect(tally.acts(key, on: .queue, at: start + 660).map { [$0.acted, $0.seen] } == [1, 1])
    }

    @Test("a version that is watched from another moment on begins anew, others go on")
    func anew() {
        var tally = tally()
        let other = RuleKey(rule: "other", version: "1")
        tally.watch([(key, start, [.messagePosted]), (other, start, [.messagePosted])], at: start)
        tally.saw(.messagePosted, on: .queue, at: start)
        _ = tally.acts(key, on: .queue, at: start)
        _ = tally.acts(other, on: .queue, at: start)
        tally.watch([(key, start, [.messagePosted]), (other, start + 5, [.messagePosted])], at: start + 5)
        tally.saw(.messagePosted, on: .queue, at: start + 6)
        #expect(tally.acts(key, on: .queue, at: start + 6).map { [$0.acted, $0.seen] } == [2, 2])
        #expect(tally.acts(other, on: .queue, at: start + 6).map { [$0.acted, $0.seen] } == [1, 1])
        #expect(tally.acts(RuleKey(rule: "nobody", version: "1"), on: .queue, at: start) == nil)
    }
}

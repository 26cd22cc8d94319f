// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Testing

@testable import Policies

@Suite("A counter of a replay")
struct ReplayCounterTests {
    @Test("says what a counter of the table says, also where there is too much to keep", arguments: 0..<6)
    func equal(round: Int) {
        var random = SeededGenerator(seed: 0xC0 + UInt64(round))
        let shape = CounterShape(seconds: [60, 600, 7_200][round % 3], isDistinct: round % 2 == 1)
        var limits = CounterTable.Limits()
        (limits.keys, limits.events) = (40, 700)
        var table = CounterTable.Counter(shape: shape, since: 0, seen: SeenEvents(limit: limits.events))
        var replay = ReplayCounter(shape: shape, limits: limits)
        replay.since = 0
        var names = (0..<120).map { "key \($0 * 7_919 % 120)" }
        var at: Int64 = 0
        var (counted, unknown) = (0, 0)
        for event in 1...4_000 as ClosedRange<UInt64> {
            at += Int64.random(in: 0...2_000, using: &random)
            let time = at - Int64.random(in: 0...20, using: &random) * Int64.random(in: 0...20, using: &random) * 1_000
            // Few keys have most events.
            let keys = Set(
                (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    Int.random(in: 0..<120, using: &random) * Int.random(in: 0..<120, using: &random) / 120
                }
            ).sorted()
            let texts = keys.map { names[$0] }
            let (read, expected) = (
                replay.read(keys, name: "c", at: time, event: event), table.read(texts, name: "c", at: time, event: event)
            )
            #expect(read == expected, "seed \(round), event \(event)")
            if read != expected { return }
            counted += read.value > 0 ? 1 : 0
            if case .unknown = read.quality { unknown += 1 }
            let member = UInt64.random(in: 0..<200, using: &random)
            table.record(
                CounterIncrement(
                    identity: "", window: 0, isDistinct: shape.isDistinct, keys: texts, member: member, event: event, at: time),
                limits)
            replay.record(keys, KeyCount.Entry(at: time, event: event, member: member))
            if replay.keyCount > limits.keys { replay.giveUp(limits.keys, at: time, names: names) }
            if event % 1_000 == 0 {
                // Names without a count get other numbers too.
                let kept = names.indices.filter { replay.holds($0) }
                replay.renumber(kept)
                names = kept.map { names[$0] } + names.indices.filter { !kept.contains($0) }.map { names[$0] }
            }
        }
        #expect(counted > 1_000 && unknown > 10, "seed \(round): \(counted), \(unknown)")
    }

    @Test("two texts are hashed as one with a separator between", arguments: ["", "a", "matrix", "한국", "longer than a word"])
    func hash(text: String) {
        let hash = SipHash(key0: 1, key1: 2)
        #expect(hash(text, "x-\(text)") == hash("\(text)\u{1F}x-\(text)"))
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("Text is found by its bytes")
struct ByteSearchTests {
    @Test("at every place, and not where it is not")
    func places() throws {
        let filler = String(repeating: "ab", count: 20)
        for place in 0...filler.utf8.count {
            let text = String(filler.prefix(place)) + "needle" + String(filler.dropFirst(place))
            #expect(try outcome("t.contains('needle')", ["t": .string(text)]) == "true")
        }
        #expect(try outcome("t.contains('needle')", ["t": .string(filler + "needl")]) == "false")
    }

    @Test("in linear time, whoever wrote the text")
    func hostile() throws {
        let text = String(repeating: "a", count: 200_000)
        let needle = String(repeating: "a", count: 50_000) + "b"
        let clock = ContinuousClock()
        let start = clock.now
        #expect(try outcome("t.contains(n)", ["t": .string(text), "n": .string(needle)]) == "false")
        #expect(try outcome("t.contains(n)", ["t": .string(text + "b"), "n": .string(needle)]) == "true")
        // Going through the needle at every place takes minutes.
        #expect(clock.now - start < .seconds(10))
    }
}

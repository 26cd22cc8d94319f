// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import LinearRegex

/// Bounds are on counted steps, not on the clock.
@Suite("Regular expressions: hostile patterns and texts")
struct HostileTests {
    /// Instructions followed for a search of `text`.
    private func steps(_ regex: LinearRegex, _ text: String) -> Int {
        regex.engine.withScratch { scratch in
            let before = scratch.steps
            var text = text
            text.withUTF8 { bytes in
                _ = regex.engine.hasMatch(bytes, scratch)
                _ = regex.engine.match(bytes, from: 0, scratch)
            }
            return scratch.steps - before
        }
    }

    @Test(
        "patterns that take others exponential time take steps in proportion to text and program",
        arguments: [
            "(a+)+$", "(a|a)*b", "(a|aa)+$", "(a*)*b", "(.*)*c", "(?:a?){50}a{50}b", "(a{1,30}){1,30}b", "(.*a){12}b",
            "(a|b)*a(a|b){12}c",
            "([a-z]+)*=", #"^(\w+\s?)*$"#, "(?i)(k|s|K|ſ)*x", "((((a*)*)*)*)*b",
        ])
    func exponential(pattern: String) throws {
        let regex = try LinearRegex(pattern)
        let size = regex.engine.program.instructions.count
        for text in [
            String(repeating: "a", count: 5000) + "!", String(repeating: "ab", count: 2500),
            String(repeating: "aabab ", count: 800),
        ] {
            // Three passes (forward, backward, simulation), each with at most a few steps for each byte and instruction.
            #expect(steps(regex, text) <= 12 * (text.utf8.count + 100) * (size + 10))
        }
    }

    @Test("a text that makes a new state at each byte ends in the simulation, which is linear too")
    func thrashing() throws {
        let regex = try LinearRegex("(a|b)*a(a|b){14}c", limits: .init(cacheBytes: 16_384))
        var bits: UInt32 = 1
        let text = String(
            (0..<20_000).map { _ -> Character in
                bits = bits &* 1_664_525 &+ 1_013_904_223
                return bits >> 31 == 0 ? "a" : "b"
            })
        let half = String(text.prefix(10_000))
        let (short, long) = (steps(regex, half), steps(regex, text))
        #expect(long < 3 * short)
        #expect(regex.engine.withScratch { $0.forward.resets } > 0)
    }

    @Test("compiling takes steps in proportion to the program that is allowed")
    func compiling() throws {
        let nested = String(repeating: "(?:", count: 240) + "a" + String(repeating: ")?", count: 240)
        let patterns = [
            nested, String(repeating: "(", count: 200) + "a" + String(repeating: ")*", count: 200),
            String(repeating: "a|", count: 8000),
            String(repeating: "(?i)ks", count: 2000), String(repeating: "[a-z0-9]", count: 2000), "(?:(?:){1000}){1}",
            "(?:|){1000}",
            String(repeating: "x?", count: 5000), String(repeating: #"\Q\E"#, count: 4000),
        ]
        for pattern in patterns {
            do {
                let regex = try LinearRegex(pattern)
                #expect(regex.engine.program.steps <= 200_000)
                _ = regex.matches("aaaaaaaaaa")
            } catch {
                #expect([.programTooLarge, .repetitionTooLarge].contains(error.kind), "\(pattern.prefix(20)): \(error)")
            }
        }
    }
}

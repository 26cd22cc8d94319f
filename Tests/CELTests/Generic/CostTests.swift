// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("Work is estimated before and counted during evaluation")
struct CostTests {
    private static let declarations: Declarations = [
        "text": .string, "words": .list(.string), "n": .int, "flag": .bool, "table": .map(.string, .int),
    ]
    private static let sizes: [String: ClosedRange<UInt64>] = [
        "text": 0...200, "words": 0...20, "words.@items": 0...50, "table": 0...10, "table.@items": 1...1,
    ]

    @Test(
        "what is counted lies in what was estimated",
        arguments: [
            "n > 1", "text.contains('abc') || flag", "text.matches('a+b')", "words.exists(w, w.startsWith('ab'))",
            "words.map(w, w + text).all(w, size(w) > 2)", "flag ? size(text) : n", "[n, 1, 2].exists(x, x == n)",
            "table.all(k, table[k] > 0)", "words.filter(w, w.contains(text)) == words", "{'a': n}.a + 1", "1 + 2 == 3",
            "n in [1, 2, 3] && text == 'abc' + text",
        ])
    func bounds(source: String) throws {
        let program = try Program.compile(source, declarations: Self.declarations)
        let estimate = program.checked.estimatedCost(sizes: Self.sizes)
        #expect(estimate.max < .max)
        for size in [0, 1, 7, 20] {
            for flag in [true, false] {
                let bindings: NamedBindings = [
                    "text": .string(String(repeating: "ab", count: size * 5)),
                    "words": .list((0..<size).map { .string(String(repeating: "a", count: $0)) }), "n": .int(Int64(size)),
                    "flag": .bool(flag), "table": .map(MapValue((0..<min(size, 10)).map { ("k\($0)", Value.int(1)) })),
                ]
                let cost = program.evaluateCountingCost(bindings).cost
                #expect(estimate.min <= cost && cost <= estimate.max, "\(cost) is not in \(estimate) for \(size), \(flag)")
            }
        }
    }

    @Test("the usual units are counted")
    func units() throws {
        func cost(_ source: String) throws -> UInt64 {
            let bindings: NamedBindings = [
                "text": .string(String(repeating: "a", count: 100)), "n": .int(1), "words": .list([.string("a"), .string("b")]),
            ]
            return try Program.compile(source, declarations: Self.declarations).evaluateCountingCost(bindings).cost
        }
        #expect(try cost("n") == 1)
        #expect(try cost("1 + 2") == 0)
        #expect(try cost("n + 1") == 2)
        #expect(try cost("[n]") == 11)
        #expect(try cost("{'a': n}") == 31)
        #expect(try cost("text.contains('0123456789')") == 11)
        #expect(try cost("text.matches('abcdefgh')") == 1 + 11 * 2)
        #expect(try cost("text + text") == 22)
    }

    @Test("what nothing bounds is said to be so")
    func unbounded() throws {
        let checked = try Program.check("words.all(w, w.contains(text))", declarations: Self.declarations)
        #expect(checked.estimatedCost().max == .max)
    }

    @Test("a limit stops the evaluation, and no operand absorbs that")
    func limit() throws {
        var options = Program.Options()
        options.limits.cost = 100
        let source = "words.all(w, words.all(v, size(v + w) > 0)) || true"
        let program = try Program.compile(source, declarations: Self.declarations, options: options)
        let words = Value.list((0..<50).map { .string("w\($0)") })
        guard case .error(let error) = program.evaluate(["words": words] as NamedBindings) else {
            Issue.record("the evaluation was not stopped")
            return
        }
        #expect(error.code == .limitExceeded)
        #expect(program.evaluate(["words": .list([])] as NamedBindings).description == "true")
    }
}

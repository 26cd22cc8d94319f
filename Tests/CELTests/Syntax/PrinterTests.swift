// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("Trees can be written as source text")
struct PrinterTests {
    private static let declarations = Declarations([:], libraries: [.bindings, .optionals, .twoVariable, .block, .math])

    @Test("what is written reads back as the same tree")
    func random() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = TreeGenerator(seed: seed)
        for round in 0..<2_000 {
            let tree = generator.tree(depth: 1 + round % 5)
            let text = Printer.text(tree)
            let again = try Expression.parse(text, declarations: Self.declarations)
            guard shape(tree) == shape(again) else {
                Issue.record("seed \(seed), round \(round): \(text)\n\(shape(tree))\n\(shape(again))")
                return
            }
        }
    }

    @Test(
        "macros are written as macros",
        arguments: [
            "has(a.b)", "xs.all(x, x > 1)", "xs.map(x, x > 1, x * 2)", "xs.exists_one(x, x)", "m.all(k, v, k == v)",
            "cel.bind(x, 1 + 2, x * x)", "o.optMap(v, v + 1)", "math.greatest(1, 2, 3)", "m.transformMap(k, v, v + 1)",
            "cel.block([1, cel.index(0) + 1], cel.index(1))",
        ])
    func macros(source: String) throws {
        let tree = try Expression.parse(source, declarations: Self.declarations)
        #expect(Printer.text(tree) == source)
    }

    @Test(
        "only needed parentheses are kept",
        arguments: [
            ("((1 + (2 * 3)))", "1 + 2 * 3"), ("(1 + 2) * 3", "(1 + 2) * 3"), ("1 - (2 - 3)", "1 - (2 - 3)"),
            ("(a || b) && c", "(a || b) && c"), ("!(a && b)", "!(a && b)"), ("-(1)", "-(1)"),
            ("(a ? b : c) ? d : e", "(a ? b : c) ? d : e"),
            ("'a' \n == \"b\"", "\"a\" == \"b\""), ("1.0 + .5e1", "1.0 + 5.0"), ("b'\\x00a'", "b\"\\x00a\""),
        ])
    func parentheses(source: String, expected: String) throws {
        #expect(Printer.text(try Expression.parse(source)) == expected)
    }
}

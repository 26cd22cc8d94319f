// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("An expression is evaluated as far as its inputs are known")
struct PartialEvaluationTests {
    private func partial(_ source: String) throws -> PartialResult {
        var declarations = Declarations([
            "a": .int, "b": .bool, "c": .list(.int), "u": .bool, "n": .int, "m": .map(.string, .int),
        ])
        declarations.libraries = [.bindings, .optionals]
        let bindings: NamedBindings = [
            "a": .int(3), "b": .bool(true), "c": .list([.int(1), .int(2)]), "u": .unknown(["detector failed"]),
            "n": .unknown(["not loaded"]),
        ]
        return try Program.compile(source, declarations: declarations).evaluatePartially(bindings)
    }

    @Test(
        "what is known is put in, what no longer matters is left out",
        arguments: [
            ("u && a > 2", "u"), ("u || a > 5", "u"), ("u && b && n > a + 1", "u && n > 4"), ("b ? n + 1 : 2", "n + 1"),
            ("u ? a : a + 1", "u ? 3 : 4"), ("c.exists(x, x + a == n)", "[1, 2].exists(x, x + 3 == n)"),
            ("cel.bind(x, n + a, x > a)", "cel.bind(x, n + 3, x > 3)"), ("{'k': n}.k > a", "{\"k\": n}.k > 3"),
            ("[a, n] == [3, 4]", "[3, n] == [3, 4]"), ("!(u && size(c) == 2)", "!u"),
        ])
    func residual(source: String, expected: String) throws {
        let result = try partial(source)
        #expect(result.residual == expected)
        guard case .unknown = result.value else {
            Issue.record("\(result.value)")
            return
        }
    }

    @Test("the slots that are to blame are named, with their reasons")
    func slots() throws {
        let result = try partial("(u && false) || n > 1 || b == u")
        #expect(result.unknownSlots.map(\.path) == ["u", "n"])
        #expect(result.value.description == "unknown: detector failed; not loaded")
        let single = try partial("(u && false) || n > 1")
        #expect(single.unknownSlots.map(\.path) == ["n"])
    }

    @Test("a value that is known leaves nothing")
    func known() throws {
        let result = try partial("u && a > 5")
        #expect(result.value.description == "false")
        #expect(result.unknownSlots.isEmpty)
        #expect(result.residual == nil)
    }
}

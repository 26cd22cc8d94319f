// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("Types are found and mistakes are explained")
struct CheckerTests {
    private func type(_ source: String, _ declarations: Declarations = sampleDeclarations) throws -> String {
        try Program.check(source, declarations: declarations).resultType.description
    }

    @Test(
        "types follow from the parts",
        arguments: [
            ("[1, 2]", "list(int)"), ("[1, 'a']", "list(dyn)"), ("[]", "list(dyn)"), ("[[], [1]]", "list(list(int))"),
            ("{'a': [1.0]}", "map(string, list(double))"), ("[] + [1]", "list(int)"), ("links.map(l, size(l))", "list(int)"),
            ("links.filter(l, l != '')", "list(string)"), ("scores.exists(k, k == 'a')", "bool"), ("true ? 1 : 2", "int"),
            ("scores['a']", "double"), ("scores.a", "double"), ("scores.?a", "optional(double)"),
            ("links[?0]", "optional(string)"),
            ("media[0].id", "string"), ("actor.age + actor.age", "duration"), ("type(1)", "type(int)"), ("dyn(1) + 1", "int"),
            ("dyn(1)", "dyn"), ("actor", "actor"),
        ])
    func types(source: String, expected: String) throws {
        #expect(try type(source) == expected)
    }

    @Test(
        "what cannot be is refused where it stands",
        arguments: [
            ("1 + 'a'", "1:3"), ("count == 'a'", "1:7"), ("links.exists(l, l > 1)", "1:19"), ("scores[1]", "1:8"),
            ("media[0].idd", "1:10"), ("true ? 1 : 'a'", "1:12"), ("actor.age ? 1 : 2", "1:1"), ("Nothing{}", "1:1"),
            ("count.all(x, true)", "1:1"), ("[1].all(x)", "1:5"), ("size()", "1:1"), ("actor{age: 1}", "1:12"),
        ])
    func refuses(source: String, place: String) throws {
        let problem = try #require(problems(source).first)
        #expect("\(problem.span.line):\(problem.span.column)" == place)
        #expect(problems(source).count == 1)
    }

    @Test(
        "hints say what was likely meant",
        arguments: [
            ("count = 3", "write '==' to compare"), ("count > 1 and true", "write '&&'"), ("count > 1 & true", "write '&&'"),
            ("count > 1 | true", "write '||'"), ("not true", "write '!' for 'not'"),
            ("count == '3'", "write the number without quotes"),
            ("media.exists(m, m.typ == '')", "did you mean 'type'?"), ("links.size", "write size(x)"),
            ("links.host == 'a'", "ask of each element: x.exists(e, e.host …)"), ("cuont > 1", "did you mean 'count'?"),
            ("text.startswith('a')", "did you mean 'startsWith'?"),
            ("text == \u{201C}a\u{201D}", "write straight quotes: \"…\" or '…'"),
            ("media_match", ""), ("media_match && true", "ask for its field '.matched'"),
            ("scores.?a > 0.5", "optional(double) may be empty: add '.orValue(…)'"),
        ])
    func hints(source: String, hint: String) {
        #expect(problems(source).first?.hint ?? "" == hint)
    }

    @Test("has() of a step that may be missing is warned about")
    func warnings() throws {
        var declarations = sampleDeclarations
        declarations.variables["nested"] = .map(.string, .map(.string, .int))
        let doubtful = try Program.check("has(nested.a.b)", declarations: declarations)
        #expect(doubtful.warnings.first?.message == "has() is an error, not false, where 'a' itself is missing")
        #expect(try Program.check("has(nested.a)", declarations: declarations).warnings.isEmpty)
        #expect(try Program.check("has(actor.age)", declarations: declarations).warnings.isEmpty)
    }

    @Test("names are looked up from the innermost namespace outwards, and variables of loops come first")
    func namespaces() throws {
        var options = Program.Options()
        options.container = "a.b"
        let declarations: Declarations = ["a.b.x": .int, "a.x": .string, "x": .bool, "a.y": .double]
        func type(_ source: String) throws -> CELType {
            try Program.check(source, declarations: declarations, options: options).resultType
        }
        #expect(try type("x") == .int)
        #expect(try type("y") == .double)
        #expect(try type(".x") == .bool)
        #expect(try type("[b''].map(x, x)") == .list(.bytes))
        #expect(try type("[b''].map(x, .x)") == .list(.bool))
    }

    @Test("functions of the caller are called with what they take")
    func functions() throws {
        let twice = Function("twice", [Overload("twice_int", [.int], .int)]) { value in
            guard case .int(let number) = value else { return .noOverload("twice", value) }
            return .int(number * 2)
        }
        let declarations = Declarations(["n": .int], functions: [twice, Function("far", [Overload("far", [.int], .bool)], [])])
        let program = try Program.compile("twice(n) + 1", declarations: declarations)
        #expect(program.evaluate(["n": .int(4)] as NamedBindings).description == "9")
        #expect(throws: CELError.self) { try Program.check("twice('a')", declarations: declarations) }
        let far = try Program.compile("far(n)", declarations: declarations).evaluate(["n": .int(1)] as NamedBindings)
        #expect(far.description == "error: 'far' is declared without an implementation: give its Function a body")
    }

    @Test("the sizes that the standard asks for are read, and limits are told")
    func limits() throws {
        #expect(try type((0..<64).map { "count == \($0)" }.joined(separator: " || ")) == "bool")
        #expect(try type(String(repeating: "count > 1 ? 1 : ", count: 48) + "0") == "int")
        #expect(try type(String(repeating: "(", count: 24) + "1" + String(repeating: ")", count: 24)) == "int")
        #expect(try type((0..<64).map(String.init).joined(separator: " + ")) == "int")
        #expect(try type(String(repeating: "[", count: 24) + String(repeating: "]", count: 24)).hasPrefix("list(list("))
        let deep = problems(String(repeating: "(", count: 400) + "1" + String(repeating: ")", count: 400))
        #expect(deep.first?.message == "the expression is nested too deeply")
        let long = problems("'" + String(repeating: "é", count: 100_000) + "'")
        #expect(long.first?.expected == "at most 100000 characters")
    }
}

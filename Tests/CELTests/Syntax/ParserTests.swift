// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("Expressions are read as the language says")
struct ParserTests {
    @Test(
        "operators bind by strength",
        arguments: [
            ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("10 - 4 - 3", "3"), ("-2 * 3", "-6"), ("7 % 4 + 1", "4"),
            ("true || false && false", "true"), ("1 < 2 == true", "true"), ("!false && true", "true"),
            ("false ? 1 : true ? 2 : 3", "2"), ("1 in [1, 2] && true", "true"), ("- -3", "3"), ("--3", "3"),
            ("[1, 2, 3][1] + 1", "3"), ("{'a': [5]}.a[0]", "5"),
        ])
    func precedence(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(
        "literals",
        arguments: [
            ("0x1F", "31"), ("12u", "12u"), ("-9223372036854775808", "-9223372036854775808"), ("1.5e3", "1500"), (".5", "0.5"),
            (#"'a\tb'"#, #""a\tb""#), (#"r'a\tb'"#, #""a\\tb""#), (#""""a"b""""#, #""a\"b""#), (#"'\u00e9\x41\101'"#, "\"éAA\""),
            (#"b'\xff\101'"#, #"b'\xff\x41'"#), ("null", "null"), ("[1, 'a', true]", "[1, \"a\", true]"), ("{1: 2u}", "{1: 2u}"),
            ("1 // remark\n + 1", "2"),
        ])
    func literals(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(
        "refuses what is no expression",
        arguments: [
            "", "1 +", "(1", "[1", "{1}", "'open", "9223372036854775808", "1 = 1", "a b", "'\\q'", "'\\ud800'", "for", "f(1,)",
            "has(a)", "a.",
            "x.all(1, true)", "@", "1 ? 2", "a.?(b)", "T{1: 1}", "[?]", "{?a}", "a[?]",
        ])
    func refuses(source: String) {
        #expect(throws: CELError.self) { try evaluate(source) }
    }

    @Test("a deeply nested expression is refused, a long flat one is not")
    func limits() throws {
        let nested = String(repeating: "(", count: 5_000) + "1" + String(repeating: ")", count: 5_000)
        #expect(throws: CELError.self) { try evaluate(nested) }
        let negated = String(repeating: "!", count: 5_000) + "true"
        #expect(throws: CELError.self) { try evaluate(negated) }
        let long = Array(repeating: "false", count: 2_000).joined(separator: " || ") + " || true"
        #expect(try outcome(long) == "true")
    }

    @Test("says where reading stopped")
    func position() throws {
        let error = #expect(throws: CELError.self) { try evaluate("1 ==\n  )") }
        let problem = try #require(error?.problems.first)
        #expect(problem.span.line == 2)
        let other = #expect(throws: CELError.self) { try evaluate("1 < 2 and 2 < 3") }
        #expect(other?.problems.first?.hint == "write '&&'")
        #expect(other?.problems.first?.span == SourceSpan(line: 1, column: 7, offset: 6, length: 3))
    }
}

extension ParserTests {
    @Test("the range of an expression holds the parentheses of its parts")
    func ranges() throws {
        let source = "(n + 1) * (3 - n) > 10 / (2 + n) ? (a).b : (xs)[0].f(1)"
        var texts: [String] = []
        func collect(_ expression: Expression) {
            texts.append(SourceText(source).excerpt(expression.range))
            expression.forEachChild(collect)
        }
        collect(try Expression.parse(source))
        for text in ["(n + 1) * (3 - n)", "10 / (2 + n)", "n + 1", "(a).b", "(xs)[0]", "(xs)[0].f(1)", source] {
            #expect(texts.contains(text), "\(text)")
        }
    }
}

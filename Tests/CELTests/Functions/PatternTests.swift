// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("Patterns")
struct PatternTests {
    @Test(
        "are looked for anywhere, by code points",
        arguments: [
            ("'hubba'.matches('ubb')", "true"), ("'hubba'.matches('^ubb')", "false"), ("matches('cows', '.*')", "true"),
            ("'지'.matches('^.$')", "true"), ("'x'.matches(p)", "true"), ("'x'.matches(bad)", "error"),
            ("'x'.matches(1)", "error"),
        ])
    func matches(source: String, expected: String) throws {
        #expect(try outcome(source, ["p": .string("[x-z]"), "bad": .string("(")]) == expected)
    }

    @Test("a wrong pattern that is written down is a problem at its place")
    func place() throws {
        let problem = try #require(problems("text.matches('ab[c')").first)
        #expect(problem.span.column >= 15)
        #expect(problem.message.hasPrefix("this is no regular expression: "))
        #expect(problems(#"text.matches("\\d+")"#).isEmpty)
    }

    @Test("more patterns than are remembered still work")
    func many() throws {
        let source = "items.all(i, ('x' + string(i)).matches('^x' + string(i) + '$'))"
        let value = try evaluate(source, ["items": .list((0..<1_000).map { .int($0) })])
        #expect(value.description == "true")
    }
}

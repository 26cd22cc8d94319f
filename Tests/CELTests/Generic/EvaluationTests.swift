// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("Values follow the standard's semantics")
struct EvaluationTests {
    @Test(
        "a deciding operand absorbs errors",
        arguments: [
            ("false && 1 / 0 == 1", "false"), ("1 / 0 == 1 && false", "false"), ("true || 1 / 0 == 1", "true"),
            ("1 / 0 == 1 || true", "true"), ("1 / 0 == 1 || false", "error"), ("'horses' && false", "false"),
            ("'horses' && true", "error"),
            ("true ? 1 : 1 / 0", "1"), ("1 / 0 == 1 ? 1 : 1", "error"),
            ("[1, 0, 2].exists(x, 4 / x == 2)", "true"), ("[0, 1].all(x, 4 / x == 2)", "false"),
            ("[0, 2].all(x, 4 / x == 2)", "error"),
            ("[0, 2].exists_one(x, 4 / x == 2)", "error"), ("[0].map(x, 1 / x)", "error"),
        ])
    func absorption(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(
        "no arithmetic wraps or traps",
        arguments: [
            "9223372036854775807 + 1", "-9223372036854775808 - 1", "-(-9223372036854775808)", "-9223372036854775808 / -1",
            "-9223372036854775808 % -1", "1 / 0", "1 % 0", "0u - 1u", "18446744073709551615u + 1u", "5u / 0u", "int(1e30)",
            "int(0.0 / 0.0)",
            "uint(-1)", "int(18446744073709551615u)", "int(-9223372036854775808.0)",
            "timestamp('9999-12-31T23:59:59Z') + duration('1s')",
            "timestamp('9999-12-31T00:00:00Z') - timestamp('0001-01-01T00:00:00Z')",
            "duration('9223372036s') + duration('9223372036s')",
        ])
    func overflow(source: String) throws {
        #expect(try outcome(source) == "error")
    }

    @Test(
        "text is compared and measured by code points",
        arguments: [
            (#"'Am\u00E9lie' == 'Ame\u0301lie'"#, "false"), (#"size('e\u0301')"#, "2"), ("size('지인')", "2"),
            ("'지인의'.contains('인의')", "true"),
            (#"'e\u0301'.startsWith('e')"#, "true"), ("'abcabd'.contains('abd')", "true"), ("'ab'.contains('')", "true"),
            ("'ab'.endsWith('b')", "true"), ("'b' > 'a'", "true"), (#"{'\u00e9': 1}.exists(k, k == 'e\u0301')"#, "false"),
        ])
    func texts(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(
        "numbers are equal across types, keys too",
        arguments: [
            ("dyn(1) == 1u", "true"), ("dyn(1) == 1.0", "true"), ("{1u: 'a'}[dyn(1.0)]", "\"a\""), ("{0: 1, 0u: 2}", "error"),
            ("1 in [1.0, 2.0]", "true"), ("dyn(9223372036854775807) < 9223372036854775808.0", "false"),
            ("0.0 / 0.0 == 0.0 / 0.0", "false"),
            ("dyn(1) < 1.5", "true"),
        ])
    func mixedNumbers(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(
        "macros",
        arguments: [
            ("[1, 2, 3].filter(x, x > 1)", "[2, 3]"), ("[1, 2].map(x, x * 2)", "[2, 4]"),
            ("[1, 2, 3].map(x, x > 1, x * 2)", "[4, 6]"),
            ("{'a': 1}.exists(k, k == 'a')", "true"), ("[1, 2, 3].exists_one(x, x > 2)", "true"), ("has({'a': null}.a)", "true"),
            ("has({'a': 1}.b)", "false"), ("[[1], [2]].exists(x, x.exists(y, y == 2))", "true"), ("[].all(x, false)", "true"),
        ])
    func macros(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(
        "time",
        arguments: [
            ("duration('24h') > duration('1h30m')", "true"), ("duration('1.5s') + duration('500ms')", "duration(\"2s\")"),
            ("timestamp('2024-02-29T12:00:00Z') + duration('24h')", "timestamp(\"2024-03-01T12:00:00Z\")"),
            ("timestamp('1969-12-31T23:59:59.5Z')", "timestamp(\"1969-12-31T23:59:59.5Z\")"),
            ("timestamp('2023-02-29T00:00:00Z')", "error"),
            ("timestamp('2009-02-13T23:31:30Z').getHours('+09:00')", "8"),
            ("timestamp('2009-02-13T23:31:30Z').getDayOfWeek()", "5"),
            ("string(duration('1000000s'))", "\"1000000s\""), ("int(timestamp('2009-02-13T23:31:30Z'))", "1234567890"),
        ])
    func time(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(
        "unknown is neither error nor false",
        arguments: [
            ("u && false", "false"), ("u || true", "true"), ("u && true", "unknown: bank not loaded"),
            ("u == 1", "unknown: bank not loaded"), ("u || 1 / 0 == 1", "unknown: bank not loaded"),
            ("u ? 1 : 2", "unknown: bank not loaded"),
            ("[1, 2].exists(x, u == x || x == 2)", "true"), ("u.matched", "unknown: bank not loaded"),
        ])
    func unknowns(source: String, expected: String) throws {
        #expect(try outcome(source, ["u": .unknown(["bank not loaded"])]) == expected)
    }

    @Test("evaluation is bounded")
    func steps() throws {
        var options = Program.Options()
        options.limits.steps = 1_000
        let list = "[" + (0..<40).map(String.init).joined(separator: ",") + "]"
        let program = try Program.compile("\(list).all(x, \(list).all(y, x + y >= 0))", declarations: [:], options: options)
        guard case .error(let error) = program.evaluate(NamedBindings([:])) else {
            Issue.record("the loop was not stopped")
            return
        }
        #expect(error.code == .limitExceeded)
    }

    @Test("an error says where it arose")
    func errorPosition() throws {
        guard case .error(let error) = try evaluate("1 == 1 &&\n  2 / 0 == 1") else {
            Issue.record("no error")
            return
        }
        #expect(error.span == SourceSpan(line: 2, column: 3, offset: 12, length: 5))
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("strings: what expressions can do with texts")
struct StringsLibraryTests {
    @Test(
        "cuts and finds",
        arguments: [
            ("'hello'.charAt(4)", "\"o\""), ("'hello'.charAt(5)", "\"\""), ("'hello'.charAt(-1)", "error"),
            ("'hello'.charAt(6)", "error"), ("'a가b'.charAt(1)", "\"가\""), ("'hello mellow'.indexOf('ello', 2)", "7"),
            ("'hello mellow'.indexOf('')", "0"), ("'hello'.indexOf('', 5)", "5"), ("'hello'.indexOf('', 6)", "error"),
            ("'hello mellow'.indexOf('ello', 20)", "error"), ("'hello mellow'.lastIndexOf('ello', 6)", "1"),
            ("'hello mellow'.lastIndexOf('')", "12"), ("'hello'.lastIndexOf('l', -1)", "error"),
            ("'가나다'.substring(1)", "\"나다\""), ("'tacocat'.substring(2, 1)", "error"), ("'abc'.substring(1, 4)", "error"),
            ("'abc'.substring(9223372036854775807)", "error"), ("'abc'.substring(-9223372036854775808, 2)", "error"),
        ])
    func positions(source: String, expected: String) { #expect(extended(source) == expected) }

    @Test(
        "splits, joins and replaces",
        arguments: [
            ("'a,b,c'.split(',', 2)", "[\"a\", \"b,c\"]"), ("'a,b,c'.split(',', 9223372036854775807)", "[\"a\", \"b\", \"c\"]"),
            ("''.split(',')", "[\"\"]"), ("'가나'.split('')", "[\"가\", \"나\"]"), ("'abc'.split('', 2)", "[\"a\", \"bc\"]"),
            ("',a,'.split(',')", "[\"\", \"a\", \"\"]"), ("['a', 'b'].join('/')", "\"a/b\""), ("[].join('/')", "\"\""),
            ("dyn(['a', 1]).join()", "error"), ("'hello hello'.replace('he', 'we', 1)", "\"wello hello\""),
            ("'hello'.replace('l', 'L', 0)", "\"hello\""), ("'ab'.replace('', '-')", "\"-a-b-\""),
            ("'aaa'.replace('aa', 'b')", "\"ba\""), ("'  \\u00a0x\\u3000'.trim()", "\"x\""), ("' '.trim()", "\"\""),
            ("'TacoCÆt'.lowerAscii()", "\"tacocÆt\""), ("'tacocæt'.upperAscii()", "\"TACOCæT\""),
            ("'John Smith'.reverse()", "\"htimS nhoJ\""), ("[1, 2].reverse()", "[2, 1]"),
            ("'e\\u0301'.reverse() == '\\u0301e'", "true"),
            ("strings.quote('a\"b')", #""\"a\\\"b\"""#), ("'abc'.trim(1)", "refused"),
        ])
    func parts(source: String, expected: String) {
        #expect(extended(source) == expected)
    }

    @Test(
        "formats",
        arguments: [
            ("'%s %s'.format(['a', 1])", "\"a 1\""), ("'%.2f'.format([2.675])", "\"2.67\""), ("'%.0f'.format([0.5])", "\"0\""),
            ("'%.2e'.format([12345])", "\"1.23e+04\""), ("'%e'.format([0.0])", "\"0.000000e+00\""),
            ("'%x'.format([-255])", "\"-ff\""),
            ("'%b'.format([-5])", "\"-101\""), ("'%o'.format([8u])", "\"10\""), ("'%X'.format(['é'])", "\"C3A9\""),
            ("'%d'.format([1e22])", "\"10000000000000000000000\""), ("'%s'.format([1e-7])", "\"0.0000001\""),
            ("'%f'.format([-1.0 / 0.0])", "\"-Infinity\""), ("'%s'.format([{2: [b'x'], 1: {}}])", "\"{1: {}, 2: [x]}\""),
            ("'%s'.format([duration('1.5s')])", "\"1.5s\""), ("'%s'.format([b'\\xff'])", "error"), ("'%s'.format([])", "error"),
            ("'a%'.format([1])", "error"), ("'%.f'.format([1.0])", "error"), ("'%.101f'.format([1.0])", "error"),
            ("'%.99999999999999999999f'.format([1.0])", "error"), ("'%y'.format([1])", "error"),
            ("'none'.format([1])", "\"none\""), ("'%s'.format([optional.of(1)])", "error"), ("'%d'.format(['1'])", "error"),
        ])
    func formats(source: String, expected: String) { #expect(extended(source) == expected) }

    @Test("no call fills the memory")
    func limits() {
        let long = Value.string(String(repeating: "x", count: 10_000))
        #expect(extended("x.replace('', x)", ["x": long]) == "error")
        #expect(extended("x.replace('x', x).size()", ["x": .string(String(repeating: "x", count: 100))]) == "10000")
        #expect(extended("x.split('').join(x)", ["x": long]) == "error")
        #expect(extended("'%s%s'.format([x, x]).size()", ["x": long]) == "20000")
        let huge = Value.string(String(repeating: ",", count: 200_000))
        #expect(extended("x.split(',')", ["x": huge]) == "error")
        #expect(extended("x.split(',', 3).size()", ["x": huge]) == "3")
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("regex: what patterns find")
struct RegexLibraryTests {
    @Test(
        "extracts",
        arguments: [
            ("regex.extract('hello world', 'hello(.*)').value()", "\" world\""),
            (#"regex.extract('item-A, item-B', 'item-(\\w+)').value()"#, "\"A\""),
            ("regex.extract('HELLO', 'hello').hasValue()", "false"), ("regex.extract('bab', 'a').value()", "\"a\""),
            ("regex.extract('가나다', '나').value()", "\"나\""), ("regex.extract('ab', 'a(x?)b').hasValue()", "false"),
            ("regex.extract('user@domain', '(.*)@([^.]*)')", "error"), ("regex.extract('a', '(')", "error"),
            (#"regex.extractAll('id:123, id:456', 'id:\\d+')"#, "[\"id:123\", \"id:456\"]"),
            (#"regex.extractAll('id:123, id:456', 'id:(\\d+)')"#, "[\"123\", \"456\"]"), ("regex.extractAll('abc', 'x')", "[]"),
            ("regex.extractAll('user@domain', '(.*)@([^.]*)')", "error"), ("regex.extract(1, 'a')", "refused"),
        ])
    func extracts(source: String, expected: String) { #expect(extended(source) == expected) }

    @Test(
        "replaces",
        arguments: [
            ("regex.replace('hello world hello', 'hello', 'hi')", "\"hi world hi\""),
            ("regex.replace('banana', 'a', 'x', 0)", "\"banana\""),
            ("regex.replace('banana', 'a', 'x', 2)", "\"bxnxna\""), ("regex.replace('banana', 'a', 'x', -12)", "\"bxnxnx\""),
            (#"regex.replace('foo bar', '(fo)o (ba)r', r'\2 \1')"#, "\"ba fo\""),
            (#"regex.replace('test', '(.)', r'\2')"#, "error"),
            ("regex.replace('foo bar', '(', 'x')", "error"),
            (#"regex.replace('id=123', r'id=(?P<value>\d+)', r'value: \values')"#, "error"),
            (#"regex.replace('a', 'a', r'\\')"#, #""\\""#), (#"regex.replace('a', 'a', 'x\\')"#, "error"),
            (#"regex.replace('ab', '(a)|(b)', r'[\1\2]')"#, "\"[a][b]\""), (#"regex.replace('abc', 'b', r'<\0>')"#, "\"a<b>c\""),
            ("regex.replace('가나', '', '-')", "\"-가-나-\""), ("regex.replace('aaa', 'a*?', 'x')", "\"xaxaxax\""),
            ("regex.replace('abc', 'x', 'y')", "\"abc\""),
        ])
    func replaces(source: String, expected: String) { #expect(extended(source) == expected) }
}

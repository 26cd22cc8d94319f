// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import LinearRegex
import Testing

/// A pattern, a text and what the leftmost match is; nil: there is none.
struct Example: Sendable, CustomTestStringConvertible {
    let pattern: String
    let text: String
    let match: String?

    init(_ pattern: String, _ text: String, _ match: String?) {
        self.pattern = pattern
        self.text = text
        self.match = match
    }

    var testDescription: String { "\(pattern) in \(text)" }

    func check() throws {
        let regex = try LinearRegex(pattern)
        let range = regex.firstRange(in: text)
        #expect(range.map { String(decoding: Array(text.utf8)[$0], as: UTF8.self) } == match)
        #expect(regex.matches(text) == (match != nil))
        #expect(regex.firstMatch(in: text)?.range == range)
    }
}

@Suite("Regular expressions: syntax")
struct SyntaxTests {
    @Test(
        "literals and escapes",
        arguments: [
            Example("b+c", "abbcd", "bbc"), Example(#"a\.b"#, "axb a.b", "a.b"), Example(#"\x41\x{1F600}"#, "xA😀", "A😀"),
            Example(#"\t\n\r\f\v\a"#, "\t\n\r\u{C}\u{B}\u{7}", "\t\n\r\u{C}\u{B}\u{7}"), Example(#"\101\0"#, "A\0", "A\0"),
            Example(#"\Qa.b*\E+"#, "a.b** a.bb", "a.b**"), Example(#"\Qa|b"#, "ab a|b", "a|b"),
            Example("a{,2}", "aa a{,2}", "a{,2}"),
            Example("a{", "a{", "a{"), Example(#"\_\-\/"#, "_-/", "_-/"), Example("가|힣", "xx힣", "힣"), Example("", "abc", ""),
        ])
    func literals(example: Example) throws { try example.check() }

    @Test(
        "classes",
        arguments: [
            Example("[a-c]+", "xxabcd", "abc"), Example("[^a-c]+", "abxyc", "xy"), Example("[]a]+", "x]a]", "]a]"),
            Example("[a-]+", "b-a-", "-a-"), Example("[가-힣]+", "abc 안녕 x", "안녕"), Example(#"[^\d\s]+"#, "1 ab2", "ab"),
            Example(#"\d+\D\w\W\s\S"#, "a12-b; c", "12-b; c"), Example("[[:alpha:]]+[[:^alpha:]]", "1ab2", "ab2"),
            Example("[[:xdigit:][:punct:]]+", "xyzBe!", "Be!"), Example(#"[\x{41}-\x43]+"#, "dABCD", "ABC"),
            Example(#"[\[\]]+"#, "a[]b", "[]"), Example("[^\n]", "\nx", "x"), Example("[^x]", "x\n", "\n"),
            Example(#"\w+"#, "é漢a", "a"),
            Example(#"[^\x00-\x{10FFFF}]"#, "abc", nil),
        ])
    func classes(example: Example) throws { try example.check() }

    @Test(
        "classes of Unicode",
        arguments: [
            Example(#"\pL+"#, "12été가3", "été가"), Example(#"\PL+"#, "ab12c", "12"), Example(#"\p{Hangul}+"#, "abc가나 ", "가나"),
            Example(#"\p{^Latin}+"#, "abяcd", "я"), Example(#"\p{Lu}\p{Ll}"#, "abÉé", "Éé"), Example(#"\p{Nd}+"#, "a１２b", "１２"),
            Example(#"[\p{Greek}\p{Cyrillic}]+"#, "abσя", "σя"), Example(#"\p{Han}\p{Hiragana}\p{Katakana}"#, "漢あア", "漢あア"),
            Example(#"\p{Arabic}"#, "aب", "ب"), Example(#"\p{Hebrew}\p{Thai}\p{Devanagari}"#, "אกअ", "אกअ"),
            Example(#"\p{Common}+"#, "a1 b", "1 "), Example(#"\p{Any}"#, "😀", "😀"), Example(#"\p{So}"#, "a😀", "😀"),
            Example(#"\p{Zs}\p{Cf}\p{Pd}"#, "\u{A0}\u{200B}–", "\u{A0}\u{200B}–"),
        ])
    func unicodeClasses(example: Example) throws { try example.check() }

    @Test(
        "anchors and words",
        arguments: [
            Example("^a", "ba", nil), Example("a$", "ab", nil), Example("(?m)^b$", "a\nb\nc", "b"), Example(#"\Aa\z"#, "a", "a"),
            Example(#"(?m)\Ab"#, "a\nb", nil), Example(#"\bcat\b"#, "concat cat", "cat"), Example(#"\Bcat"#, "cat concat", "cat"),
            Example(#"\b가"#, "가", nil), Example("^$", "", ""), Example("(?m)^$", "a\n\nb", ""), Example("a$\n", "a\n", nil),
            Example(#"(?:^|,)b"#, "a,b", ",b"), Example(#"a\b"#, "ab a", "a"), Example(#"x*\b"#, " a", ""),
        ])
    func anchors(example: Example) throws { try example.check() }

    @Test(
        "repetitions prefer as Perl does",
        arguments: [
            Example("a*", "aaa", "aaa"), Example("a*?b", "aab", "aab"), Example("a+?", "aaa", "a"), Example("a??b", "ab", "ab"),
            Example("a{2,3}", "aaaa", "aaa"), Example("a{2,3}?", "aaaa", "aa"), Example("a{2}", "aaa", "aa"),
            Example("(?:ab){2,}", "abababa", "ababab"), Example("(?U)a+", "aaa", "a"), Example("(?U)a+?", "aaa", "aaa"),
            Example("ab|abc", "abc", "ab"), Example("abc|ab", "abc", "abc"), Example("(|a)+", "aa", ""),
            Example("(a|b|)*c", "abc", "abc"),
            Example("x{0}y", "xy", "y"), Example(".{3}", "가나다라", "가나다"),
            Example("a{1000}", String(repeating: "a", count: 999), nil),
        ])
    func repetitions(example: Example) throws { try example.check() }

    @Test(
        "flags",
        arguments: [
            Example("(?i)straße", "STRAßE", "STRAßE"), Example("(?i)k", "\u{212A}", "\u{212A}"), Example("(?i)ſ", "S", "S"),
            Example("(?i)[k-s]+", "xKLSſ", "KLSſ"), Example("(?i)[^k]", "kK\u{212A}x", "x"), Example("(?i)ΣΑΣ", "σας", "σας"),
            Example("(?i:a)b", "AB Ab", "Ab"), Example("a(?i)b|c", "C", "C"), Example("a(?i)b|c", "Ab", nil),
            Example("(?i)a(?-i)b", "AB Ab", "Ab"),
            Example("a.b", "a\nb", nil), Example("(?s)a.b", "a\nb", "a\nb"), Example("(?is-m:A.B)", "a\nb", "a\nb"),
            Example("(?i)ı", "I", nil),
            Example(#"(?i)\P{Lu}+"#, "ABc1", "1"), Example("(?i)привет", "ПРИВЕТ", "ПРИВЕТ"), Example("(?i)ǆ", "ǅ", "ǅ"),
        ])
    func flags(example: Example) throws { try example.check() }
}

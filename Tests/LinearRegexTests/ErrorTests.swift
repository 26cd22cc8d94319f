// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import LinearRegex
import Testing

@Suite("Regular expressions: what is refused")
struct ErrorTests {
    @Test(
        "a refused pattern is told what is wrong and where",
        arguments: [
            ("a**", .stackedRepetition, 2..<3), ("a++", .stackedRepetition, 2..<3), ("a{2}{3}", .stackedRepetition, 4..<7),
            ("*a", .nothingToRepeat, 0..<1), ("a|+", .nothingToRepeat, 2..<3), ("(?:{2})", .nothingToRepeat, 3..<6),
            ("a{1001}", .repetitionTooLarge, 1..<7), ("a{3,2}", .repetitionTooLarge, 1..<6),
            ("(a{40}){40}", .repetitionTooLarge, 7..<11),
            (#"(a)\1"#, .backReference, 3..<5), (#"(?P<x>a)(?P=x)"#, .backReference, 8..<12), (#"\k<x>"#, .backReference, 0..<2),
            ("a(?=b)", .lookAround, 1..<4), ("(?!b)", .lookAround, 0..<3), ("(?<=b)a", .lookAround, 0..<4),
            ("(?<!b)a", .lookAround, 0..<4),
            ("(?>a)", .unsupportedGroup, 0..<3), ("(?#a)", .unsupportedGroup, 0..<3), ("(?x)a", .unsupportedGroup, 0..<3),
            ("(?i-)a", .unsupportedGroup, 0..<5), (#"a\C"#, .anyByte, 1..<3), (#"\q"#, .unknownEscape, 0..<2),
            (#"é\Z"#, .unknownEscape, 2..<4),
            (#"[\b]"#, .unknownEscape, 1..<3), (#"\x{110000}"#, .unknownEscape, 0..<10), (#"\x4"#, .unknownEscape, 0..<3),
            ("a\\", .trailingBackslash, 1..<2), ("[a", .missingClosingBracket, 0..<1), ("[]", .missingClosingBracket, 0..<1),
            ("(a", .missingClosingParenthesis, 0..<1), ("a)", .unexpectedParenthesis, 1..<2), ("[z-a]", .invalidRange, 1..<4),
            ("[[:foo:]]", .unknownClass, 1..<8), (#"\p{hangul}"#, .unknownProperty, 0..<10), (#"\p{L"#, .unknownProperty, 0..<4),
            ("(?P<n>a)(?P<n>b)", .repeatedGroupName, 12..<13), ("(?P<a b>c)", .invalidGroupName, 4..<7),
            ("(?P<>c)", .invalidGroupName, 4..<4),
        ] as [(String, RegexError.Kind, Range<Int>)])
    func refused(pattern: String, kind: RegexError.Kind, range: Range<Int>) throws {
        let error = try #require(throws: RegexError.self) { try LinearRegex(pattern) }
        #expect(error.kind == kind)
        #expect(error.range == range)
        #expect(!error.message.isEmpty)
    }

    @Test("a script in small letters is told its name")
    func scriptHint() throws {
        let error = try #require(throws: RegexError.self) { try LinearRegex(#"\p{hangul}"#) }
        #expect(error.hint == "did you mean Hangul?")
    }

    @Test("limits hold")
    func limits() throws {
        func kind(_ pattern: String, _ limits: LinearRegex.Limits = .init()) throws -> RegexError.Kind {
            try #require(throws: RegexError.self) { try LinearRegex(pattern, limits: limits) }.kind
        }
        #expect(try kind(String(repeating: "a", count: 17_000)) == .patternTooLong)
        let deep = String(repeating: "(", count: 1000) + "a" + String(repeating: ")", count: 1000)
        #expect(try kind(deep) == .nestedTooDeep)
        #expect(try kind(#"(?:\pL{100}){10}"#) == .programTooLarge)
        #expect(try kind("(?:x{1000}){1000}") == .repetitionTooLarge)
        #expect(try kind(String(repeating: "()", count: 5000)) == .programTooLarge)
        #expect(try kind("a{50}", .init(programSize: 20)) == .programTooLarge)
    }
}

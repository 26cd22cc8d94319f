// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import LinearRegex
import Testing

@Suite("Regular expressions: matches")
struct MatchTests {
    private func text(_ range: Range<Int>?, _ text: String) -> String? {
        range.map { String(decoding: Array(text.utf8)[$0], as: UTF8.self) }
    }

    @Test("groups are known by number and by name")
    func groups() throws {
        let regex = try LinearRegex(#"(?P<user>\w+)@(?<host>(\w+)\.com)|(never)"#)
        let mail = "write to 가 mod@example.com now"
        let match = try #require(regex.firstMatch(in: mail))
        #expect(text(match.range, mail) == "mod@example.com")
        #expect(text(match["user"], mail) == "mod")
        #expect(text(match["host"], mail) == "example.com")
        #expect(text(match[3], mail) == "example")
        #expect(match[4] == nil)
        #expect(match["nobody"] == nil)
        #expect(match[9] == nil)
        #expect(regex.groupNames == [nil, "user", "host", nil, nil])
    }

    @Test("a group in a loop holds its last turn")
    func lastTurn() throws {
        let match = try #require(try LinearRegex("(?:(a)|(b))+").firstMatch(in: "ab"))
        #expect(match.groups == [0..<2, 0..<1, 1..<2])
    }

    @Test("all matches, the empty ones too, but for one at the end of another")
    func all() throws {
        #expect(try LinearRegex("a+").matches(in: "aa b a").map(\.range) == [0..<2, 5..<6])
        #expect(try LinearRegex("a*").matches(in: "baac").map(\.range) == [0..<0, 1..<3, 4..<4])
        #expect(try LinearRegex("").matches(in: "가b").map(\.range) == [0..<0, 3..<3, 4..<4])
        #expect(try LinearRegex("a").matches(in: "aaa", limit: 2).count == 2)
        #expect(try LinearRegex("^a").matches(in: "aaa").map(\.range) == [0..<1])
        #expect(try LinearRegex(#"\bа?b"#).matches(in: "b bb").map(\.range) == [0..<1, 2..<3])
    }

    @Test("replacing")
    func replacing() throws {
        let regex = try LinearRegex(#"(\w+)@(\w+)"#)
        #expect(try regex.replacing(in: "a@b, c@d", with: #"\2 at \1\\"#) == #"b at a\, d at c\"#)
        #expect(try regex.replacing(in: "a@b, c@d", limit: 1, with: "x") == "x, c@d")
        #expect(try regex.replacing(in: "nothing", with: "x") == "nothing")
        #expect(try LinearRegex("b*").replacing(in: "abc", with: "-") == "-a-c-")
        #expect(throws: RegexError.self) { try regex.replacing(in: "a@b", with: #"\3"#) }
        #expect(throws: RegexError.self) { try regex.replacing(in: "a@b", with: #"\"#) }
    }

    @Test("bytes that are no UTF-8 match nothing, and the search goes on after them")
    func invalidBytes() throws {
        let broken: [UInt8] = [0xFF, 0xC3, 0x61, 0xE2, 0x82, 0xED, 0xA0, 0x80, 0x62]
        #expect(try LinearRegex("b").matches(broken))
        #expect(try LinearRegex("^.").matches(broken) == false)
        #expect(try !LinearRegex("(?s)^.*$").matches(broken))
        #expect(try !LinearRegex(#"a.+b"#).matches(broken))
        #expect(try !LinearRegex(#"[^a]b"#).matches(broken))
        #expect(try LinearRegex(#"[^b]"#).matches(broken))
        // Too long, a surrogate, beyond the last: each looks like a character and is none.
        for bytes in [[0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE0, 0x80, 0x80]] as [[UInt8]] {
            #expect(try !LinearRegex("(?s).").matches(bytes))
        }
    }

    @Test("one expression serves many tasks at the same time")
    func concurrent() async throws {
        let regex = try LinearRegex(#"(\d+)-(\p{L}+)"#)
        let right = await withTaskGroup(of: Bool.self) { group in
            for task in 0..<16 {
                group.addTask {
                    (0..<200).allSatisfy { turn in
                        let number = task * 1000 + turn
                        let text = "x \(number)-가나 y"
                        return regex.firstMatch(in: text)?[1] == 2..<(2 + String(number).utf8.count) && regex.matches(text)
                    }
                }
            }
            return await group.allSatisfy { $0 }
        }
        #expect(right)
    }

    @Test("required literals: one of them is in every text that matches")
    func requiredLiterals() throws {
        func literals(_ pattern: String) throws -> Set<String>? {
            try LinearRegex(pattern).requiredLiterals.map { Set($0.literals.map { String(decoding: $0, as: UTF8.self) }) }
        }
        #expect(try literals("free nitro") == ["free nitro"])
        #expect(try literals(#"\d+ free (nitro|robux)\s"#) == [" free nitro", " free robux"])
        #expect(try literals("cat|dog") == ["cat", "dog"])
        #expect(try literals("cat|.*") == nil)
        #expect(try literals("a*") == nil)
        #expect(try literals("[a-z]+@x") == ["@x"])
        #expect(try literals("(?:abc){2,}d") == ["abcabc"])
        #expect(try literals("(?i)Kiwi") == ["kiwi", "\u{212A}iwi"])
        #expect(try LinearRegex("(?i)Kiwi").requiredLiterals?.ignoresCase == true)
        #expect(try LinearRegex("Kiwi").requiredLiterals?.ignoresCase == false)
    }
}

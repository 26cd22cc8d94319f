// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import CEL

@Suite("Frames")
struct FrameTests {
    private static func frame(_ sources: String...) throws -> Frame {
        let checked = try sources.map { try Program.compile($0, declarations: SmallEvent.declarations).checked }
        return Frame(FrameLayout(checked, paths: ["kind"], declarations: SmallEvent.declarations))
    }

    private static func value(_ path: String, _ frame: Frame) -> String? {
        FrameBindings(frame).value(of: Slot(index: 0, path: path, type: .dyn))?.description
    }

    @Test("have one slot for what several programs read, and for paths that are asked for")
    func layout() throws {
        let frame = try Self.frame("members > 3 && verified", "verified || members == 0")
        #expect(frame.layout.slots.map(\.path).sorted() == ["kind", "members", "verified"])
    }

    @Test("give back what was put in")
    func values() throws {
        let frame = try Self.frame("text == note && members > 1 && matches.exists(m, m.source.votes > 1) && \"a\" in roles")
        let layout = frame.layout
        let matches = try layout.require("matches")
        let bank = try #require(layout.field("bank", of: matches))
        let votes = try #require(layout.field("source.votes", of: matches))
        frame.set(try layout.require("text"), .string("안녕 nitro"))
        frame.set(try layout.require("members"), .int(-3))
        frame.set(try layout.require("roles"), texts: ["a", "b"])
        let list = try #require(frame.makeList(matches, count: 1))
        list.set(0, bank, .string("ncii"))
        list.set(0, votes, .int(7))
        #expect(Self.value("text", frame) == "\"안녕 nitro\"")
        #expect(Self.value("members", frame) == "-3")
        #expect(Self.value("roles", frame) == "[\"a\", \"b\"]")
        #expect(Self.value("matches", frame) == "[{\"bank\": \"ncii\", \"source\": {\"votes\": 7}}]")
        #expect(Self.value("note", frame) == nil)
        frame.reset()
        #expect(Self.value("text", frame) == nil && Self.value("matches", frame) == nil)
    }

    @Test("do not take values of other types than declared")
    func types() throws {
        let frame = try Self.frame("members > 1 && \"a\" in roles")
        frame.set(try frame.layout.require("members"), .string("3"))
        #expect(Self.value("members", frame) == nil)
        let roles = try frame.layout.require("roles")
        let element = try #require(frame.layout.field("", of: roles))
        let list = try #require(frame.makeList(roles, count: 2))
        list.set(0, element, .int(3))
        list.set(9, element, .string("far"))
        #expect(Self.value("roles", frame) == "[\"\", \"\"]")
    }

    @Test("go back to what was kept, not to nothing, and keep their constants")
    func start() throws {
        let frame = try Self.frame("text == note && members > 1 && \"a\" in roles")
        let (text, note) = (try frame.layout.require("text").position, try frame.layout.require("note").position)
        let (members, roles) = (try frame.layout.require("members").position, try frame.layout.require("roles").position)
        frame.set(text, text: "usual")
        frame.set(roles, upTo: 0) { _ in nil }
        let (word, reason) = (frame.constant(.string("constant")), frame.constant(unknown: ["nobody asked"]))
        frame.keep()
        for round in 0..<3 {
            frame.set(text, text: "event \(round)")
            frame.set(note, word)
            frame.set(members, reason)
            frame.set(roles, upTo: 3) { $0 == 1 ? nil : "role \($0)" }
            frame.setUnknown(text, ["why \(round)"])
            #expect(Self.value("note", frame) == "\"constant\"")
            #expect(Self.value("members", frame) == Value.unknown(["nobody asked"]).description)
            #expect(Self.value("text", frame) == Value.unknown(["why \(round)"]).description)
            #expect(Self.value("roles", frame) == "[\"role 0\", \"role 2\"]")
            frame.reset()
            #expect(Self.value("text", frame) == "\"usual\"" && Self.value("roles", frame) == "[]")
            #expect(Self.value("note", frame) == nil && Self.value("members", frame) == nil)
        }
    }

    @Test("do not take by position what is of another type, nor constants of other frames")
    func positions() throws {
        let frame = try Self.frame("text == note && members > 1")
        let other = try Self.frame("text == note && members > 1")
        let (text, members) = (try frame.layout.require("text").position, try frame.layout.require("members").position)
        frame.set(text, int: 3)
        frame.set(members, text: "3")
        frame.set(members, upTo: 1) { _ in "3" }
        frame.set(text, other.constant(.string("theirs")))
        #expect(Self.value("text", frame) == nil && Self.value("members", frame) == nil)
        frame.set(members, int: -3)
        #expect(Self.value("members", frame) == "-3")
    }

    @Test("keep texts apart through many events and sizes", arguments: [7] as [UInt64])
    func arena(seed: UInt64) throws {
        let frame = try Self.frame("text == note && \"a\" in roles")
        let (text, note, roles) = (
            try frame.layout.require("text"), try frame.layout.require("note"), try frame.layout.require("roles")
        )
        var random = Numbers(seed)
        for _ in 0..<300 {
            frame.reset()
            let long = String(repeating: "x", count: random.below(60_000)) + "é"
            let some = (0..<random.below(40)).map { String(repeating: "r", count: $0 * 17) }
            frame.set(note, .string("note"))
            frame.set(text, .string(long))
            frame.set(roles, texts: some)
            #expect(Self.value("text", frame) == "\"\(long)\"" && Self.value("note", frame) == "\"note\"", "seed \(seed)")
            #expect(Self.value("roles", frame) == Value.list(some.map { .string($0) }).description, "seed \(seed)")
        }
    }

    @Test("find needles wherever they are", arguments: [11] as [UInt64])
    func search(seed: UInt64) {
        var random = Numbers(seed)
        for _ in 0..<20_000 {
            let text = (0..<random.below(70)).map { _ in UInt8(97 + random.below(3)) }
            let needle = (0..<random.below(random.below(2) == 0 ? 5 : 20)).map { _ in UInt8(97 + random.below(3)) }
            let expected =
                needle.isEmpty
                || (text.count >= needle.count
                    && (0...text.count - needle.count).contains {
                        text[$0..<$0 + needle.count].elementsEqual(needle)
                    })
            let found = text.withUnsafeBytes { text in needle.withUnsafeBytes { ByteText.contains(text, $0) } }
            #expect(found == expected, "seed \(seed): \(needle) in \(text)")
        }
    }
}

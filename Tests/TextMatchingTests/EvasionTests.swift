// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing
import TextMatching

/// What a moderator relies on: a listed phrase is found however it is written, its place in the original is exact, and other text is
/// left alone. The listed words are harmless ones.
@Suite("Listed words are found in disguise, and only they")
struct EvasionTests {
    private static let listed = ["sample offer", "banana", "cool tool", "지인 합성", "지인", "시험용 문구"].map { (id: $0, pattern: $0) }
    private static let squeezed = PatternSet(listed, normalizer: Normalizer(view: .squeezed), borders: .words)
    private static let leet = PatternSet(listed, normalizer: Normalizer(view: .leet), borders: .words)

    private static func found(_ text: String, _ set: PatternSet = squeezed) -> [String] {
        let bytes = Array(text.utf8)
        return set.matches(in: text).map { String(decoding: bytes[$0.range], as: UTF8.self) }
    }

    @Test(
        "in English: the words as written, and exactly where",
        arguments: [
            ("a banana!", "banana"), ("BANANA", "BANANA"), ("b\u{200B}an\u{2060}ana", "b\u{200B}an\u{2060}ana"),
            ("see ｂａｎａｎａ", "ｂａｎａｎａ"),
            ("x bаnаnа y", "bаnаnа"), ("b a n a n a", "b a n a n a"), ("(b.a.n.a.n.a)", "b.a.n.a.n.a"),
            ("my baaaanannnaaa", "baaaanannnaaa"),
            ("b̶a̶n̶a̶n̶a̶ now", "b̶a̶n̶a̶n̶a̶"), ("𝓫𝓪𝓷𝓪𝓷𝓪", "𝓫𝓪𝓷𝓪𝓷𝓪"), ("SAMPLE\u{00A0}\u{200D} OFFER", "SAMPLE\u{00A0}\u{200D} OFFER"),
            ("sample\n  offer", "sample\n  offer"), ("cooooool tooooool", "cooooool tooooool"), ("b🍌a🍌n🍌a🍌n🍌a", "b🍌a🍌n🍌a🍌n🍌a"),
            ("🇧 🇦 🇳 🇦 🇳 🇦", "🇧 🇦 🇳 🇦 🇳 🇦"),
        ])
    func english(text: String, place: String) { #expect(Self.found(text) == [place]) }

    @Test(
        "in Korean: the words as written, and exactly where",
        arguments: [
            ("ㅈㅣㅇㅣㄴ", "ㅈㅣㅇㅣㄴ"), ("내 지인이 왔다", "지인"), ("지인을", "지인"), ("지인들과", "지인"), ("ㅈ ㅣ ㅇ ㅣ ㄴ", "ㅈ ㅣ ㅇ ㅣ ㄴ"),
            ("ㅈ.ㅣ.ㅇ.ㅣ.ㄴ", "ㅈ.ㅣ.ㅇ.ㅣ.ㄴ"),
            ("지.인", "지.인"), ("지\u{200B}인", "지\u{200B}인"),
            ("\u{110C}\u{1175}\u{110B}\u{1175}\u{11AB}", "\u{110C}\u{1175}\u{110B}\u{1175}\u{11AB}"),
            ("\u{FFB8}\u{FFDC}\u{FFB7}\u{FFDC}\u{FFA4}", "\u{FFB8}\u{FFDC}\u{FFB7}\u{FFDC}\u{FFA4}"),
            ("ㅅㅣㅎㅓㅁㅇㅛㅇ 문구", "ㅅㅣㅎㅓㅁㅇㅛㅇ 문구"), ("ㅈㅣ인", "ㅈㅣ인"), ("지🔥인", "지🔥인"),
        ])
    func korean(text: String, place: String) { #expect(Self.found(text) == [place]) }

    @Test("digits and signs for letters, where that is asked for", arguments: ["b4n4n4", "b@n@na", "8anana", "banan4"])
    func leet(text: String) {
        #expect(Self.found(text, Self.leet) == [text])
        #expect(Self.found(text).isEmpty)
    }

    @Test(
        "what only resembles a listed word is left alone",
        arguments: [
            "bananas", "cabanana", "ban an ana", "b a nana", "a cup of bananabread", "sample; offers", "samples offer", "col tol",
            "col tool", "bannana",
            "무지인", "지인쇄", "지 않은 인", "인지", "시험용문구", "지나 인사", "합성 지", "지/인", "수지 인사", "지 인",
            "банан", "µανανα", "バナナ", "香蕉", "กล้วย", "مثال", "Le banal an a été bon", "Ein Beispiel bana na",
            "https://example.org/ban/ana",
        ])
    func falseFriends(text: String) { #expect(Self.found(text).isEmpty) }

    @Test("bits and matches tell the same")
    func bits() {
        for text in ["지인 합성 b.a.n.a.n.a", "bannana", "cooool tool", "무지인", ""] {
            let normalized = Self.squeezed.normalizer.normalize(text)
            var bits = [UInt64](repeating: 0, count: Self.squeezed.wordCount)
            Self.squeezed.mark(normalized, into: &bits)
            let marked = (0..<Self.squeezed.count).filter { bits[$0 / 64] >> UInt64($0 % 64) & 1 == 1 }
            #expect(Set(marked.compactMap(Self.squeezed.id)) == Set(Self.squeezed.matches(in: normalized).map(\.id)))
        }
    }

    @Test("without borders a word is found inside others, and stretched at its ends")
    func anywhere() {
        let set = PatternSet([(id: "b", pattern: "banana")], normalizer: Normalizer(view: .squeezed))
        #expect(Self.found("xbbananaax", set) == ["bbananaa"])
        #expect(Self.found("bannana", set).isEmpty)
        #expect(Self.found("bannnana", set) == ["bannnana"])
    }

    @Test("a listed word of look-alikes only is a word of its own alphabet")
    func ownAlphabet() {
        let set = PatternSet([(id: "сор", pattern: "сор")], normalizer: Normalizer(view: .skeleton), borders: .words)
        #expect(Self.found("всякий сор из избы", set) == ["сор"])
        #expect(Self.found("call a cop", set).isEmpty)
    }
}

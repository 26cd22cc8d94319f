// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// How people write the names of messengers before they give their name there.
enum MessengerNames {
    /// The messenger that a word of letters names, in any case.
    static func latin(_ bytes: [UInt8], _ word: Range<Int>) -> String? {
        guard (2...9).contains(word.count), isFirst(bytes[word.lowerBound] | 0x20) else { return nil }
        var key: UInt64 = 0
        for place in word.prefix(8) { key = key << 8 | UInt64(bytes[place] | 0x20) }
        guard let (name, type) = latinNames[key], name == word.count else { return nil }
        return type
    }

    private static func isFirst(_ letter: UInt8) -> Bool {
        switch letter {
        case UInt8(ascii: "t"), UInt8(ascii: "k"), UInt8(ascii: "l"), UInt8(ascii: "d"), UInt8(ascii: "w"): true
        default: false
        }
    }

    /// By the first eight letters; with the length of the whole name.
    private static let latinNames: [UInt64: (Int, String)] = {
        let names = [
            "telegram": "telegram", "tele": "telegram", "tg": "telegram", "tlg": "telegram", "kakao": "kakao",
            "kakaotalk": "kakao", "kkt": "kakao", "line": "line", "discord": "discord", "dc": "discord", "disc": "discord",
            "whatsapp": "whatsapp", "wa": "whatsapp",
        ]
        return Dictionary(
            uniqueKeysWithValues: names.map { name, type in
                (name.utf8.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }, (name.utf8.count, type))
            })
    }()

    /// A name in Hangul or Katakana, the longest that fits.
    static func native(_ bytes: [UInt8], at start: Int) -> (type: String, length: Int)? {
        guard start + 2 < bytes.count, isFirst(bytes[start], bytes[start + 1], bytes[start + 2]) else { return nil }
        for (name, type) in nativeNames where bytes.count - start >= name.count {
            if bytes[start..<(start + name.count)].elementsEqual(name) { return (type, name.count) }
        }
        return nil
    }

    /// Whether a character begins one of the names: 텔 카 라 디 왓 テ カ ラ デ ワ.
    private static func isFirst(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Bool {
        switch (first, second, third) {
        case (0xED, 0x85, 0x94), (0xEC, 0xB9, 0xB4), (0xEB, 0x9D, 0xBC), (0xEB, 0x94, 0x94), (0xEC, 0x99, 0x93): true
        case (0xE3, 0x83, 0x86), (0xE3, 0x82, 0xAB), (0xE3, 0x83, 0xA9), (0xE3, 0x83, 0x87), (0xE3, 0x83, 0xAF): true
        default: false
        }
    }

    private static let nativeNames: [([UInt8], String)] = [
        ("텔레그램", "telegram"), ("텔레", "telegram"), ("텔그", "telegram"), ("카카오톡", "kakao"), ("카카오", "kakao"), ("카톡", "kakao"),
        ("라인", "line"), ("디스코드", "discord"), ("디코", "discord"), ("왓츠앱", "whatsapp"), ("왓츠", "whatsapp"),
        ("テレグラム", "telegram"), ("テレグラ", "telegram"), ("カカオトーク", "kakao"), ("カカオ", "kakao"), ("ライン", "line"),
        ("ディスコード", "discord"), ("ディスコ", "discord"), ("ワッツアップ", "whatsapp"),
    ].map { (Array($0.0.utf8), $0.1) }

    private static let words: [[UInt8]] = ["아이디", "오픈채팅", "id", "ID", "Id", "の", "는", "은"].map { Array($0.utf8) }

    /// Skips the signs and words between the name of a messenger and a name there: ` id: `, ` 아이디 `, `: `.
    /// - Returns: where a name may begin, whether a word said that one follows, and whether a sign did.
    static func introduction(_ bytes: [UInt8], from start: Int) -> (end: Int, isSure: Bool, hasSign: Bool) {
        var (end, isSure, hasSign) = (start, false, false)
        skipping: while end < bytes.count, end - start < 24 {
            if bytes[end] == 0x20 {
                end += 1
                continue
            }
            if ":=~-".utf8.contains(bytes[end]) {
                hasSign = true
                end += 1
                continue
            }
            for word in words where bytes[end...].starts(with: word) {
                let after = end + word.count
                // `identity` begins with a word, but is another.
                if word[0] < 0x80, after < bytes.count, bytes[after].isASCIIWord { continue }
                // Particles say nothing yet.
                isSure = isSure || word.count != 3 || word[0] < 0x80
                end = after
                continue skipping
            }
            break
        }
        return (end, isSure, hasSign || end < bytes.count && bytes[end] == UInt8(ascii: "+"))
    }
}

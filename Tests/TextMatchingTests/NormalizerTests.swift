// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing
import TextMatching

@Suite("Text that looks alike becomes alike")
struct NormalizerTests {
    @Test(
        "normal forms",
        arguments: [
            ("HeLLo", "hello"), ("ＡＢＣ１２３！", "abc123!"), ("a\u{200B}b\u{202E}c\u{FEFF}", "abc"), ("ㅈㅣㅇㅣㄴ", "지인"), ("ㅇㅏㄴㄴㅕㅇ", "안녕"),
            ("ㅋㅋㅋ", "ㅋㅋㅋ"), ("ㅈ\u{200B}ㅣㅇㅣㄴ", "지인"), ("\u{110C}\u{1175}\u{110B}\u{1175}\u{11AB}", "지인"), ("지인", "지인"),
            ("ㄷㅏㄹㄱ", "닭"), ("ㄷㅏㄹㄱㅏ", "달가"),
            ("a\u{3000}b", "a b"), ("", ""),
        ])
    func forms(text: String, expected: String) {
        #expect(String(decoding: Normalizer().normalize(text).bytes, as: UTF8.self) == expected)
    }

    @Test("every place leads back to the original")
    func offsets() {
        let text = "x ㅈㅣ\u{200B}ㅇㅣㄴ y"
        let normalized = Normalizer().normalize(text)
        let range = normalized.originalRange(of: 2..<8)
        #expect(String(decoding: Array(text.utf8)[range], as: UTF8.self) == "ㅈㅣ\u{200B}ㅇㅣㄴ")
    }
}

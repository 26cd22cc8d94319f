// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CNative
import ModelInputs

/// The language of a text, by CLD2.
final class LanguageEngine: ThinkerEngine {
    /// Longer texts are judged by their beginning.
    static let mostBytes = 4_096

    static func load(_ load: ModelLoad, native: String) throws(ThinkerProblem) -> (engine: any ThinkerEngine, precision: String) {
        var why = [CChar](repeating: 0, count: 256)
        // A system library: the loader finds it.
        guard cnative_cld2_open("libcld2.so.0", &why, why.count) == 0 else {
            let words = String(decoding: why.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw ThinkerProblem(message: words)
        }
        return (LanguageEngine(), "table")
    }

    func run(_ input: ThinkerInput) -> ThinkerAnswer {
        guard case .text(let text) = input else { return .unknown("needs a text") }
        let bytes = Array(SentenceText.prepared(text, mostBytes: Self.mostBytes).utf8)
        // A byte more than the text: an empty array has no address.
        let code = (bytes + [0]).withUnsafeBufferPointer { buffer -> (String, Bool)? in
            buffer.withMemoryRebound(to: CChar.self) { characters in
                var isSure: Int32 = 0
                guard let code = cnative_cld2_detect(characters.baseAddress, Int32(bytes.count), &isSure) else { return nil }
                return (String(cString: code), isSure != 0)
            }
        }
        // CLD2 says English when it has no idea.
        guard let (language, isSure) = code, language != "un", language != "en" || isSure, Self.isCode(language) else {
            return .label("und", isSure: false)
        }
        return .label(language, isSure: isSure)
    }

    private static func isCode(_ text: String) -> Bool {
        (2...16).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0 | 0x20) && $0 < 0x80 || $0 == UInt8(ascii: "-") }
    }
}

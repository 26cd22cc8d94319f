// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
package import Signals

/// What a thinker answers. It works on what others have sent, and its libraries are large: nothing is taken on trust.
///
///     scores N | regions N | vector N | text | label WORD sure|unsure | tensor D0xD1x… | unknown WORDS
///     time MICROSECONDS
///
///     (numbers or text)
package struct ThinkerReply: Sendable, Hashable {
    package enum Answer: Sendable, Hashable {
        case output(ModelOutput)
        case tensor(shape: [Int], values: [Float])
        /// In the thinker's words.
        case unknown(String)
    }

    package var answer: Answer
    package var microseconds: Int

    static let largestHeader = 1_024
    static let largestTensor = 4_194_304
    private static let largestScores = 64
    private static let largestRegions = 1_024
    private static let largestVector = 8_192
    private static let largestText = 16_384

    /// Nil when it makes no sense.
    package static func parse(_ bytes: [UInt8], to question: ThinkerQuestion) -> ThinkerReply? {
        let (header, parts) = MediaWorkerReply.split(bytes)
        guard header.count <= largestHeader,
            header.allSatisfy({ (0x20..<0x7f).contains($0) || $0 == UInt8(ascii: "\n") })
        else { return nil }
        let lines = String(decoding: header, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 2, let microseconds = time(lines[1]) else { return nil }
        let words = lines[0].split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let answer = answer(words[0], words.dropFirst().first ?? "", Array(parts), to: question) else { return nil }
        return ThinkerReply(answer: answer, microseconds: microseconds)
    }

    private static func time(_ line: Substring) -> Int? {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, words[0] == "time", let microseconds = Int(words[1]), (0...3_600_000_000).contains(microseconds)
        else { return nil }
        return microseconds
    }

    private static func answer(_ kind: String, _ more: String, _ bytes: [UInt8], to question: ThinkerQuestion) -> Answer? {
        if kind == "unknown" { return bytes.isEmpty && (1...300).contains(more.utf8.count) ? .unknown(more) : nil }
        guard question.verb == .run else { return kind == "tensor" ? tensor(more, bytes) : nil }
        switch kind {
        case "scores":
            guard let scores = doubles(bytes, count(more, largestScores)), scores.allSatisfy((0...1).contains) else { return nil }
            return .output(.scores(scores))
        case "regions": return regions(more, bytes, of: question.model).map { .output(.regions($0)) }
        case "vector":
            guard let vector = floats(bytes, count(more, largestVector)) else { return nil }
            return .output(.vector(vector))
        case "text" where more.isEmpty: return text(bytes).map { .output(.text($0)) }
        case "label" where bytes.isEmpty: return label(more).map { .output($0) }
        default: return nil
        }
    }

    // MARK: - Kinds

    private static func regions(_ more: String, _ bytes: [UInt8], of model: String) -> [Region]? {
        guard let count = count(more, largestRegions), let numbers = doubles(bytes, count * 5),
            numbers.allSatisfy((0...1).contains)
        else { return nil }
        return stride(from: 0, to: numbers.count, by: 5).map { at in
            Region(
                x: numbers[at], y: numbers[at + 1], width: numbers[at + 2], height: numbers[at + 3], score: numbers[at + 4],
                name: model)
        }
    }

    /// Without characters that control a terminal or a page.
    private static func text(_ bytes: [UInt8]) -> String? {
        guard bytes.count <= largestText, let text = String(validating: bytes, as: UTF8.self),
            text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7f..<0xa0).contains($0.value) || $0 == "\n" || $0 == "\t" })
        else { return nil }
        return text
    }

    private static func label(_ more: String) -> ModelOutput? {
        let words = more.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 2, isWord(words[0]), ["sure", "unsure"].contains(words[1]) else { return nil }
        return .label(words[0], isSure: words[1] == "sure")
    }

    private static func tensor(_ more: String, _ bytes: [UInt8]) -> Answer? {
        let shape = more.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard (1...6).contains(shape.count), shape.allSatisfy({ (1...largestTensor).contains($0) }) else { return nil }
        var count = 1
        for side in shape {
            count *= side
            guard count <= largestTensor else { return nil }
        }
        return floats(bytes, count).map { .tensor(shape: shape, values: $0) }
    }

    // MARK: - Numbers

    private static func count(_ word: String, _ largest: Int) -> Int? {
        Int(word).flatMap { (0...largest).contains($0) ? $0 : nil }
    }

    /// So many and all finite; nil otherwise.
    private static func doubles(_ bytes: [UInt8], _ count: Int?) -> [Double]? {
        guard let count, bytes.count == count * 8 else { return nil }
        let numbers = bytes.withUnsafeBytes { raw in
            (0..<count).map {
                Double(bitPattern: UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)))
            }
        }
        return numbers.allSatisfy(\.isFinite) ? numbers : nil
    }

    private static func floats(_ bytes: [UInt8], _ count: Int?) -> [Float]? {
        guard let count, bytes.count == count * 4 else { return nil }
        let numbers = bytes.withUnsafeBytes { raw in
            (0..<count).map {
                Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
            }
        }
        return numbers.allSatisfy(\.isFinite) ? numbers : nil
    }

    private static func isWord(_ word: String) -> Bool {
        (1...32).contains(word.utf8.count)
            && word.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
            }
    }
}

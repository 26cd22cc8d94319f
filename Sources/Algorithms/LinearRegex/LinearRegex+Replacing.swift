// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension LinearRegex {
    /// The text with each match (at most `limit`, from the left) replaced by what `replacement` makes of it; it gets the bytes of the whole
    /// text and the match.
    public func replacing(
        in text: String, limit: Int = .max, with replacement: (UnsafeBufferPointer<UInt8>, Match) -> [UInt8]
    ) -> String {
        let found = limit > 0 ? matches(in: text, limit: limit) : []
        guard !found.isEmpty else { return text }
        var text = text
        return text.withUTF8 { bytes in
            var result: [UInt8] = []
            result.reserveCapacity(bytes.count)
            var position = 0
            for match in found {
                result += bytes[position..<match.range.lowerBound]
                result += replacement(bytes, match)
                position = match.range.upperBound
            }
            result += bytes[position...]
            return String(decoding: result, as: UTF8.self)
        }
    }

    /// As above with RE2's rewrite text: `\0` is the match, `\1` to `\9` are groups, `\\` is a backslash.
    ///
    /// Throws `.unknownEscape` for another escape or a group that the pattern does not have; offsets are those of the rewrite text.
    public func replacing(in text: String, limit: Int = .max, with rewrite: String) throws(RegexError) -> String {
        let pieces = try rewritePieces(rewrite)
        return replacing(in: text, limit: limit) { bytes, match in
            var result: [UInt8] = []
            for piece in pieces {
                switch piece {
                case .text(let text): result += text
                case .group(let number): if let range = match[number] { result += bytes[range] }
                }
            }
            return result
        }
    }

    private enum Piece {
        case text([UInt8])
        case group(Int)
    }

    private func rewritePieces(_ rewrite: String) throws(RegexError) -> [Piece] {
        let bytes = Array(rewrite.utf8)
        var pieces: [Piece] = []
        var plain: [UInt8] = []
        var position = 0
        while position < bytes.count {
            let next = position + 1 < bytes.count ? bytes[position + 1] : 0
            if bytes[position] != UInt8(ascii: "\\") {
                plain.append(bytes[position])
                position += 1
                continue
            }
            if next == UInt8(ascii: "\\") {
                plain.append(next)
            } else {
                let number = Int(next) - 0x30
                guard (0...9).contains(number), number < groupNames.count else {
                    throw RegexError(
                        .unknownEscape, "the rewrite text names no group of the pattern here",
                        position..<min(position + 2, bytes.count),
                        hint: #"\0 to \#(min(9, groupNames.count - 1)) are groups, \\ is a backslash"#)
                }
                pieces += [.text(plain), .group(number)]
                plain = []
            }
            position += 2
        }
        return pieces + [.text(plain)]
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Signals

/// What a worker answers to one picture. The worker may have been taken over by the picture, so nothing is taken on trust.
package struct MediaWorkerReply: Sendable, Hashable {
    package var facts: MediaFacts
    /// PDQ hashes of the picture rotated by 90, 180 and 270 degrees, mirrored at x, y and both diagonals; empty when the
    /// picture is too small.
    package var dihedrals: [String]

    /// Reads one line of the worker; nil when it makes no sense.
    static func parse(_ bytes: [UInt8]) -> Result<MediaWorkerReply, MediaError>? {
        guard bytes.allSatisfy({ (0x20..<0x7f).contains($0) }) else { return nil }
        let line = String(decoding: bytes, as: UTF8.self)
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        let reason = words.dropFirst().joined(separator: " ")
        switch words.first {
        case "ok": return facts(words.dropFirst().map(String.init)).map { .success($0) }
        case "unsupported": return .failure(.unsupported(reason))
        case "undecodable": return .failure(.undecodable(reason))
        case "too-large": return .failure(.tooLarge(reason))
        default: return nil
        }
    }

    private static func facts(_ words: [String]) -> MediaWorkerReply? {
        guard words.count == 5 || words.count == 12, ["jpeg", "png", "webp", "gif"].contains(words[0]),
            let width = Int(words[1]), let height = Int(words[2]), let quality = Int(words[3]),
            width > 0, height > 0, (0...100).contains(quality)
        else { return nil }
        let hashes = Array(words[4...])
        let facts = MediaFacts(format: words[0], width: width, height: height, pdq: "", quality: quality)
        if hashes == ["-"] { return MediaWorkerReply(facts: facts, dihedrals: []) }
        guard hashes.count == 8, hashes.allSatisfy(isHash) else { return nil }
        var reply = MediaWorkerReply(facts: facts, dihedrals: Array(hashes[1...]))
        reply.facts.pdq = hashes[0]
        return reply
    }

    private static func isHash(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }
}

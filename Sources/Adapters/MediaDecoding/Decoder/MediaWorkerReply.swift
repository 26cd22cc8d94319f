// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Signals

/// What a worker answers to one file. The worker may have been taken over by the file, so nothing is taken on trust.
package enum MediaWorkerReply {
    /// The longest preview, in bytes.
    static let largestPreview = 98_304

    /// Reads the worker's lines and the parts after them; nil when they make no sense.
    package static func parse(_ bytes: [UInt8], to request: MediaRequest) -> Result<MediaFacts, MediaError>? {
        let (header, parts) = split(bytes)
        guard header.count <= request.largestHeader,
            header.allSatisfy({ (0x20..<0x7f).contains($0) || $0 == UInt8(ascii: "\n") })
        else { return nil }
        let lines = String(decoding: header, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let words = lines[0].split(separator: " ", omittingEmptySubsequences: false)
        let reason = words.dropFirst().joined(separator: " ")
        switch words.first {
        case "video" where request.video == nil: return nil
        case "picture", "video":
            // The lines of what was asked for besides hashes come last.
            let extras = lines.dropFirst().drop { !MediaReplyExtras.isFirstWord(of: $0) }
            let own = lines[1..<extras.startIndex]
            guard
                var facts = words.first == "picture"
                    ? picture(words.dropFirst(), own, moves: request.video != nil)
                    : video(words.dropFirst(), own, limit: request.frameLimit)
            else { return nil }
            var reading = MediaReplyExtras(request: request, parts: parts)
            guard reading.read(extras, into: &facts) else { return nil }
            return .success(facts)
        case "unsupported" where lines.count == 1 && parts.isEmpty: return .failure(.unsupported(reason))
        // Only of what may hold anything else: a picture is always something to see.
        case "nothing-to-see" where request.video != nil && lines.count == 1 && parts.isEmpty:
            return .failure(.nothingToSee(reason))
        case "undecodable" where lines.count == 1 && parts.isEmpty: return .failure(.undecodable(reason))
        case "too-large" where lines.count == 1 && parts.isEmpty: return .failure(.tooLarge(reason))
        default: return nil
        }
    }

    /// The lines before the first empty one, and what follows it.
    static func split(_ bytes: [UInt8]) -> (header: ArraySlice<UInt8>, parts: ArraySlice<UInt8>) {
        let end = UInt8(ascii: "\n")
        var start = bytes.startIndex
        while let found = bytes[start...].firstIndex(of: end) {
            if found + 1 < bytes.count, bytes[found + 1] == end { return (bytes[..<found], bytes[(found + 2)...]) }
            start = found + 1
        }
        return (bytes[...], [])
    }

    /// `FORMAT WIDTH HEIGHT whole|cut LAST`.
    private static func facts(_ first: ArraySlice<Substring>, formats: [String]) -> (facts: MediaFacts, last: String)? {
        let words = first.map(String.init)
        guard words.count == 5, formats.contains(words[0]), let width = Int(words[1]), let height = Int(words[2]),
            width > 0, height > 0, ["whole", "cut"].contains(words[3])
        else { return nil }
        var facts = MediaFacts(format: words[0], width: width, height: height, pdq: "", quality: 0)
        facts.isIncomplete = words[3] == "cut"
        return (facts, words[4])
    }

    private static let pictureFormats = ["jpeg", "png", "webp", "gif", "heif", "heic", "avif"]
    private static let videoFormats = ["mp4", "matroska"]

    /// - Parameter moves: a GIF or WebP may tell frames.
    private static func picture(
        _ first: ArraySlice<Substring>, _ lines: ArraySlice<Substring>, moves: Bool
    ) -> MediaFacts? {
        guard let (first, last) = facts(first, formats: pictureFormats),
            let method = MediaRequest.Method(rawValue: last), lines.count <= 100
        else { return nil }
        var facts = first
        facts.method = method
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            switch words.first {
            case "hash":
                guard words.count == 3, let quality = quality(words[1]), isHash(words[2]) else { return nil }
                (facts.pdq, facts.quality) = (words[2], quality)
            case "dihedrals":
                guard words.count == 8, words.dropFirst().allSatisfy(isHash) else { return nil }
                facts.dihedrals = Array(words.dropFirst())
            case "variant":
                guard words.count == 4, isName(words[1]), let quality = quality(words[2]), isHash(words[3]) else { return nil }
                facts.variants.append(MediaVariant(name: words[1], pdq: words[3], quality: quality))
            case "frame":
                guard moves, ["gif", "webp"].contains(facts.format), let frame = frame(words) else { return nil }
                facts.frames.append(frame)
            case "more": facts.hasMore = true
            default: return nil
            }
        }
        guard !facts.pdq.isEmpty || facts.dihedrals.isEmpty && facts.variants.isEmpty else { return nil }
        return facts
    }

    private static func video(_ first: ArraySlice<Substring>, _ lines: ArraySlice<Substring>, limit: Int) -> MediaFacts? {
        guard let (first, last) = facts(first, formats: videoFormats), let duration = seconds(last),
            lines.count <= limit
        else { return nil }
        var facts = first
        facts.duration = duration
        facts.method = .videoFrame
        facts.frames.reserveCapacity(lines.count)
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            guard words.first == "frame", let frame = frame(words) else { return nil }
            facts.frames.append(frame)
        }
        return facts
    }

    /// `frame NUMBER QUALITY HEX SECONDS`.
    private static func frame(_ words: [String]) -> FrameFingerprint? {
        guard words.count == 5, let frame = Int(words[1]), frame >= 0, let quality = quality(words[2]), isHash(words[3]),
            let seconds = seconds(words[4])
        else { return nil }
        return FrameFingerprint(frame: frame, pdq: words[3], quality: quality, seconds: seconds)
    }

    private static func quality(_ word: String) -> Int? { Int(word).flatMap { (0...100).contains($0) ? $0 : nil } }

    private static func seconds(_ word: String) -> Double? { Double(word).flatMap { (0...1e9).contains($0) ? $0 : nil } }

    private static func isName(_ word: String) -> Bool {
        word.utf8.count <= 32
            && word.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || $0 == UInt8(ascii: "-")
            }
    }

    private static func isHash(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }
}

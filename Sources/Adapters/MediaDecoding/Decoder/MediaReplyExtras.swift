// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals

/// The lines of an answer that are not hashes, and the parts they announce: preview, rasters, origin, times.
///
///     manifest none|trusted|untrusted|invalid|unverified|elsewhere [CODE …]
///     signer WORDS
///     claim WORDS
///     mark KIND PLACE VALUE
///     time STEP MICROSECONDS
///     preview LENGTH
///     raster WISH WIDTH HEIGHT CHANNELS LENGTH SECONDS|-
struct MediaReplyExtras {
    private static let firstWords: Set<Substring> = ["manifest", "signer", "claim", "mark", "time", "preview", "raster"]
    private static let steps: Set<String> = ["decode", "hash", "shrink", "marks", "c2pa"]
    private static let places: Set<String> = ["xmp", "exif", "png-text", "c2pa", "c2pa-ingredient"]
    private static let largestMarks = 32

    let request: MediaRequest
    /// What no line has taken yet.
    var parts: ArraySlice<UInt8>

    init(request: MediaRequest, parts: ArraySlice<UInt8>) {
        self.request = request
        self.parts = parts
    }

    static func isFirstWord(of line: Substring) -> Bool { firstWords.contains(line.prefix { $0 != " " }) }

    /// False when a line makes no sense, was not asked for, or the parts do not add up.
    mutating func read(_ lines: ArraySlice<Substring>, into facts: inout MediaFacts) -> Bool {
        var origin: ProvenanceFacts?
        for line in lines {
            let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            let isSensible: Bool
            switch words[0] {
            case "manifest":
                guard request.provenance, origin == nil else { return false }
                origin = Self.manifest(words.dropFirst())
                isSensible = origin != nil
            case "signer": isSensible = Self.signer(line.dropFirst(7), &origin)
            case "claim": isSensible = Self.claim(line.dropFirst(6), &origin)
            case "mark": isSensible = Self.mark(line, &origin)
            case "time": isSensible = Self.time(words, &facts)
            case "preview": isSensible = readPreview(words, &facts)
            case "raster": isSensible = readRaster(words, &facts)
            default: isSensible = false
            }
            guard isSensible else { return false }
        }
        facts.provenance = origin
        return parts.isEmpty
    }

    // MARK: - Origin

    private static func manifest(_ words: ArraySlice<String>) -> ProvenanceFacts? {
        guard let manifest = words.first.flatMap({ ProvenanceFacts.Manifest(rawValue: $0) }), words.count <= 17,
            words.dropFirst().allSatisfy(isCode)
        else { return nil }
        return ProvenanceFacts(manifest: manifest, codes: Array(words.dropFirst()))
    }

    /// Once, and only of a signature that holds.
    private static func signer(_ words: Substring, _ origin: inout ProvenanceFacts?) -> Bool {
        guard let manifest = origin?.manifest, manifest == .trusted || manifest == .untrusted, origin?.signer == nil,
            (1...64).contains(words.utf8.count), words.first != " ", words.last != " "
        else { return false }
        origin?.signer = String(words)
        return true
    }

    private static func claim(_ words: Substring, _ origin: inout ProvenanceFacts?) -> Bool {
        guard origin != nil, origin?.claimGenerator == nil, (1...64).contains(words.utf8.count) else { return false }
        origin?.claimGenerator = String(words)
        return true
    }

    private static func mark(_ line: Substring, _ origin: inout ProvenanceFacts?) -> Bool {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard let marks = origin?.marks.count, marks < largestMarks, words.count == 4,
            let kind = ProvenanceFacts.Mark.Kind(rawValue: words[1]), places.contains(words[2]),
            (1...64).contains(words[3].utf8.count)
        else { return false }
        origin?.marks.append(.init(kind: kind, value: words[3], place: words[2]))
        return true
    }

    private static func isCode(_ word: String) -> Bool {
        (1...64).contains(word.utf8.count)
            && word.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".")
            }
    }

    // MARK: - Times and parts

    private static func time(_ words: [String], _ facts: inout MediaFacts) -> Bool {
        guard words.count == 3, steps.contains(words[1]), facts.times[words[1]] == nil, let microseconds = Int(words[2]),
            (0...3_600_000_000).contains(microseconds)
        else { return false }
        facts.times[words[1]] = microseconds
        return true
    }

    /// The parts stand in the order of their lines, the preview first.
    private mutating func readPreview(_ words: [String], _ facts: inout MediaFacts) -> Bool {
        guard request.preview, facts.preview == nil, facts.rasters.isEmpty, words.count == 2, let length = Int(words[1]),
            (4...MediaWorkerReply.largestPreview).contains(length), let bytes = take(length),
            // A JPEG's first bytes; whoever shows it says so to the browser.
            bytes.prefix(2) == [0xff, 0xd8]
        else { return false }
        facts.preview = bytes
        return true
    }

    private mutating func readRaster(_ words: [String], _ facts: inout MediaFacts) -> Bool {
        guard words.count == 7, let wish = RasterWish(words[1]), request.rasters.contains(wish), let width = Int(words[2]),
            let height = Int(words[3]), let channels = Int(words[4]), let length = Int(words[5]),
            Self.fits(width, height, channels, wish), length == width * height * channels, let pixels = take(length)
        else { return false }
        var seconds: Double?
        if words[6] != "-" {
            guard let value = Double(words[6]), (0...1e9).contains(value) else { return false }
            seconds = value
        }
        guard request.video != nil || seconds == nil,
            facts.rasters.count(where: { $0.wish == wish }) < request.largestRasterFrames
        else { return false }
        facts.rasters.append(
            Raster(wish: wish, width: width, height: height, channels: channels, pixels: pixels, seconds: seconds))
        return true
    }

    private static func fits(_ width: Int, _ height: Int, _ channels: Int, _ wish: RasterWish) -> Bool {
        switch wish {
        case .stretch(let wide, let high): (width, height, channels) == (wide, high, 3)
        case .fit(let longest): (1...longest).contains(width) && (1...longest).contains(height) && channels == 3
        case .grey(let longest): (1...longest).contains(width) && (1...longest).contains(height) && channels == 1
        }
    }

    private mutating func take(_ length: Int) -> [UInt8]? {
        guard length <= parts.count else { return nil }
        defer { parts = parts.dropFirst(length) }
        return Array(parts.prefix(length))
    }
}

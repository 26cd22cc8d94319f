// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import PerceptualHashing

/// What the parent wishes, from the first line of a message: words `name=value`, each at most once, what is missing being as
/// here.
struct WorkerRequest {
    enum Method: String {
        case nearest512 = "nearest-512"
        case fullSize = "full-size"
        case videoFrame = "video-frame"
        case fast

        /// How the pixels are hashed once they are decoded.
        var pdq: PDQMethod {
            switch self {
            case .nearest512, .fast: .nearest512
            case .fullSize: .fullSize
            case .videoFrame: .videoFrame
            }
        }
    }

    enum Sampling {
        case everyFrame
        case seconds(Double)
        case keyFrames
    }

    /// `method=nearest-512|full-size|video-frame|fast`.
    var method = Method.nearest512
    /// `dihedrals=0|1`.
    var dihedrals = true
    /// `borders=0|1`.
    var borders = false
    /// `crops=0|1`.
    var crops = false
    /// `background=0…255`, or `-` for the colours under what is transparent.
    var background: Int32 = 255
    /// `video=all|key|SECONDS`, or `-`: a video is unsupported.
    var video: Sampling?
    /// `frames=1…1000000`.
    var frameLimit = 3_600

    /// `rasters=WISH,WISH`, at most four, or `-`.
    var rasters: [RasterWish] = []
    /// `rasterframes=1…16`.
    var rasterFrames = 8
    /// `preview=0|1`.
    var preview = false
    /// `provenance=0|1`.
    var provenance = false

    /// Longest line of wishes, with its end.
    static let longestLine = 1_024

    /// Whether the picture is wanted in any other size.
    var wishesPixels: Bool { preview || !rasters.isEmpty }

    /// Whether more than hashes is wanted; then the answer also tells where the time went.
    var wishesMore: Bool { wishesPixels || provenance }

    /// Nil when it makes no sense.
    init?(_ line: some Sequence<UInt8>) {
        for word in String(decoding: Array(line), as: UTF8.self).split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, read(parts[0], parts[1]) else { return nil }
        }
    }

    private mutating func read(_ name: String, _ value: String) -> Bool {
        switch name {
        case "method":
            guard let method = Method(rawValue: value) else { return false }
            self.method = method
        case "dihedrals": dihedrals = value == "1"
        case "borders": borders = value == "1"
        case "crops": crops = value == "1"
        case "background":
            guard let grey = value == "-" ? -1 : Int32(value), (-1...255).contains(grey) else { return false }
            background = grey
        case "video": return readSampling(value)
        case "frames":
            guard let limit = Int(value), (1...1_000_000).contains(limit) else { return false }
            frameLimit = limit
        case "rasters":
            guard value != "-" else { return true }
            let wishes = value.split(separator: ",", omittingEmptySubsequences: false)
            rasters = wishes.compactMap { RasterWish($0) }
            return rasters.count == wishes.count && rasters.count <= RasterWish.most
        case "rasterframes":
            guard let count = Int(value), (1...16).contains(count) else { return false }
            rasterFrames = count
        case "preview": preview = value == "1"
        case "provenance": provenance = value == "1"
        default: return false
        }
        return true
    }

    private mutating func readSampling(_ value: String) -> Bool {
        switch value {
        case "-": video = nil
        case "all": video = .everyFrame
        case "key": video = .keyFrames
        default:
            guard let seconds = Double(value), seconds > 0, seconds <= 86_400 else { return false }
            video = .seconds(seconds)
        }
        return true
    }
}

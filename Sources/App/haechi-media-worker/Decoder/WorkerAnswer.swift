// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import PerceptualHashing

/// The answer to one file, as lines of words.
///
///     picture FORMAT WIDTH HEIGHT whole|cut METHOD
///     hash QUALITY HEX                    unless it is too small for one
///     dihedrals HEX HEX HEX HEX HEX HEX HEX
///     variant NAME QUALITY HEX            any number of them
///     frame NUMBER QUALITY HEX SECONDS    of a GIF or WebP that moves, where video was asked for
///     more                                players may show pictures that were not looked at
///
///     video FORMAT WIDTH HEIGHT whole|cut DURATION
///     frame NUMBER QUALITY HEX SECONDS    one for each frame
///
/// and after either of them
///
///     manifest …, claim …, mark …         see ProvenanceExaminer
///     time STEP MICROSECONDS              where more than hashes was asked for
///     preview LENGTH
///     raster WISH WIDTH HEIGHT CHANNELS LENGTH SECONDS|-
///
/// with the preview's and the rasters' bytes as parts, in this order; or one line, `unsupported`, `nothing-to-see`, `undecodable` or
/// `too-large` with a reason in words of our own: what a decoder says about a hostile file stays here.
enum WorkerAnswer {
    struct Frame {
        var number: Int64
        var seconds: Double
        var hash: PDQHash
        var quality: Int
    }

    /// What stands beside the hashes.
    struct Extras {
        var provenance: [String] = []
        var times: [String] = []
        var preview: [UInt8]?
        var rasters: [WorkerRaster] = []
    }

    struct Picture {
        var format: PictureFormat
        var width: Int
        var height: Int
        var isCut: Bool
        var method: WorkerRequest.Method
        /// Nil when it is too small.
        var result: PDQResult?
        var showsDihedrals: Bool
        var variants: [PDQVariant] = []
        var frames: [Frame] = []
        var hasMore = false
        var extras = Extras()
    }

    struct Video {
        var format: VideoFormat
        var width: Int
        var height: Int
        var isCut: Bool
        var duration: Double
        var frames: [Frame]
        var extras = Extras()
    }

    case picture(Picture)
    case video(Video)
    case unsupported(String)
    /// A file that is whole and has no picture in it.
    case nothingToSee(String)
    case undecodable(String)
    case tooLarge(String)

    /// Asks for the lines only where there is an answer that they can stand in.
    mutating func addProvenance(_ lines: () -> [String]) {
        switch self {
        case .picture(var picture):
            picture.extras.provenance = lines()
            self = .picture(picture)
        case .video(var video):
            video.extras.provenance = lines()
            self = .video(video)
        default: break
        }
    }

    var lines: String {
        switch self {
        case .picture(let picture): (picture.lines + picture.extras.lines).joined(separator: "\n")
        case .video(let video): (video.lines + video.extras.lines).joined(separator: "\n")
        case .nothingToSee(let reason): "nothing-to-see \(reason)"
        case .unsupported(let reason): "unsupported \(reason)"
        case .undecodable(let reason): "undecodable \(reason)"
        case .tooLarge(let reason): "too-large \(reason)"
        }
    }

    var parts: [[UInt8]] {
        switch self {
        case .picture(let picture): picture.extras.parts
        case .video(let video): video.extras.parts
        default: []
        }
    }
}

extension WorkerAnswer.Extras {
    fileprivate var lines: [String] {
        provenance + times + (preview.map { ["preview \($0.count)"] } ?? []) + rasters.map(\.line)
    }

    fileprivate var parts: [[UInt8]] { (preview.map { [$0] } ?? []) + rasters.map(\.pixels) }
}

extension WorkerAnswer.Frame {
    fileprivate var line: String { "frame \(number) \(quality) \(hash.hex) \(seconds)" }
}

extension WorkerAnswer.Picture {
    fileprivate var lines: [String] {
        var lines = ["picture \(format.rawValue) \(width) \(height) \(isCut ? "cut" : "whole") \(method.rawValue)"]
        if let result {
            lines.append("hash \(result.quality) \(result.hash.hex)")
            if showsDihedrals { lines.append("dihedrals " + result.dihedrals.all.map(\.hex).joined(separator: " ")) }
        }
        lines += variants.map { "variant \($0.name) \($0.result.quality) \($0.result.hash.hex)" }
        return lines + frames.map(\.line) + (hasMore ? ["more"] : [])
    }
}

extension WorkerAnswer.Video {
    fileprivate var lines: [String] {
        ["video \(format.rawValue) \(width) \(height) \(isCut ? "cut" : "whole") \(duration)"] + frames.map(\.line)
    }
}

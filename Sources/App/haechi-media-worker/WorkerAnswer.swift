// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import PerceptualHashing

/// The answer to one file, as lines of words.
///
///     picture FORMAT WIDTH HEIGHT whole|cut METHOD
///     hash QUALITY HEX                    unless it is too small for one
///     dihedrals HEX HEX HEX HEX HEX HEX HEX
///     variant NAME QUALITY HEX            any number of them
///
///     video FORMAT WIDTH HEIGHT whole|cut DURATION
///     frame NUMBER QUALITY HEX SECONDS    one for each frame
///
/// or one line, `unsupported`, `undecodable` or `too-large` with a reason in words of our own: what a decoder says about a
/// hostile file stays here.
enum WorkerAnswer {
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
    }

    struct Video {
        struct Frame {
            var number: Int64
            var seconds: Double
            var hash: PDQHash
            var quality: Int
        }

        var format: VideoFormat
        var width: Int
        var height: Int
        var isCut: Bool
        var duration: Double
        var frames: [Frame]
    }

    case picture(Picture)
    case video(Video)
    case unsupported(String)
    case undecodable(String)
    case tooLarge(String)

    var message: String {
        switch self {
        case .picture(let picture): picture.message
        case .video(let video): video.message
        case .unsupported(let reason): "unsupported \(reason)"
        case .undecodable(let reason): "undecodable \(reason)"
        case .tooLarge(let reason): "too-large \(reason)"
        }
    }
}

extension WorkerAnswer.Picture {
    fileprivate var message: String {
        var lines = ["picture \(format.rawValue) \(width) \(height) \(isCut ? "cut" : "whole") \(method.rawValue)"]
        if let result {
            lines.append("hash \(result.quality) \(result.hash.hex)")
            if showsDihedrals { lines.append("dihedrals " + result.dihedrals.all.map(\.hex).joined(separator: " ")) }
        }
        lines += variants.map { "variant \($0.name) \($0.result.quality) \($0.result.hash.hex)" }
        return lines.joined(separator: "\n")
    }
}

extension WorkerAnswer.Video {
    fileprivate var message: String {
        let lines = frames.map { "frame \($0.number) \($0.quality) \($0.hash.hex) \($0.seconds)" }
        let first = "video \(format.rawValue) \(width) \(height) \(isCut ? "cut" : "whole") \(duration)"
        return ([first] + lines).joined(separator: "\n")
    }
}

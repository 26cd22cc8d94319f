// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals

extension MediaRequest {
    /// The wishes as the worker reads them, with the line end.
    var line: String {
        func flag(_ value: Bool) -> String { value ? "1" : "0" }
        let background =
            switch background {
            case .none: "-"
            case .grey(let level): "\(level)"
            }
        let video =
            switch video {
            case nil: "-"
            case .everyFrame: "all"
            case .keyFrames: "key"
            case .seconds(let seconds): "\(seconds)"
            }
        var words = [
            "method=\(method.rawValue)", "dihedrals=\(flag(dihedrals))", "borders=\(flag(borders))", "crops=\(flag(crops))",
            "background=\(background)", "video=\(video)", "frames=\(frameLimit)",
        ]
        if !rasters.isEmpty {
            words.append("rasters=" + rasters.map(\.text).joined(separator: ","))
            words.append("rasterframes=\(rasterFrames)")
        }
        if preview { words.append("preview=1") }
        if provenance { words.append("provenance=1") }
        return words.joined(separator: " ") + "\n"
    }

    /// The longest answer that makes sense, in bytes.
    var largestReply: Int { largestHeader + largestParts }

    /// Its lines.
    var largestHeader: Int {
        16_384 + (video == nil ? 0 : 160 * frameLimit) + 64 * rasters.count * largestRasterFrames
    }

    /// A preview and rasters.
    private var largestParts: Int {
        (preview ? MediaWorkerReply.largestPreview : 0)
            + rasters.reduce(0) { $0 + $1.largestSize * largestRasterFrames }
    }

    /// Of a moving picture there may be several.
    var largestRasterFrames: Int { video == nil ? 1 : max(1, rasterFrames) }

    /// What is asked for, and again after a worker was lost. What ends the library for manifests must not hide a picture from models, and
    /// neither that nor the making of other sizes may hide it from the banks.
    var attempts: [MediaRequest] {
        var (withoutOrigin, onlyHashes) = (self, self)
        withoutOrigin.provenance = false
        (onlyHashes.rasters, onlyHashes.preview, onlyHashes.provenance) = ([], false, false)
        return provenance && (preview || !rasters.isEmpty) ? [self, withoutOrigin, onlyHashes] : [self, onlyHashes]
    }
}

extension RasterWish {
    /// Bytes of the largest raster of this kind.
    var largestSize: Int {
        switch self {
        case .stretch(let width, let height): width * height * 3
        case .fit(let longest): longest * longest * 3
        case .grey(let longest): longest * longest
        }
    }
}

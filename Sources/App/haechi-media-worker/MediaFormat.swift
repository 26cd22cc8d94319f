// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CAV
import CVips

/// The formats that are decoded at all.
enum MediaFormat {
    case picture(PictureFormat)
    case video(VideoFormat)

    /// By the first bytes only; names and declared types are not trusted.
    init?(magicOf bytes: ArraySlice<UInt8>) {
        if let picture = PictureFormat(magicOf: bytes) {
            self = .picture(picture)
        } else if let video = VideoFormat(magicOf: bytes) {
            self = .video(video)
        } else {
            return nil
        }
    }
}

enum PictureFormat: String {
    case jpeg, png, webp, gif

    init?(magicOf bytes: ArraySlice<UInt8>) {
        if bytes.starts(with: [0xff, 0xd8, 0xff]) {
            self = .jpeg
        } else if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
            self = .png
        } else if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) {
            self = .gif
        } else if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) {
            self = .webp
        } else {
            return nil
        }
    }

    var loader: cvips_format {
        switch self {
        case .jpeg: CVIPS_JPEG
        case .png: CVIPS_PNG
        case .webp: CVIPS_WEBP
        case .gif: CVIPS_GIF
        }
    }
}

enum VideoFormat: String {
    case mp4, matroska

    init?(magicOf bytes: ArraySlice<UInt8>) {
        let kind = bytes.dropFirst(4)
        if bytes.starts(with: [0x1a, 0x45, 0xdf, 0xa3]) {
            self = .matroska
        } else if kind.starts(with: "ftyp".utf8) {
            // HEIC and AVIF pictures have the same container.
            let brand = kind.dropFirst(4)
            if ["heic", "heix", "mif1", "msf1", "avif", "avis", "hevc"].contains(where: { brand.starts(with: $0.utf8) }) {
                return nil
            }
            self = .mp4
        } else if ["moov", "mdat", "wide", "skip", "pnot"].contains(where: { kind.starts(with: $0.utf8) }) {
            self = .mp4
        } else {
            return nil
        }
    }

    var demuxer: cav_format {
        switch self {
        case .mp4: CAV_MP4
        case .matroska: CAV_MATROSKA
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CAV
import CVips

/// The formats that are decoded at all.
enum MediaFormat {
    case picture(PictureFormat)
    case video(VideoFormat)

    /// Bytes that are looked at.
    static let magicLength = 256

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
    case jpeg, png, webp, gif, heic, avif

    init?(magicOf bytes: ArraySlice<UInt8>) {
        if bytes.starts(with: [0xff, 0xd8, 0xff]) {
            self = .jpeg
        } else if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
            self = .png
        } else if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) {
            self = .gif
        } else if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) {
            self = .webp
        } else if let format = Self.heif(FileBrands(bytes)) {
            self = format
        } else {
            return nil
        }
    }

    /// Both kinds may call themselves `mif1` (or `msf1`, a sequence); which one it is then stands among the compatible brands. A file
    /// whose major brand is that of a video is one, whatever else it says: players play it.
    private static func heif(_ brands: FileBrands) -> PictureFormat? {
        guard brands.isMajor(FileBrands.decodedPictures) else { return nil }
        return brands.contains(["avif", "avis"]) ? .avif : .heic
    }

    var isHEIF: Bool { self == .heic || self == .avif }

    var loader: cvips_format {
        switch self {
        case .jpeg: CVIPS_JPEG
        case .png: CVIPS_PNG
        case .webp: CVIPS_WEBP
        case .gif: CVIPS_GIF
        case .heic, .avif: CVIPS_HEIF
        }
    }
}

enum VideoFormat: String {
    case mp4, matroska

    init?(magicOf bytes: ArraySlice<UInt8>) {
        let kind = bytes.dropFirst(4)
        if bytes.starts(with: [0x1a, 0x45, 0xdf, 0xa3]) {
            self = .matroska
        } else if ["ftyp", "moov", "mdat", "wide", "skip", "pnot"].contains(where: { kind.starts(with: $0.utf8) }) {
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

/// What a file in the ISO base format says it is: the major brand and the compatible ones.
struct FileBrands {
    /// Of HEIC and AVIF, and of sequences of them.
    static let decodedPictures = [
        "heic", "heix", "heim", "heis", "hevc", "hevx", "avif", "avis", "mif1", "msf1", "miaf",
    ]
    /// Of all that is known to be a picture.
    static let pictures = decodedPictures + ["avio", "avci", "avcs", "jpeg", "jpgs", "mif2", "jxl "]

    private var brands: [ArraySlice<UInt8>] = []

    /// - Parameter bytes: the beginning of a file; of a longer list only what is there is read.
    init(_ bytes: ArraySlice<UInt8>) {
        guard bytes.dropFirst(4).starts(with: "ftyp".utf8), bytes.count >= 12 else { return }
        let length = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let box = length < 12 ? bytes : bytes.prefix(length)
        // After the major brand comes a version.
        var rest = box.dropFirst(8)
        brands.append(rest.prefix(4))
        rest = rest.dropFirst(8)
        while rest.count >= 4 {
            brands.append(rest.prefix(4))
            rest = rest.dropFirst(4)
        }
    }

    func isMajor(_ names: [String]) -> Bool {
        guard let major = brands.first else { return false }
        return names.contains { major.elementsEqual($0.utf8) }
    }

    func contains(_ names: [String]) -> Bool {
        brands.contains { brand in names.contains { brand.elementsEqual($0.utf8) } }
    }
}

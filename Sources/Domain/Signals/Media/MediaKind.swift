// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What a file is by its first bytes, among what can be decoded; names and declared types are not trusted.
///
/// The decoder decides again for itself and shares no code with this, since it sits in a box of its own: a test holds both equal.
package enum MediaKind: Sendable, Hashable {
    /// JPEG, PNG, HEIC, AVIF, or a WebP that stands still.
    case picture
    /// A GIF, or a WebP that says it moves: a picture that may have further frames.
    case movingPicture
    /// MP4, QuickTime, Matroska or WebM.
    case video

    /// Bytes that are looked at.
    package static let bytesNeeded = 256

    /// Nil for everything else.
    package init?(beginningOf file: some Collection<UInt8>) {
        let bytes = Array(file.prefix(Self.bytesNeeded))
        if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) {
            self = .movingPicture
        } else if Self.isWebP(bytes) {
            self = Self.saysItMoves(bytes) ? .movingPicture : .picture
        } else if Self.isPicture(bytes) {
            self = .picture
        } else if Self.isVideo(bytes) {
            self = .video
        } else {
            return nil
        }
    }

    /// Whether there may be more to see than one picture.
    package var mayMove: Bool { self != .picture }

    private static func isWebP(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: "RIFF".utf8) && bytes.dropFirst(8).starts(with: "WEBP".utf8)
    }

    /// The first chunk of such a WebP has flags. What moves and does not say so is decoded as one picture, which the decoder notes.
    private static func saysItMoves(_ webp: [UInt8]) -> Bool {
        webp.dropFirst(12).starts(with: "VP8X".utf8) && webp.count > 20 && webp[20] & 2 != 0
    }

    private static func isPicture(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0xff, 0xd8, 0xff]) || bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
            || bytes.dropFirst(4).starts(with: "ftyp".utf8)
                && stillBrands.contains { bytes.dropFirst(8).prefix(4).elementsEqual($0.utf8) }
    }

    /// Asked after `isPicture`: what is left of the ISO files is a video. QuickTime may begin with any of these boxes.
    private static func isVideo(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0x1a, 0x45, 0xdf, 0xa3])
            || ["ftyp", "moov", "mdat", "wide", "skip", "pnot"].contains { bytes.dropFirst(4).starts(with: $0.utf8) }
    }

    /// Major brands of HEIC and AVIF, and of sequences of them. The compatible ones do not decide: players play a file whose major
    /// brand is that of a video, whatever else it says.
    private static let stillBrands = [
        "avif", "avis", "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "miaf",
    ]
}

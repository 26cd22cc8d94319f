// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What stands beside the pixels of a media file: marks of origin and traces of generators. Every reader has hard limits, never
/// recurses on what a file says, and never gives out prompts.
package enum MediaMarks {
    /// How the file is laid out. The raw value is its media type.
    package enum Container: String, Sendable, Hashable, CaseIterable {
        case jpeg = "image/jpeg"
        case png = "image/png"
        case webp = "image/webp"
        case gif = "image/gif"
        case heif = "image/heif"
        case avif = "image/avif"
        case mp4 = "video/mp4"
    }

    /// One thing that a file says of its origin.
    package struct Mark: Sendable, Hashable {
        package enum Kind: String, Sendable, Hashable {
            case digitalSourceType = "digital-source-type"
            case generator
        }

        package enum Place: String, Sendable, Hashable {
            case xmp, exif
            /// Text between the chunks, segments or blocks of a file, first of all a PNG's.
            case text = "png-text"
            /// What the last manifest in the store says, the one that is signed as a whole.
            case c2pa
            /// What the manifests of what the file was made from say: whoever signed last does not vouch for it.
            case ingredient = "c2pa-ingredient"
        }

        package var kind: Kind
        package var place: Place
        /// The last part of the IPTC term's address, or a generator's name as we know it: letters, digits and hyphens, at most 64.
        package var value: String

        package init(_ kind: Kind, _ place: Place, _ value: String) {
            self.kind = kind
            self.place = place
            self.value = value
        }
    }

    /// All that a file says, nothing of it verified.
    package struct Found: Sendable, Hashable {
        /// In the order of the file, each once, at most `Limits.marks`.
        package var marks: [Mark] = []
        /// The file holds a store of signed manifests (C2PA).
        package var hasManifest = false
        /// The file names an address where its manifest is said to lie.
        package var namesRemoteManifest = false

        package init() {}
    }

    /// Reads what stands beside the pixels. A file that is broken somewhere is read up to there.
    package static func read(_ file: ArraySlice<UInt8>, as container: Container) -> Found {
        var findings = Findings()
        switch container {
        case .png: readPNG(file, into: &findings)
        case .jpeg: readJPEG(file, into: &findings)
        case .webp: readWebP(file, into: &findings)
        case .gif: readGIF(file, into: &findings)
        case .heif, .avif, .mp4: readBoxes(file, into: &findings)
        }
        return findings.found
    }

    /// What is more than this in one file is not looked at.
    enum Limits {
        static let chunk = 1 << 20
        static let textChunks = 64
        /// XMP packets and EXIF blocks.
        static let packets = 8
        /// Chunks, segments, blocks, boxes, items; those of the pixels are passed over and not counted.
        static let parts = 4_096
        static let depth = 8
        /// Bytes of text, XMP and EXIF that are searched, of all parts together.
        static let searched = 8 << 20
        /// Bytes that come out of compressed parts, of all parts together.
        static let inflated = 4 << 20
        /// How many times larger than its compressed form a part may become.
        static let inflatedTimes = 100
        static let marks = 16
    }
}

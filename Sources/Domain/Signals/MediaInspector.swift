// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import PerceptualHashing

/// Port: looks into hostile bytes in a safe place and says what they are.
package protocol MediaInspector: Sendable {
    /// Decodes a picture in a sandbox and says what it is; throws when it can't be decoded.
    func inspect(_ bytes: [UInt8]) async throws(MediaError) -> MediaFacts

    /// The same with wishes: another method, variants, video.
    func inspect(_ bytes: [UInt8], _ request: MediaRequest) async throws(MediaError) -> MediaFacts
}

extension MediaInspector {
    /// An inspector that knows no wishes grants none.
    package func inspect(_ bytes: [UInt8], _ request: MediaRequest) async throws(MediaError) -> MediaFacts {
        try await inspect(bytes)
    }
}

/// What is wanted of a file.
package struct MediaRequest: Sendable, Hashable {
    /// How a picture becomes a hash. Hashes of one picture by two methods are a few bits apart.
    package enum Method: String, Sendable, Hashable, Codable, CaseIterable {
        /// As the published tool: a side above 512 pixels is first reduced to 512 x 512 by taking the nearest pixel.
        case nearest512 = "nearest-512"
        /// As the Python packages: every pixel goes through the filter.
        case fullSize = "full-size"
        /// As the published tool for videos: every pixel, with another rounding. Frames are always hashed so.
        case videoFrame = "video-frame"
        /// A JPEG is decoded at a fraction of its size, other formats as `nearest512`. For screening: such a hash is near the
        /// other two but equal to neither, so it is not put into banks nor given to others.
        case fast

        /// The published way that this is, nil for one of our own.
        package var published: PDQMethod? {
            switch self {
            case .nearest512: .nearest512
            case .fullSize: .fullSize
            case .videoFrame: .videoFrame
            case .fast: nil
            }
        }
    }

    /// Which frames of a video are hashed.
    package enum Sampling: Sendable, Hashable {
        case everyFrame
        /// One in this many seconds, above 0.
        case seconds(Double)
        /// The frames that stand alone in the file, found without decoding the others: fast. Where there are too few of them, one a
        /// second among all.
        case keyFrames
    }

    /// Where a picture is transparent, this shows.
    package enum Background: Sendable, Hashable {
        /// Whatever colour the file gives to transparent pixels, as the published tool does.
        case none
        /// A grey from 0 (black) to 255 (white).
        case grey(UInt8)
    }

    package var method = Method.nearest512
    /// The hashes of the picture turned and mirrored.
    package var dihedrals = true
    /// The hash of the picture without a border of one colour, when it has one.
    package var borders = false
    /// The hashes of parts of the picture, which find copies that were cropped.
    package var crops = false
    package var background = Background.grey(255)
    /// Nil: a video is unsupported.
    package var video: Sampling?
    /// At most so many frames of a video are hashed; of more key frames those are taken that lie spread over it.
    package var frameLimit = 3_600
    /// The picture in other sizes, from the same decode: what models look at. At most four.
    package var rasters: [RasterWish] = []
    /// Of a video, rasters of at most so many frames, spread over those that were hashed.
    package var rasterFrames = 8
    /// A small JPEG to show, without anything but its pixels.
    package var preview = false
    /// What the file says of its origin.
    package var provenance = false

    package init() {}
}

/// What one decode of a picture or video told.
package struct MediaFacts: Sendable, Hashable, Codable {
    /// `jpeg`, `png`, `webp`, `gif`, `mp4`, `matroska`.
    package var format: String
    /// Of the upright picture.
    package var width: Int
    package var height: Int
    /// PDQ hash as 64 hexadecimal digits; empty when the picture is too small to have one, and for a video.
    package var pdq: String
    /// PDQ quality, 0 to 100; below 50 a hash says little.
    package var quality: Int
    /// Hashes of the picture turned by 90, 180 and 270 degrees, mirrored at x, y and both diagonals; empty when not asked for
    /// or too small.
    package var dihedrals: [String]
    /// Hashes of the picture changed otherwise, as asked for.
    package var variants: [MediaVariant]
    /// What made the hashes.
    package var method: MediaRequest.Method
    /// The file ends early, or time or frames ran out: what is there was hashed.
    package var isIncomplete: Bool
    /// Whether players may show what was not looked at. (Of a picture that ends early, the rest is not shown to anybody.)
    package var mayShowMore: Bool { hasMore || isIncomplete && (duration != nil || format == "gif") }
    /// The picture moves, and not all that it shows could be looked at, or nothing but its first picture was.
    package var hasMore = false
    /// Of a video, or of a picture that moves, in order.
    package var frames: [FrameFingerprint]
    /// Of a video in seconds; nil for a picture, also for one that moves.
    package var duration: Double?
    /// Nil when it was not asked for.
    package var provenance: ProvenanceFacts?
    /// A JPEG of at most 96 KiB; nil when it was not asked for.
    package var preview: [UInt8]?
    /// In the order of the wishes; of a video frame by frame.
    package var rasters: [Raster] = []
    /// Microseconds by step: `decode`, `hash`, `shrink`, `marks`, `c2pa`.
    package var times: [String: Int] = [:]

    /// Rasters and previews are for the moment.
    private enum CodingKeys: String, CodingKey {
        case format, width, height, pdq, quality, dihedrals, variants, method, isIncomplete, frames, duration, provenance
    }

    package init(
        format: String, width: Int, height: Int, pdq: String, quality: Int, dihedrals: [String] = [],
        variants: [MediaVariant] = [], method: MediaRequest.Method = .nearest512, isIncomplete: Bool = false,
        frames: [FrameFingerprint] = [], duration: Double? = nil
    ) {
        self.format = format
        self.width = width
        self.height = height
        self.pdq = pdq
        self.quality = quality
        self.dihedrals = dihedrals
        self.variants = variants
        self.method = method
        self.isIncomplete = isIncomplete
        self.frames = frames
        self.duration = duration
    }
}

/// The hash of a part of a picture.
package struct MediaVariant: Sendable, Hashable, Codable {
    /// As `PDQVariant.name`: `trimmed` without its border, else the name of a crop, with `trimmed-` before it for a crop of that.
    package var name: String
    package var pdq: String
    package var quality: Int

    package init(name: String, pdq: String, quality: Int) {
        self.name = name
        self.pdq = pdq
        self.quality = quality
    }
}

/// The hash of one frame of a video, made from all its pixels.
package struct FrameFingerprint: Sendable, Hashable, Codable {
    /// Counted from 0.
    package var frame: Int
    package var pdq: String
    package var quality: Int
    /// The number divided by the average frame rate; 0 when the file does not tell the rate.
    package var seconds: Double

    package init(frame: Int, pdq: String, quality: Int, seconds: Double) {
        self.frame = frame
        self.pdq = pdq
        self.quality = quality
        self.seconds = seconds
    }
}

/// Why bytes have no facts; all but `unavailable` are final for the file.
package enum MediaError: Error, Sendable, Hashable {
    case unsupported(String)
    /// A film's container without a film: only sound.
    case nothingToSee(String)
    case undecodable(String)
    case tooLarge(String)
    /// The sandbox itself could not run; worth another try.
    case unavailable(String)

    package var message: String {
        switch self {
        case .unsupported(let why): "unsupported media: \(why)"
        case .nothingToSee(let why): "nothing to see: \(why)"
        case .undecodable(let why): "undecodable media: \(why)"
        case .tooLarge(let why): "media too large: \(why)"
        case .unavailable(let why): "media decoder unavailable: \(why)"
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A size in which a picture is wanted: `stretch:WxH`, `fit:LONGEST` in RGB, `grey:LONGEST` in luminance.
struct RasterWish: Hashable {
    enum Kind: String {
        case stretch, fit, grey
    }

    static let most = 4
    static let sides = 8...1_600

    var kind: Kind
    /// Of `fit` and `grey`, both are the longest side.
    var width: Int
    var height: Int

    init(kind: Kind, width: Int, height: Int) {
        self.kind = kind
        self.width = width
        self.height = height
    }

    /// Nil when it makes no sense.
    init?(_ text: Substring) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])) else { return nil }
        let sides = parts[1].split(separator: "x", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard sides.count == (kind == .stretch ? 2 : 1), sides.allSatisfy(Self.sides.contains) else { return nil }
        self.init(kind: kind, width: sides[0], height: sides[sides.count - 1])
    }

    var text: String { kind == .stretch ? "stretch:\(width)x\(height)" : "\(kind.rawValue):\(width)" }

    var channels: Int { kind == .grey ? 1 : 3 }

    /// What a picture of that size becomes; only `stretch` enlarges.
    func size(ofWidth pictureWidth: Int, height pictureHeight: Int) -> (width: Int, height: Int) {
        let longest = max(pictureWidth, pictureHeight)
        if kind == .stretch { return (width, height) }
        guard longest > width else { return (pictureWidth, pictureHeight) }
        func side(_ length: Int) -> Int { max(1, (2 * length * width + longest) / (2 * longest)) }
        return (side(pictureWidth), side(pictureHeight))
    }
}

/// A picture or frame in a size that was wished for.
struct WorkerRaster {
    var wish: RasterWish
    var width: Int
    var height: Int
    var channels: Int
    /// Rows without gaps.
    var pixels: [UInt8]
    /// Nil for a picture that stands still.
    var seconds: Double?

    /// `raster WISH WIDTH HEIGHT CHANNELS LENGTH SECONDS|-`.
    var line: String {
        "raster \(wish.text) \(width) \(height) \(channels) \(pixels.count) \(seconds.map { "\($0)" } ?? "-")"
    }
}

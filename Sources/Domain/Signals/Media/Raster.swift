// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The pixels of a picture or frame in one size: what models look at. Made by ourselves from the one decode, so nothing in it is
/// hostile but what it shows.
package struct Raster: Sendable, Hashable, Codable {
    package var wish: RasterWish
    package var width: Int
    package var height: Int
    /// 1 (luminance) or 3 (sRGB).
    package var channels: Int
    /// Rows from the top without gaps, `width * height * channels` bytes.
    package var pixels: [UInt8]
    /// Seconds into a video; nil for a picture.
    package var seconds: Double?

    package init(wish: RasterWish, width: Int, height: Int, channels: Int, pixels: [UInt8], seconds: Double? = nil) {
        self.wish = wish
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
        self.seconds = seconds
    }

    /// Larger sides are not made.
    package static let largestSide = 1_600
}

/// A size in which a picture is wanted.
package enum RasterWish: Sendable, Hashable, Codable {
    /// Exactly so wide and high, whatever its proportions; made with the triangle filter from every pixel (or from a JPEG that was
    /// decoded at a fraction that leaves both sides at 1,024 pixels).
    case stretch(width: Int, height: Int)
    /// In its proportions, the longer side so long, never made larger; sRGB.
    case fit(longest: Int)
    /// As `fit`, in luminance.
    case grey(longest: Int)

    /// `stretch:256x256`, `fit:512`, `grey:1600`.
    package var text: String {
        switch self {
        case .stretch(let width, let height): "stretch:\(width)x\(height)"
        case .fit(let longest): "fit:\(longest)"
        case .grey(let longest): "grey:\(longest)"
        }
    }

    /// Nil for anything but `text` of sides from 8 to `Raster.largestSide`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let sides = parts[1].split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard sides.allSatisfy({ (8...Raster.largestSide).contains($0) }) else { return nil }
        switch (parts[0], sides.count) {
        case ("stretch", 2): self = .stretch(width: sides[0], height: sides[1])
        case ("fit", 1): self = .fit(longest: sides[0])
        case ("grey", 1): self = .grey(longest: sides[0])
        default: return nil
        }
    }
}

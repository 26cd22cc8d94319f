// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Pixels in memory, 8 bits a channel: what a recipe works on.
package struct ModelPicture: Hashable, Sendable {
    package let width: Int
    package let height: Int
    /// 1 (luminance) or 3 (red, green, blue).
    package let channels: Int
    /// Rows from the top without gaps.
    package let pixels: [UInt8]

    /// Nil when the bytes are not `width * height * channels`, or a side is not from 1 to 4,096.
    package init?(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        guard Self.sides.contains(width), Self.sides.contains(height), channels == 1 || channels == 3,
            pixels.count == width * height * channels
        else { return nil }
        self.init(unchecked: pixels, width: width, height: height, channels: channels)
    }

    /// For pixels that were made here.
    init(unchecked pixels: [UInt8], width: Int, height: Int, channels: Int) {
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }

    static let sides = 1...4_096

    /// The same with so many channels: grey three times, or the luminance of ITU-R 601.
    func with(channels wanted: Int) -> ModelPicture {
        guard wanted != channels else { return self }
        let source = pixels
        let count = width * height
        let converted = [UInt8](unsafeUninitializedCapacity: count * wanted) { target, filled in
            for pixel in 0..<count {
                if wanted == 3 {
                    for channel in 0..<3 { target[3 * pixel + channel] = source[pixel] }
                } else {
                    let (red, green, blue) = (Int(source[3 * pixel]), Int(source[3 * pixel + 1]), Int(source[3 * pixel + 2]))
                    target[pixel] = UInt8((299 * red + 587 * green + 114 * blue + 500) / 1_000)
                }
            }
            filled = count * wanted
        }
        return ModelPicture(unchecked: converted, width: width, height: height, channels: wanted)
    }
}

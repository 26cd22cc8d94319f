// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import ModelInputs

@Suite("Pictures for models")
struct PictureTests {
    /// The triangle filter as it is written down: over both axes at once, in floating point.
    private func plain(_ picture: ModelPicture, _ width: Int, _ height: Int, _ x: Int, _ y: Int, _ channel: Int) -> Double {
        func weights(_ place: Int, _ from: Int, _ to: Int) -> [(Int, Double)] {
            let scale = Double(from) / Double(to)
            let center = (Double(place) + 0.5) * scale
            let all = (0..<from).map { ($0, max(0, 1 - abs(Double($0) + 0.5 - center) / max(1, scale))) }
            let sum = all.reduce(0) { $0 + $1.1 }
            return all.filter { $0.1 > 0 }.map { ($0.0, $0.1 / sum) }
        }
        return weights(y, picture.height, height).reduce(0) { sum, row in
            sum
                + weights(x, picture.width, width).reduce(0) { line, column in
                    line + column.1 * row.1 * Double(picture.value(column.0, row.0, channel))
                }
        }
    }

    @Test("is resized as the triangle filter is defined, to within its two roundings", arguments: 1...12)
    func resize(seed: UInt64) throws {
        var numbers = Numbers(seed)
        let channels = Bool.random(using: &numbers) ? 3 : 1
        let size = (0..<4).map { _ in Int.random(in: 1...40, using: &numbers) }
        let picture = try ModelPicture.random(size[0], size[1], channels: channels, &numbers)
        let resized = picture.resized(width: size[2], height: size[3])
        #expect(resized.width == size[2] && resized.height == size[3] && resized.channels == channels)
        for _ in 0..<40 {
            let (x, y) = (Int.random(in: 0..<size[2], using: &numbers), Int.random(in: 0..<size[3], using: &numbers))
            let channel = Int.random(in: 0..<channels, using: &numbers)
            let difference = plain(picture, size[2], size[3], x, y, channel) - Double(resized.value(x, y, channel))
            #expect(abs(difference) <= 1.01, "seed \(seed): \(size), \(x), \(y)")
        }
    }

    /// Made with Pillow 13.0.0: `numpy.asarray(Image.fromarray(pixels).resize(size, Image.BILINEAR)).ravel()` of the same pixels.
    @Test("is resized as Pillow does, bit by bit", arguments: pillow)
    func likePillow(_ expected: PillowSample) throws {
        let (width, height) = expected.from
        let pixels = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 7 &+ $0 / 5) }
        let picture = try #require(ModelPicture(width: width, height: height, channels: 3, pixels: pixels))
        #expect(picture.resized(width: expected.to.0, height: expected.to.1).pixels == expected.pixels)
    }

    @Test("a size that it has already changes nothing, and one colour stays one colour")
    func sameSize() throws {
        var numbers = Numbers(3)
        let picture = try ModelPicture.random(31, 17, channels: 3, &numbers)
        #expect(picture.resized(width: 31, height: 17) == picture)
        for grey in [0, 1, 127, 254, 255] as [UInt8] {
            let flat = try #require(
                ModelPicture(width: 61, height: 47, channels: 1, pixels: [UInt8](repeating: grey, count: 61 * 47)))
            #expect(flat.resized(width: 13, height: 90).pixels.allSatisfy { $0 == grey })
        }
    }

    @Test("needs as many bytes as its size says, and a size of 1 to 4,096")
    func shapes() {
        #expect(ModelPicture(width: 2, height: 2, channels: 3, pixels: [UInt8](repeating: 0, count: 11)) == nil)
        #expect(ModelPicture(width: 2, height: 2, channels: 2, pixels: [UInt8](repeating: 0, count: 8)) == nil)
        #expect(ModelPicture(width: 0, height: 2, channels: 1, pixels: []) == nil)
        #expect(ModelPicture(width: -1, height: -1, channels: 1, pixels: [0]) == nil)
        #expect(ModelPicture(width: .max, height: .max, channels: 3, pixels: []) == nil)
        #expect(ModelPicture(width: 4_097, height: 1, channels: 1, pixels: [UInt8](repeating: 0, count: 4_097)) == nil)
    }

    @Test("a part is what lies there, and there is none outside")
    func parts() throws {
        var numbers = Numbers(4)
        let picture = try ModelPicture.random(9, 7, channels: 3, &numbers)
        let part = try #require(picture.part(x: 2, y: 3, width: 5, height: 4))
        for (x, y) in [(0, 0), (4, 3), (2, 1)] {
            for channel in 0..<3 { #expect(part.value(x, y, channel) == picture.value(x + 2, y + 3, channel)) }
        }
        #expect(picture.part(x: 5, y: 0, width: 5, height: 1) == nil)
        #expect(picture.part(x: -1, y: 0, width: 5, height: 1) == nil)
        #expect(picture.part(x: 1, y: 1, width: .max, height: 1) == nil)
    }

    @Test("grey becomes three times itself, colours become their luminance")
    func channels() throws {
        let grey = try #require(ModelPicture(width: 2, height: 1, channels: 1, pixels: [7, 200]))
        #expect(grey.with(channels: 3).pixels == [7, 7, 7, 200, 200, 200])
        let colours = try #require(ModelPicture(width: 3, height: 1, channels: 3, pixels: [255, 0, 0, 0, 255, 0, 9, 9, 9]))
        #expect(colours.with(channels: 1).pixels == [76, 150, 9])
    }
}

struct PillowSample: Sendable, CustomTestStringConvertible {
    var from: (Int, Int)
    var to: (Int, Int)
    var pixels: [UInt8]

    var testDescription: String { "\(from) to \(to)" }
}

private let pillow = [
    PillowSample(
        from: (13, 9), to: (5, 4),
        pixels: [
            91, 149, 153, 97, 173, 146, 138, 116, 146, 127, 96, 108, 164, 145, 119, 131, 146, 106, 104, 120, 108, 138, 136,
            89, 126, 107, 138, 129, 120, 118, 113, 123, 142, 144, 93, 150, 157, 114, 104, 152, 154, 142, 135, 117, 144, 103,
            97, 103, 138, 106, 157, 136, 101, 161, 115, 113, 140, 147, 129, 154,
        ]),
    PillowSample(
        from: (7, 5), to: (3, 8),
        pixels: [
            81, 69, 127, 146, 144, 125, 149, 116, 208, 108, 65, 115, 166, 127, 92, 150, 134, 194, 139, 68, 104, 184, 112, 58,
            153, 155, 170, 94, 149, 140, 118, 173, 133, 174, 130, 112, 75, 160, 157, 108, 192, 166, 169, 148, 75, 82, 100,
            155, 155, 168, 157, 139, 211, 58, 55, 139, 139, 126, 153, 165, 95, 146, 89, 34, 174, 127, 99, 143, 172, 63, 91,
            114,
        ]),
    PillowSample(
        from: (40, 3), to: (4, 3),
        pixels: [
            139, 108, 134, 126, 150, 143, 115, 160, 124, 98, 136, 116, 132, 109, 80, 153, 102, 140, 138, 147, 143, 133, 141,
            103, 143, 77, 144, 118, 113, 145, 129, 120, 153, 137, 114, 142,
        ]),
    PillowSample(
        from: (3, 3), to: (7, 2),
        pixels: [
            21, 76, 48, 37, 84, 62, 83, 107, 103, 130, 130, 145, 149, 98, 172, 168, 67, 199, 174, 56, 208, 160, 213, 183,
            152, 197, 173, 127, 148, 142, 103, 100, 112, 118, 65, 136, 133, 31, 160, 138, 19, 168,
        ]),
]

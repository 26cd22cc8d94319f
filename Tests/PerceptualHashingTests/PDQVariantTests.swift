// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import PerceptualHashing
import Testing

/// Bright discs with soft edges: a picture that is smooth, as photographs are.
private struct Discs {
    var (width, height) = (400, 300)
    var pixels: [UInt8]

    init(seed: UInt64 = 7) {
        var random = SeededGenerator(seed: seed)
        let discs = (0..<14).map { _ in
            (
                Int.random(in: 0..<400, using: &random), Int.random(in: 0..<300, using: &random),
                Int.random(in: 4...40, using: &random)
            )
        }
        pixels = (0..<300).flatMap { y in
            (0..<400).map { x -> UInt8 in
                let light = discs.map { max(0, 120 - ((x - $0.0) * (x - $0.0) + (y - $0.1) * (y - $0.1)) / $0.2) }.reduce(20, +)
                return UInt8(min(235, light))
            }
        }
    }

    mutating func surround(left: Int, right: Int, top: Int, bottom: Int, with level: UInt8, noise: Int = 0) {
        var random = SeededGenerator(seed: 1)
        let (outerWidth, outerHeight) = (width + left + right, height + top + bottom)
        var outer = (0..<outerWidth * outerHeight).map { _ in
            UInt8(clamping: Int(level) + (noise > 0 ? Int.random(in: -noise...noise, using: &random) : 0))
        }
        for y in 0..<height {
            for x in 0..<width { outer[(y + top) * outerWidth + x + left] = pixels[y * width + x] }
        }
        (pixels, width, height) = (outer, outerWidth, outerHeight)
    }

    func cropped(to part: PDQRectangle) -> [UInt8] {
        (part.y..<part.y + part.height).flatMap { y in pixels[(y * width + part.x)...].prefix(part.width) }
    }
}

@Suite("Borders")
struct BorderFinderTests {
    @Test(
        "of one colour are found, whatever the colour and the side",
        arguments: [
            (0, 0, 40, 40), (50, 50, 0, 0), (30, 30, 30, 30), (0, 0, 0, 60), (25, 0, 0, 0), (10, 60, 30, 5),
        ], [(0, 0), (255, 0), (128, 3)])
    func found(sides: (Int, Int, Int, Int), colour: (Int, Int)) throws {
        var picture = Discs()
        let (left, right, top, bottom) = sides
        picture.surround(left: left, right: right, top: top, bottom: bottom, with: UInt8(colour.0), noise: colour.1)
        let inner = try BorderFinder().innerRectangle(of: picture.pixels, width: picture.width, height: picture.height)
        #expect(inner == PDQRectangle(x: left, y: top, width: 400, height: 300))
    }

    @Test("are found, one inside the other")
    func nested() throws {
        var picture = Discs()
        picture.surround(left: 0, right: 0, top: 30, bottom: 30, with: 0)
        picture.surround(left: 40, right: 40, top: 0, bottom: 0, with: 255)
        let inner = try BorderFinder().innerRectangle(of: picture.pixels, width: picture.width, height: picture.height)
        #expect(inner == PDQRectangle(x: 40, y: 30, width: 400, height: 300))
    }

    @Test("are not seen where there are none: a picture without, one of one colour, a dot on white, a hair line")
    func none() throws {
        let finder = BorderFinder()
        var picture = Discs()
        #expect(try finder.innerRectangle(of: picture.pixels, width: 400, height: 300) == nil)
        #expect(try finder.innerRectangle(of: [UInt8](repeating: 90, count: 5000), width: 100, height: 50) == nil)
        picture.surround(left: 2, right: 2, top: 2, bottom: 2, with: 255)
        #expect(try finder.innerRectangle(of: picture.pixels, width: picture.width, height: picture.height) == nil)
        var dot = [UInt8](repeating: 255, count: 200 * 200)
        for y in 90..<110 {
            for x in 90..<110 { dot[y * 200 + x] = 0 }
        }
        #expect(try finder.innerRectangle(of: dot, width: 200, height: 200) == nil)
        #expect(throws: PDQHashError.invalidRaster) { try finder.innerRectangle(of: dot, width: 201, height: 200) }
    }
}

@Suite("Variants of a picture")
struct PDQVariantTests {
    @Test("find the picture in a letterbox, whose whole hash does not")
    func letterbox() throws {
        let workspace = PDQWorkspace()
        var picture = Discs()
        let original = try workspace.hash(picture.pixels, width: 400, height: 300, layout: .luminance)
        picture.surround(left: 0, right: 0, top: 50, bottom: 50, with: 0)
        let boxed = try workspace.hash(picture.pixels, width: 400, height: 400, layout: .luminance)
        #expect(original.quality >= 50 && boxed.hash.distance(to: original.hash) > 31)
        let variants = try workspace.variants(of: picture.pixels, width: 400, height: 400, crops: [])
        #expect(variants.map(\.name) == ["trimmed"])
        #expect(variants.first?.result.hash == original.hash)
    }

    @Test("find a copy that lost some of each side, of one side or of a corner", arguments: PDQCrop.standard)
    func crops(crop: PDQCrop) throws {
        let workspace = PDQWorkspace()
        let picture = Discs()
        let part = crop.rectangle(in: PDQRectangle(x: 0, y: 0, width: 400, height: 300))
        let copy = try workspace.hash(
            picture.cropped(to: part), width: part.width, height: part.height, layout: .luminance)
        let variants = try workspace.variants(of: picture.pixels, width: 400, height: 300)
        #expect(variants.count == PDQCrop.standard.count)
        #expect(variants.first { $0.name == crop.name }?.result == copy)
        #expect(PDQCrop.standard.count == 24 && Set(PDQCrop.standard).count == 24 && PDQCrop.few.count == 11)
        // One per cent less or more is near enough.
        let other = PDQRectangle(x: part.x + 1, y: part.y + 1, width: part.width - 3, height: part.height - 2)
        let shifted = try workspace.hash(
            picture.cropped(to: other), width: other.width, height: other.height, layout: .luminance)
        #expect(variants.map { $0.result.hash.distance(to: shifted.hash) }.min() ?? 256 <= 31)
    }
}

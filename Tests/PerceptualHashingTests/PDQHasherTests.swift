// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import PerceptualHashing
import Testing

/// A picture that anyone can compute, with the hash an independent implementation of the published steps gives it.
struct Pattern: Sendable, CustomTestStringConvertible {
    var width: Int
    var height: Int
    var layout: PDQHasher.Layout
    var hash: String
    var quality: Int

    init(_ width: Int, _ height: Int, _ layout: PDQHasher.Layout, _ hash: String, _ quality: Int) {
        (self.width, self.height, self.layout, self.hash, self.quality) = (width, height, layout, hash, quality)
    }

    var testDescription: String { "\(width) x \(height), \(layout)" }

    var pixels: [UInt8] {
        (0..<height).flatMap { y in
            (0..<width).flatMap { x in
                let red = UInt8(truncatingIfNeeded: (x * x + y * y) / 97)
                let green = UInt8(truncatingIfNeeded: x * 3 + y * 5)
                let blue = UInt8(truncatingIfNeeded: x * y / 31)
                return layout == .rgb ? [red, green, blue] : [red]
            }
        }
    }
}

private let patterns = [
    Pattern(200, 150, .rgb, "9f3c1b5ab6540b55be005cba91ae6cda599ab45a6ef04825da8f94e19497b4ac", 100),
    Pattern(64, 64, .rgb, "01ffab01aa55aad5ff80003f5568554a555afff00007abfd0aa9aaabfffe0005", 100),
    Pattern(64, 64, .luminance, "16841004014fd600097f914991492fff81092f7f096f094b2fffe96b297f2fff", 0),
    Pattern(513, 40, .rgb, "bf2a6daaa9598a9734b9c9aa934a6ed598ad2f6dd88a2d12da252d89da2270aa", 100),
    Pattern(5, 5, .rgb, "64d993a46b5a6cd993a4c1e0cb7296b57e1f8b62348dc6f19b26748dc1f09926", 2),
    Pattern(700, 900, .luminance, "83ffc3ff07ff83f41ff007f01fc01fd07f801fd07e003f40fe003f00fe003f00", 100),
    Pattern(512, 512, .rgb, "381f61ffe3f8c7c08f00060f3c1f347f707f61fc61f0e5f0e7c0c7c0c780c780", 100),
]

@Suite("Hashing a picture")
struct PDQHasherTests {
    @Test("gives the published hash and quality, bit for bit", arguments: patterns)
    func known(pattern: Pattern) throws {
        let result = try PDQHasher.hash(
            pattern.pixels, width: pattern.width, height: pattern.height, layout: pattern.layout)
        #expect(result.hash.hex == pattern.hash)
        #expect(result.quality == pattern.quality)
    }

    @Test("the turns of a hash are near the hashes of the turns", arguments: patterns.filter { $0.quality == 100 })
    func turns(pattern: Pattern) throws {
        let result = try PDQHasher.hash(
            pattern.pixels, width: pattern.width, height: pattern.height, layout: pattern.layout)
        for (near, exact) in zip(result.hash.approximateDihedrals.all, result.dihedrals.all) {
            // Other pictures are 128 bits apart.
            #expect(near.distance(to: exact) <= 32)
        }
        let turned = result.hash.approximateDihedrals
        #expect(turned.rotate90.approximateDihedrals.rotate270 == result.hash)
        #expect(turned.flipX.approximateDihedrals.flipY == turned.rotate180)
        #expect(turned.flipMinus1.approximateDihedrals.flipMinus1 == result.hash)
    }

    @Test("does not look at the bytes between rows")
    func stride() throws {
        let pattern = patterns[0]
        let (pixels, row) = (pattern.pixels, pattern.width * 3)
        let padded = (0..<pattern.height).flatMap { y in
            Array(pixels[y * row..<(y + 1) * row]) + [UInt8](repeating: UInt8(truncatingIfNeeded: y), count: 13)
        }
        let result = try PDQHasher.hash(
            padded, width: pattern.width, height: pattern.height, bytesPerRow: row + 13, layout: .rgb)
        #expect(result.hash.hex == pattern.hash)
    }

    @Test("treats a grey picture the same as one channel and as three")
    func grey() throws {
        let one = Pattern(100, 80, .luminance, "", 0)
        let three = one.pixels.flatMap { [$0, $0, $0] }
        #expect(
            try PDQHasher.hash(one.pixels, width: 100, height: 80, layout: .luminance)
                == PDQHasher.hash(three, width: 100, height: 80, layout: .rgb))
    }

    @Test("gives pictures below 5 pixels the zero hash and quality 0", arguments: [(4, 64), (64, 4), (1, 1)])
    func small(width: Int, height: Int) throws {
        let pixels = [UInt8](repeating: 200, count: width * height)
        let result = try PDQHasher.hash(pixels, width: width, height: height, layout: .luminance)
        #expect(result.hash == .zero && result.quality == 0 && result.dihedrals.all.allSatisfy { $0 == .zero })
        #expect(try PDQHasher(width: width, height: height, layout: .luminance).isTooSmall)
    }

    @Test("refuses a raster with too few bytes")
    func tooFew() {
        let pixels = [UInt8](repeating: 0, count: 299)
        #expect(throws: PDQHashError.invalidRaster) { try PDQHasher.hash(pixels, width: 10, height: 10, layout: .rgb) }
        #expect(throws: PDQHashError.invalidRaster) { try PDQHasher.hash(pixels, width: 0, height: 10, layout: .rgb) }
        #expect(throws: PDQHashError.invalidRaster) {
            try PDQHasher.hash(pixels, width: 10, height: 3, bytesPerRow: .max, layout: .rgb)
        }
    }

    @Test("finds the turned picture among the dihedrals")
    func turned() throws {
        // Bright discs with soft edges: a picture that is smooth, as photographs are.
        let discs = [(50, 40, 3), (140, 100, 5), (170, 30, 2), (30, 120, 4), (95, 70, 1)]
        let pixels = (0..<150).flatMap { y in
            (0..<200).map { x -> UInt8 in
                let light = discs.map { max(0, 180 - ((x - $0.0) * (x - $0.0) + (y - $0.1) * (y - $0.1)) / $0.2) }.reduce(0, +)
                return UInt8(min(255, light))
            }
        }
        let original = try PDQHasher.hash(pixels, width: 200, height: 150, layout: .luminance)
        let turned = try PDQHasher.hash(pixels.reversed(), width: 200, height: 150, layout: .luminance)
        #expect(turned.hash.distance(to: original.hash) > 60)
        #expect(turned.hash.distance(to: original.dihedrals.rotate180) <= 31)
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CRaster
import Foundation
import HostileMedia
import Testing

/// `HAECHI_TEST_SEED` repeats a run.
@Suite("What makes other sizes")
struct ShrinkerTests {
    private static func random(_ what: String) -> ReplayableRandom {
        let seed = ProcessInfo.processInfo.environment["HAECHI_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...(.max))
        print("\(what): seed \(seed)")
        return ReplayableRandom(seed: seed)
    }

    @Test("weighs every pixel of any size into any other")
    func sizes() throws {
        var random = Self.random("sizes")
        for round in 0..<500 {
            // A third of them are so small that the edges are all there is.
            let most = round % 3 == 0 ? 9 : 40
            let (width, height) = (Int.random(in: 1...most, using: &random), Int.random(in: 1...most, using: &random))
            let (toWidth, toHeight) = (Int.random(in: 1...45, using: &random), Int.random(in: 1...45, using: &random))
            let channels = Bool.random(using: &random) ? 3 : 1
            let pixels = (0..<width * height * channels).map { _ in UInt8.random(in: 0...255, using: &random) }
            let shrinker = try #require(
                craster_new(Int32(width), Int32(height), Int32(channels), Int32(toWidth), Int32(toHeight)))
            defer { craster_free(shrinker) }
            for row in 0..<height + 2 {
                // Rows beyond the last change nothing.
                let start = min(row, height - 1) * width * channels
                craster_add_row(shrinker, Array(pixels[start..<start + width * channels]))
            }
            let made = Array(UnsafeBufferPointer(start: craster_pixels(shrinker), count: toWidth * toHeight * channels))
            let expected = Triangle(width: width, height: height, channels: channels) { x, y in
                (0..<channels).map { Double(pixels[(y * width + x) * channels + $0]) }
            }
            #expect(
                expected.resized(toWidth, toHeight).largestDifference(from: made) <= 1,
                "\(width) x \(height) x \(channels) to \(toWidth) x \(toHeight)")
        }
    }

    @Test("rounds luminance as the published tools do, in rows of any length")
    func luminance() {
        var random = Self.random("luminance")
        for width in 1..<70 {
            let row = (0..<3 * width).map { _ in UInt8.random(in: 0...255, using: &random) }
            var made = [UInt8](repeating: 0, count: width)
            craster_pdq_luminance(row, Int32(width), &made)
            let expected = (0..<width).map { x -> UInt8 in
                let colour = row[3 * x..<3 * x + 3].map { Int($0) }
                let sum: Int = 299 * colour[0] + 587 * colour[1] + 114 * colour[2]
                return UInt8((sum + 500) / 1_000)
            }
            #expect(made == expected, "width \(width)")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import HostileMedia
import MediaDecoding
import PerceptualHashing
import Signals
import Testing

@Suite("A picture in another size")
struct RasterTests {
    private static func wish(_ text: String) throws -> RasterWish { try #require(RasterWish(text)) }

    private func request(_ wishes: String..., method: MediaRequest.Method = .nearest512) throws -> MediaRequest {
        var request = MediaRequest()
        request.method = method
        request.rasters = try wishes.map { try Self.wish($0) }
        return request
    }

    @Test(
        "is what the triangle filter makes of every pixel",
        arguments: [
            (123, 77, "stretch:32x32", 32, 32), (200, 150, "stretch:256x256", 256, 256), (700, 90, "stretch:40x100", 40, 100),
            (301, 200, "fit:64", 64, 43), (90, 260, "fit:100", 35, 100), (60, 40, "fit:512", 60, 40), (7, 5, "stretch:8x8", 8, 8),
            (320, 240, "fit:256", 256, 192), (1, 1, "stretch:8x8", 8, 8), (1_000, 3, "fit:100", 100, 1),
        ])
    func triangle(_ width: Int, _ height: Int, _ wish: String, _ toWidth: Int, _ toHeight: Int) async throws {
        let expected = Triangle(width: width, height: height, channels: 3) { x, y in Pictures.rgb(x, y).map { Double($0) } }
            .resized(toWidth, toHeight)
        try await withPool { pool in
            let facts = try await pool.inspect(Pictures.png(width: width, height: height), request(wish))
            let raster = try #require(facts.rasters.first)
            #expect(facts.rasters.count == 1 && raster.seconds == nil && raster.wish.text == wish)
            #expect((raster.width, raster.height, raster.channels) == (toWidth, toHeight, 3))
            #expect(expected.largestDifference(from: raster.pixels) <= 1)
        }
    }

    @Test("in luminance comes from colours or from grey")
    func grey() async throws {
        let colour = Triangle(width: 180, height: 130, channels: 1) { x, y in
            let rgb = Pictures.rgb(x, y).map { Double($0) }
            return [0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]]
        }
        let level = { (x: Int, y: Int) in UInt8((x * 7 + y * y) % 256) }
        let grey = Triangle(width: 180, height: 130, channels: 1) { [Double(level($0, $1))] }
        try await withPool { pool in
            for (bytes, expected) in [
                (Pictures.png(width: 180, height: 130), colour),
                (Pictures.png(width: 180, height: 130, colourType: 0) { [level($0, $1)] }, grey),
            ] {
                let facts = try await pool.inspect(bytes, request("grey:50", "grey:1600", "stretch:20x20"))
                #expect(facts.rasters.map(\.channels) == [1, 1, 3])
                #expect(facts.rasters.map(\.width) == [50, 180, 20])
                #expect(expected.resized(50, 36).largestDifference(from: facts.rasters[0].pixels) <= 2)
                #expect(expected.resized(180, 130).largestDifference(from: facts.rasters[1].pixels) <= 1)
            }
        }
    }

    @Test("of one wider than sizes are made of is left out, and the hash is there")
    func wide() async throws {
        var request = try request("stretch:256x256", "fit:512", "grey:1600", "stretch:64x64")
        request.preview = true
        try await withPool { pool in
            let facts = try await pool.inspect(Pictures.pngBomb(width: 10_000_000, height: 5), request)
            #expect(facts.pdq.count == 64 && facts.rasters.isEmpty && facts.preview == nil)
            #expect(pool.health.deaths == [:])
        }
    }

    @Test("changes no hash")
    func hashes() async throws {
        let bytes = Pictures.jpeg(width: 700, height: 520)
        try await withPool { pool in
            for method in [MediaRequest.Method.nearest512, .fullSize, .videoFrame] {
                var more = try request("stretch:256x256", "fit:512", "grey:1600", method: method)
                more.preview = true
                more.borders = true
                var less = more
                (less.rasters, less.preview) = ([], false)
                var facts = try await pool.inspect(bytes, more)
                #expect(facts.rasters.count == 3 && facts.preview != nil)
                #expect(Set(facts.times.keys) == ["decode", "hash", "shrink"] && facts.times.values.allSatisfy { $0 > 0 })
                (facts.rasters, facts.preview, facts.times) = ([], nil, [:])
                #expect(try await pool.inspect(bytes, less) == facts)
            }
        }
    }

    @Test("stands upright, whichever way the picture lies and is decoded")
    func orientation() async throws {
        let (columns, rows) = (80, 66)
        let jpeg = Pictures.jpeg(width: columns * 8, height: rows * 8)
        try await withPool { pool in
            for orientation in UInt8(1)...8 {
                let lies = orientation >= 5
                let upright = Pictures.png(
                    width: lies ? rows * 8 : columns * 8, height: lies ? columns * 8 : rows * 8, colourType: 0
                ) { x, y in
                    let (column, row) = OddPictureTests.stored(x / 8, y / 8, columns, rows, orientation)
                    return [UInt8(Pictures.jpegLevel(row: row, column: column))]
                }
                let wanted = try await pool.inspect(upright, request("stretch:64x48", "fit:96", "grey:80")).rasters
                for method in [MediaRequest.Method.nearest512, .fast] {
                    let facts = try await pool.inspect(
                        Pictures.oriented(jpeg, orientation), request("stretch:64x48", "fit:96", "grey:80", method: method))
                    #expect(facts.method == method)
                    for (raster, expected) in zip(facts.rasters, wanted) {
                        #expect((raster.width, raster.height) == (expected.width, expected.height))
                        let differences = zip(raster.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
                        #expect(differences.max() ?? 255 <= 2, "orientation \(orientation), \(method)")
                    }
                    #expect(facts.rasters.count == 3)
                }
            }
        }
    }

    @Test("is nearly the same from a JPEG that was decoded at half its size")
    func fast() async throws {
        let jpeg = Pictures.jpeg(width: 2_176, height: 2_080)
        try await withPool { pool in
            let whole = try await pool.inspect(jpeg, request("stretch:256x256", "fit:512"))
            let half = try await pool.inspect(jpeg, request("stretch:256x256", "fit:512", method: .fast))
            #expect(half.method == .fast && half.width == 2_176)
            #expect(try PDQHash(hex: half.pdq).distance(to: PDQHash(hex: whole.pdq)) <= 31)
            for (raster, expected) in zip(half.rasters, whole.rasters) {
                #expect(raster.width == expected.width && raster.height == expected.height)
                let differences = zip(raster.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
                #expect(differences.reduce(0, +) <= 2 * differences.count)
            }
        }
    }

    @Test("is a preview of at most 96 KiB and 512 pixels, which looks like the picture")
    func preview() async throws {
        var random = ReplayableRandom(seed: 7)
        let noise = Pictures.png(width: 600, height: 533, colourType: 2) { _, _ in
            (0..<3).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        let plain = Pictures.png(width: 640, height: 480)
        let small = try request("stretch:32x32")
        var request = small
        request.preview = true
        try await withPool { pool in
            for (bytes, width, height) in [(plain, 512, 384), (noise, 512, 455), (Pictures.png(width: 20, height: 10), 20, 10)] {
                let facts = try await pool.inspect(bytes, request)
                let preview = try #require(facts.preview)
                #expect(preview.count <= 98_304)
                let shown = try await pool.inspect(preview, small)
                #expect(shown.format == "jpeg" && shown.width == width && shown.height == height)
                let differences = zip(shown.rasters[0].pixels, facts.rasters[0].pixels).map { abs(Int($0) - Int($1)) }
                #expect(differences.count == 32 * 32 * 3 && differences.reduce(0, +) <= 8 * differences.count)
            }
        }
    }

    @Test("of a video shows frames from its beginning to its end, with their times")
    func video() async throws {
        var request = try request("stretch:16x16", "grey:24")
        request.video = .everyFrame
        request.preview = true
        try await withPool { pool in
            for (most, expected) in [(1, 1), (2, 2), (4, 4), (16, 6)] {
                request.rasterFrames = most
                let facts = try await pool.inspect(SmallFiles.h264, request)
                #expect(facts.frames.count == 6)
                #expect(facts.rasters.count == 2 * expected, "\(most)")
                let seconds = facts.rasters.compactMap(\.seconds)
                #expect(seconds.count == 2 * expected && seconds == seconds.sorted())
                #expect(
                    Set(seconds).count == expected
                        && seconds.allSatisfy { second in facts.frames.contains { $0.seconds == second } })
                if most > 1 { #expect((seconds.first ?? 9) < 0.5 && (seconds.last ?? 0) > 0.5) }
                #expect(facts.preview != nil)
            }
        }
    }

    @Test("of a GIF that moves shows frames too")
    func gif() async throws {
        let bytes = MovingGIF.bytes(width: 24, height: 18, frames: 16) { x, y, frame in UInt8((x * 5 + y * 3 + frame * 15) % 256)
        }
        var request = try request("stretch:16x16")
        request.video = .everyFrame
        request.rasterFrames = 3
        try await withPool { pool in
            let facts = try await pool.inspect(bytes, request)
            #expect(facts.frames.count == 16 && facts.rasters.count == 3)
            let seconds = facts.rasters.compactMap(\.seconds)
            #expect(seconds == seconds.sorted() && (seconds.first ?? 9) < 0.6 && (seconds.last ?? 0) > 1)
        }
    }
}

/// The filter by its definition, in double precision: each pixel of the result is the mean of all pixels under a triangle that is as
/// wide as two pixels of the larger of the two pictures.
struct Triangle {
    var width: Int
    var height: Int
    var channels: Int
    var values: [Double]

    init(width: Int, height: Int, channels: Int, _ pixel: (Int, Int) -> [Double]) {
        (self.width, self.height, self.channels) = (width, height, channels)
        values = (0..<height).flatMap { y in (0..<width).flatMap { x in pixel(x, y) } }
    }

    private static func weights(_ from: Int, _ to: Int) -> [[(place: Int, weight: Double)]] {
        let scale = Double(from) / Double(to), reach = max(scale, 1)
        return (0..<to).map { place in
            let centre = (Double(place) + 0.5) * scale
            let weights = (0..<from).map { (place: $0, weight: max(0, 1 - abs(Double($0) + 0.5 - centre) / reach)) }
            let sum = weights.reduce(0) { $0 + $1.weight }
            return weights.filter { $0.weight > 0 }.map { ($0.place, $0.weight / sum) }
        }
    }

    func resized(_ toWidth: Int, _ toHeight: Int) -> Triangle {
        let (across, down) = (Self.weights(width, toWidth), Self.weights(height, toHeight))
        var rows = [Double](repeating: 0, count: toWidth * height * channels)
        for y in 0..<height {
            for x in 0..<toWidth {
                for (place, weight) in across[x] {
                    for channel in 0..<channels {
                        rows[(y * toWidth + x) * channels + channel] += weight * values[(y * width + place) * channels + channel]
                    }
                }
            }
        }
        let length = toWidth * channels
        var result = [Double](repeating: 0, count: length * toHeight)
        for y in 0..<toHeight {
            for (place, weight) in down[y] {
                for index in 0..<length { result[y * length + index] += weight * rows[place * length + index] }
            }
        }
        var resized = Triangle(width: 0, height: 0, channels: channels) { _, _ in [] }
        (resized.width, resized.height, resized.values) = (toWidth, toHeight, result)
        return resized
    }

    func largestDifference(from pixels: [UInt8]) -> Double {
        guard pixels.count == values.count else { return .infinity }
        return zip(values, pixels).map { abs($0.rounded() - Double($1)) }.max() ?? 0
    }
}

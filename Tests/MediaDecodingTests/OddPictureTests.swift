// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import MediaDecoding
import PerceptualHashing
import Signals
import Testing

@Suite("A picture of an odd kind")
struct OddPictureTests {
    /// Smooth, so that a hash does not hang on rounding.
    private func grey(_ x: Int, _ y: Int) -> UInt8 {
        let wave = (x * x / 40 + y * y / 25 + x * y / 60) % 512
        return UInt8(wave < 256 ? wave : 511 - wave)
    }

    private func hash(_ bytes: [UInt8], _ pool: MediaWorkerPool, _ request: MediaRequest = MediaRequest()) async throws -> PDQHash
    {
        try PDQHash(hex: try await pool.inspect(bytes, request).pdq)
    }

    @Test("has the hash of the same picture in plain RGB")
    func kinds() async throws {
        try await withPool { pool in
            let plain = try await hash(
                Pictures.png(width: 160, height: 120, colourType: 2) { Array(repeating: grey($0, $1), count: 3) }, pool)
            let palette = (0..<256).flatMap { Array(repeating: UInt8(255 - $0), count: 3) }
            for (name, bytes, most) in [
                ("grey", Pictures.png(width: 160, height: 120, colourType: 0) { [grey($0, $1)] }, 0),
                ("16-bit grey", Pictures.png(width: 160, height: 120, depth: 16, colourType: 0) { [grey($0, $1), 77] }, 4),
                (
                    "16-bit RGB",
                    Pictures.png(width: 160, height: 120, depth: 16, colourType: 2) { x, y in
                        (0..<3).flatMap { _ in [grey(x, y), 200] }
                    }, 4
                ),
                ("palette", Pictures.png(width: 160, height: 120, colourType: 3, palette: palette) { [255 - grey($0, $1)] }, 0),
                ("opaque alpha", Pictures.png(width: 160, height: 120, colourType: 4) { [grey($0, $1), 255] }, 0),
                (
                    "opaque 16-bit alpha",
                    Pictures.png(width: 160, height: 120, depth: 16, colourType: 6) { x, y in
                        (0..<3).flatMap { _ in [grey(x, y), 0] } + [255, 255]
                    }, 4
                ),
            ] {
                let distance = try await hash(bytes, pool).distance(to: plain)
                #expect(distance <= most, "\(name)")
            }
        }
    }

    @Test("of one bit a pixel is black and white")
    func bitmap() async throws {
        let bits = Pictures.bitmap(width: 160, height: 120) { grey($0, $1) > 100 }
        let bytes = Pictures.png(width: 160, height: 120, colourType: 0) { [grey($0, $1) > 100 ? 255 : 0] }
        try await withPool { pool in
            let (one, other) = (try await pool.inspect(bits), try await pool.inspect(bytes))
            #expect(one == other && one.quality > 50)
        }
    }

    @Test("that is transparent is seen on white, or on the grey or the colours asked for")
    func transparency() async throws {
        // Black all over; what shows is in the alpha channel.
        let picture = Pictures.png(width: 160, height: 120, colourType: 4) { [0, grey($0, $1)] }
        let inverse = Pictures.png(width: 160, height: 120, colourType: 0) { [255 - grey($0, $1)] }
        let half = Pictures.png(width: 160, height: 120, colourType: 0) { [UInt8((255 - Int(grey($0, $1))) * 128 / 255)] }
        try await withPool { pool in
            let onWhite = try await hash(picture, pool).distance(to: hash(inverse, pool))
            #expect(onWhite <= 4)
            var request = MediaRequest()
            request.background = .grey(128)
            let onGrey = try await hash(picture, pool, request).distance(to: hash(half, pool))
            #expect(onGrey <= 8)
            request.background = .none
            let underneath = try await pool.inspect(picture, request)
            #expect(underneath.quality == 0)
        }
    }

    @Test("that lies has the hash, width and height of the upright picture, however it is decoded")
    func orientation() async throws {
        // 1,040 x 1,024 pixels: large enough for the fast method to reduce it.
        let (columns, rows) = (130, 128)
        let jpeg = Pictures.jpeg(width: columns * 8, height: rows * 8)
        try await withPool { pool in
            for orientation in UInt8(1)...8 {
                let lies = orientation >= 5
                let upright = Pictures.png(
                    width: lies ? rows * 8 : columns * 8, height: lies ? columns * 8 : rows * 8, colourType: 0
                ) { x, y in
                    let (column, row) = Self.stored(x / 8, y / 8, columns, rows, orientation)
                    return [UInt8(Pictures.jpegLevel(row: row, column: column))]
                }
                for method in MediaRequest.Method.allCases {
                    var request = MediaRequest()
                    request.method = method
                    let facts = try await pool.inspect(Pictures.oriented(jpeg, orientation), request)
                    let expected = try await pool.inspect(upright, request)
                    #expect(facts.width == expected.width && facts.height == expected.height)
                    #expect(facts.method == method)
                    let distance = try PDQHash(hex: facts.pdq).distance(to: PDQHash(hex: expected.pdq))
                    #expect(distance <= (method == .fast ? 31 : 0), "orientation \(orientation), \(method)")
                }
            }
        }
    }

    /// Where a block of the upright picture is stored, by the definition of the EXIF orientation.
    static func stored(_ x: Int, _ y: Int, _ columns: Int, _ rows: Int, _ orientation: UInt8) -> (column: Int, row: Int) {
        let (right, bottom) = (columns - 1, rows - 1)
        switch orientation {
        case 2: return (right - x, y)
        case 3: return (right - x, bottom - y)
        case 4: return (x, bottom - y)
        case 5: return (y, x)
        case 6: return (y, bottom - x)
        case 7: return (right - y, bottom - x)
        case 8: return (right - y, x)
        default: return (x, y)
        }
    }

    @Test("with leftovers behind its scans is hashed, as browsers show it, and is not called whole")
    func leftovers() async throws {
        try await withPool { pool in
            for isProgressive in [false, true] {
                let whole = Pictures.jpeg(width: 640, height: 480, isProgressive: isProgressive)
                let start = try #require(whole.firstRange(of: [0xff, isProgressive ? 0xc2 : 0xc0])?.lowerBound)
                let expected = try await pool.inspect(whole)
                #expect(!expected.isIncomplete)
                // A second frame: decoders refuse it, some after the last row and some before the first.
                let broken = whole.dropLast(2) + whole[start..<start + 13] + [0xff, 0xd9]
                let facts = try await pool.inspect(Array(broken))
                #expect(facts.pdq == expected.pdq && facts.quality == expected.quality, "progressive: \(isProgressive)")
                #expect(facts.isIncomplete || !isProgressive)
            }
        }
    }

    @Test("cut short is hashed as far as it is there, and says so")
    func cutShort() async throws {
        let pictures = [
            Pictures.jpeg(width: 640, height: 480), Pictures.png(width: 400, height: 300, colourType: 0) { [grey($0, $1)] },
        ]
        try await withPool { pool in
            for picture in pictures {
                let whole = try await pool.inspect(picture)
                #expect(!whole.isIncomplete)
                let most = try await pool.inspect(Array(picture[..<(picture.count * 97 / 100)]))
                #expect(most.isIncomplete && most.width == whole.width)
                #expect(try PDQHash(hex: most.pdq).distance(to: PDQHash(hex: whole.pdq)) <= 31)
                let half = try await pool.inspect(Array(picture[..<(picture.count / 2)]))
                #expect(half.isIncomplete && half.pdq.count == 64)
            }
            var fast = MediaRequest()
            fast.method = .fast
            let half = try await pool.inspect(Array(pictures[0][..<(pictures[0].count / 2)]), fast)
            #expect(half.isIncomplete)
        }
    }

    @Test("with a border has the hash of what is inside as a variant, and hashes of its parts on request")
    func variants() async throws {
        let inside = Pictures.png(width: 300, height: 200, colourType: 0) { [grey($0, $1)] }
        let framed = Pictures.png(width: 300, height: 280, colourType: 0) { x, y in
            [(40..<240).contains(y) ? grey(x, y - 40) : 0]
        }
        try await withPool { pool in
            var request = MediaRequest()
            request.borders = true
            let facts = try await pool.inspect(framed, request)
            let trimmed = try #require(facts.variants.first)
            #expect(facts.variants.map(\.name) == ["trimmed"])
            let unframed = try await pool.inspect(inside, request)
            #expect(trimmed.pdq == unframed.pdq && unframed.variants.isEmpty)
            request.crops = true
            let parts = try await pool.inspect(framed, request).variants.map(\.name)
            #expect(parts.count == 1 + PDQCrop.standard.count && parts.contains("trimmed-centre-925"))
            let plain = try await pool.inspect(framed)
            #expect(facts.pdq == plain.pdq)
        }
    }
}

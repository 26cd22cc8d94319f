// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Small pictures of every format, written by the tests themselves.
enum Pictures {
    /// The colour of a pixel, 0...255 each.
    static func rgb(_ x: Int, _ y: Int) -> [UInt8] {
        [
            UInt8(truncatingIfNeeded: (x * x + y * y) / 97), UInt8(truncatingIfNeeded: x * 3 + y * 5),
            UInt8(truncatingIfNeeded: x * y / 31),
        ]
    }

    // MARK: - PNG

    /// An RGB picture without compression.
    static func png(width: Int, height: Int) -> [UInt8] {
        let rows = (0..<height).flatMap { y -> [UInt8] in [0] + (0..<width).flatMap { x -> [UInt8] in rgb(x, y) } }
        return png(width: width, height: height, colourType: 2, data: zlib(rows))
    }

    static func png(
        width: Int, height: Int, depth: UInt8 = 8, colourType: UInt8, palette: [UInt8] = [], data: [UInt8]
    ) -> [UInt8] {
        [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
            + chunk("IHDR", bigEndian(width) + bigEndian(height) + [depth, colourType, 0, 0, 0])
            + (palette.isEmpty ? [] : chunk("PLTE", palette)) + chunk("IDAT", data) + chunk("IEND", [])
    }

    /// A picture of any kind; `pixel` gives the bytes of one.
    static func png(
        width: Int, height: Int, depth: UInt8 = 8, colourType: UInt8, palette: [UInt8] = [], pixel: (Int, Int) -> [UInt8]
    ) -> [UInt8] {
        let rows = (0..<height).flatMap { y -> [UInt8] in [0] + (0..<width).flatMap { x -> [UInt8] in pixel(x, y) } }
        return png(width: width, height: height, depth: depth, colourType: colourType, palette: palette, data: zlib(rows))
    }

    /// A black and white picture, eight pixels a byte; the width is a multiple of 8.
    static func bitmap(width: Int, height: Int, isWhite: (Int, Int) -> Bool) -> [UInt8] {
        let rows = (0..<height).flatMap { y -> [UInt8] in
            [0]
                + (0..<width / 8).map { byte in
                    (0..<8).reduce(UInt8(0)) { $0 << 1 | (isWhite(byte * 8 + $1, y) ? 1 : 0) }
                }
        }
        return png(width: width, height: height, depth: 1, colourType: 0, data: zlib(rows))
    }

    /// A grey picture of one colour whose rows compress a thousandfold.
    static func pngBomb(width: Int, height: Int) -> [UInt8] {
        png(width: width, height: height, colourType: 0, data: zlibOfZeros((width + 1) * height))
    }

    /// The first picture of one that browsers show moving.
    static func movingPNG(width: Int, height: Int) -> [UInt8] {
        var file = png(width: width, height: height)
        // Behind the signature and the header: two frames, without end.
        file.insert(contentsOf: chunk("acTL", bigEndian(2) + bigEndian(0)), at: 33)
        return file
    }

    private static func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
        let content = Array(name.utf8) + body
        var crc: UInt32 = .max
        for byte in content {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
        }
        return bigEndian(body.count) + content + bigEndian(Int(~crc))
    }

    private static func bigEndian(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func zlib(_ bytes: [UInt8]) -> [UInt8] {
        var (result, start, a, b): ([UInt8], Int, UInt32, UInt32) = ([0x78, 0x01], 0, 1, 0)
        while start < bytes.count {
            let end = min(bytes.count, start + 65_535)
            let count = end - start
            result += [
                end == bytes.count ? 1 : 0, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8 & 255),
            ]
            result += bytes[start..<end]
            start = end
        }
        for byte in bytes {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return result + bigEndian(Int(b << 16 | a))
    }

    /// One block of fixed codes: a literal 0, then copies of 258 bytes from distance 1.
    private static func zlibOfZeros(_ count: Int) -> [UInt8] {
        var bits = BitWriter()
        bits.append(1, 1)
        bits.append(1, 2)
        bits.appendReversed(0x30, 8)
        var left = count - 1
        while left >= 258 {
            bits.appendReversed(0b1100_0101, 8)
            bits.appendReversed(0, 5)
            left -= 258
        }
        for _ in 0..<left { bits.appendReversed(0x30, 8) }
        bits.appendReversed(0, 7)
        let b = UInt32(count % 65_521)
        return [0x78, 0x01] + bits.finished + bigEndian(Int(b << 16 | 1))
    }

    // MARK: - GIF

    /// A grey picture: every pixel a code of its own, the table cleared before it grows.
    static func gif(width: Int, height: Int) -> [UInt8] {
        var bits = BitWriter()
        for index in 0..<width * height {
            if index % 100 == 0 { bits.append(128, 8) }
            bits.append(UInt32(index / width * 3 + index % width) % 128, 8)
        }
        bits.append(129, 8)
        let size = [width & 255, width >> 8, height & 255, height >> 8].map { UInt8($0) }
        var result = Array("GIF89a".utf8) + size + [0xf6, 0, 0]
        for level in 0..<128 { result += [UInt8](repeating: UInt8(level * 2), count: 3) }
        result += [0x2c, 0, 0, 0, 0] + size + [0, 7]
        let data = bits.finished
        for start in Swift.stride(from: 0, to: data.count, by: 255) {
            let block = data[start..<min(data.count, start + 255)]
            result += [UInt8(block.count)] + block
        }
        return result + [0, 0x3b]
    }

    // MARK: - WebP

    /// A lossless picture of one colour: five Huffman codes of one symbol each, so no bits for the pixels.
    static func webp(width: Int, height: Int) -> [UInt8] {
        var bits = BitWriter()
        bits.append(0x2f, 8)
        bits.append(UInt32(width - 1), 14)
        bits.append(UInt32(height - 1), 14)
        bits.append(0, 1 + 3 + 3)
        for symbol: UInt32 in [100, 150, 200, 255, 0] {
            bits.append(0b101, 3)
            bits.append(symbol, 8)
        }
        var body = bits.finished
        let count = body.count
        if count % 2 == 1 { body.append(0) }
        func littleEndian(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        return Array("RIFF".utf8) + littleEndian(body.count + 12) + Array("WEBPVP8L".utf8) + littleEndian(count) + body
    }

    // MARK: - JPEG

    /// The grey of a block of `jpeg`.
    static func jpegLevel(row: Int, column: Int) -> Int { (row * row * 13 + column * column * 7 + row * column * 3) % 220 + 18 }

    /// The JPEG with a note that it lies in the given way, 1 to 8.
    static func oriented(_ jpeg: [UInt8], _ orientation: UInt8) -> [UInt8] {
        let tiff: [UInt8] =
            Array("II".utf8) + [42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]
        let body = Array("Exif".utf8) + [0, 0] + tiff
        return Array(jpeg[..<2]) + [0xff, 0xe1, 0, UInt8(body.count + 2)] + body + jpeg[2...]
    }

    /// A grey picture of flat 8 x 8 blocks; baseline, or progressive with one scan.
    static func jpeg(width: Int, height: Int, isProgressive: Bool = false) -> [UInt8] {
        var result: [UInt8] = [0xff, 0xd8, 0xff, 0xdb, 0, 67, 0] + [UInt8](repeating: 8, count: 64)
        result += [
            0xff, isProgressive ? 0xc2 : 0xc0, 0, 11, 8, UInt8(height >> 8), UInt8(height & 255), UInt8(width >> 8),
            UInt8(width & 255), 1, 1, 0x11, 0,
        ]
        // Twelve DC categories with four-bit codes 0...11; one AC symbol, the end of block, with the code 0.
        result += [0xff, 0xc4, 0, 31, 0, 0, 0, 0, 12] + [UInt8](repeating: 0, count: 12) + (0..<12)
        result += [0xff, 0xc4, 0, 20, 0x10, 1] + [UInt8](repeating: 0, count: 15) + [0]
        result += [0xff, 0xda, 0, 8, 1, 1, 0, 0, isProgressive ? 0 : 63, 0]
        var bits = BitWriter(mostSignificantFirst: true)
        var previous = 0
        for row in 0..<(height + 7) / 8 {
            for column in 0..<(width + 7) / 8 {
                let level = jpegLevel(row: row, column: column) - 128
                let difference = level - previous
                previous = level
                let category = Int.bitWidth - abs(difference).leadingZeroBitCount
                bits.append(UInt32(category), 4)
                bits.append(UInt32(difference < 0 ? difference + (1 << category) - 1 : difference), category)
                if !isProgressive { bits.append(0, 1) }
            }
        }
        return result + bits.finished.flatMap { $0 == 0xff ? [0xff, 0] : [$0] } + [0xff, 0xd9]
    }
}

/// Packs bits into bytes.
struct BitWriter {
    private var bytes: [UInt8] = []
    private var count = 0
    private let mostSignificantFirst: Bool

    init(mostSignificantFirst: Bool = false) { self.mostSignificantFirst = mostSignificantFirst }

    var finished: [UInt8] { bytes }

    private mutating func append(bit: UInt32) {
        if count % 8 == 0 { bytes.append(0) }
        bytes[count / 8] |= UInt8(bit & 1) << UInt8(mostSignificantFirst ? 7 - count % 8 : count % 8)
        count += 1
    }

    /// In the order of the format: least or most significant bit first.
    mutating func append(_ value: UInt32, _ length: Int) {
        for bit in 0..<length { append(bit: value >> UInt32(mostSignificantFirst ? length - 1 - bit : bit)) }
    }

    /// Most significant bit first, as Huffman codes lie in a deflate stream.
    mutating func appendReversed(_ value: UInt32, _ length: Int) {
        for bit in (0..<length).reversed() { append(bit: value >> UInt32(bit)) }
    }
}

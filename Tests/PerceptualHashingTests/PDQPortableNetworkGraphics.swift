// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import PerceptualHashing

/// The pixels of a PNG file of 8-bit grey or RGB without interlacing: just enough to read the published vectors without a
/// decoder that would itself need testing.
struct PortableNetworkGraphics {
    struct Unreadable: Error {}

    var width = 0
    var height = 0
    var layout = PDQHasher.Layout.luminance
    var pixels: [UInt8] = []

    init(_ file: [UInt8]) throws {
        var (at, packed) = (8, [UInt8]())
        while at + 8 <= file.count {
            let length = Self.word(file, at)
            let kind = String(decoding: file[at + 4..<at + 8], as: UTF8.self)
            let body = file[at + 8..<at + 8 + length]
            if kind == "IHDR" {
                (width, height) = (Self.word(file, at + 8), Self.word(file, at + 12))
                guard file[at + 16] == 8, file[at + 20] == 0, [0, 2].contains(file[at + 17]) else { throw Unreadable() }
                layout = file[at + 17] == 2 ? .rgb : .luminance
            }
            if kind == "IDAT" { packed += body }
            at += 12 + length
        }
        var inflater = Inflater(bytes: packed, at: 2)
        let filtered = try inflater.inflate()
        let (channels, length) = (layout.rawValue, width * layout.rawValue)
        guard filtered.count == (length + 1) * height else { throw Unreadable() }
        pixels = [UInt8](repeating: 0, count: length * height)
        for y in 0..<height {
            let kind = filtered[y * (length + 1)]
            for x in 0..<length {
                let left = x >= channels ? Int(pixels[y * length + x - channels]) : 0
                let above = y > 0 ? Int(pixels[(y - 1) * length + x]) : 0
                let corner = y > 0 && x >= channels ? Int(pixels[(y - 1) * length + x - channels]) : 0
                let guess =
                    switch kind {
                    case 1: left
                    case 2: above
                    case 3: (left + above) / 2
                    case 4: Self.paeth(left, above, corner)
                    default: 0
                    }
                pixels[y * length + x] = filtered[y * (length + 1) + 1 + x] &+ UInt8(guess)
            }
        }
    }

    private static func word(_ bytes: [UInt8], _ at: Int) -> Int {
        bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
    }

    private static func paeth(_ left: Int, _ above: Int, _ corner: Int) -> Int {
        let estimate = left + above - corner
        let (a, b, c) = (abs(estimate - left), abs(estimate - above), abs(estimate - corner))
        return a <= b && a <= c ? left : b <= c ? above : corner
    }
}

/// The stream format of RFC 1951.
private struct Inflater {
    var bytes: [UInt8]
    var at: Int
    var bit = 0
    var output: [UInt8] = []

    init(bytes: [UInt8], at: Int) {
        (self.bytes, self.at) = (bytes, at)
    }

    struct Code {
        var counts = [Int](repeating: 0, count: 16)
        var symbols: [Int] = []

        init(lengths: [Int]) {
            for length in lengths where length > 0 { counts[length] += 1 }
            for length in 1...15 { symbols += lengths.indices.filter { lengths[$0] == length } }
        }
    }

    private mutating func bits(_ count: Int) throws -> Int {
        var value = 0
        for place in 0..<count {
            guard at < bytes.count else { throw PortableNetworkGraphics.Unreadable() }
            value |= (Int(bytes[at]) >> bit & 1) << place
            bit += 1
            if bit == 8 { (bit, at) = (0, at + 1) }
        }
        return value
    }

    private mutating func symbol(_ code: Code) throws -> Int {
        var (value, first, index) = (0, 0, 0)
        for length in 1...15 {
            value |= try bits(1)
            let count = code.counts[length]
            if value - count < first { return code.symbols[index + value - first] }
            index += count
            first = (first + count) << 1
            value <<= 1
        }
        throw PortableNetworkGraphics.Unreadable()
    }

    mutating func inflate() throws -> [UInt8] {
        var isLast = false
        while !isLast {
            isLast = try bits(1) == 1
            switch try bits(2) {
            case 0:
                if bit > 0 { (bit, at) = (0, at + 1) }
                let length = try bits(16)
                _ = try bits(16)
                output += bytes[at..<at + length]
                at += length
            case 1:
                let lengths = (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }
                try block(Code(lengths: lengths), Code(lengths: [Int](repeating: 5, count: 30)))
            default:
                let (literals, distances) = try codes()
                try block(literals, distances)
            }
        }
        return output
    }

    private mutating func codes() throws -> (Code, Code) {
        let (literals, distances, count) = (try bits(5) + 257, try bits(5) + 1, try bits(4) + 4)
        var lengths = [Int](repeating: 0, count: 19)
        for place in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15].prefix(count) {
            lengths[place] = try bits(3)
        }
        let code = Code(lengths: lengths)
        var all: [Int] = []
        while all.count < literals + distances {
            switch try symbol(code) {
            case 16: all += [Int](repeating: all.last ?? 0, count: try bits(2) + 3)
            case 17: all += [Int](repeating: 0, count: try bits(3) + 3)
            case 18: all += [Int](repeating: 0, count: try bits(7) + 11)
            case let length: all.append(length)
            }
        }
        return (Code(lengths: Array(all[..<literals])), Code(lengths: Array(all[literals...])))
    }

    private mutating func block(_ literals: Code, _ distances: Code) throws {
        while true {
            let value = try symbol(literals)
            guard value != 256 else { return }
            guard value > 256 else {
                output.append(UInt8(value))
                continue
            }
            var length = 258
            if value < 265 {
                length = value - 254
            } else if value < 285 {
                let extra = (value - 261) / 4
                length = (4 + (value - 265) % 4) << extra + 3 + (try bits(extra))
            }
            let place = try symbol(distances)
            var distance = place + 1
            if place > 3 {
                let extra = place / 2 - 1
                distance = (2 + place % 2) << extra + 1 + (try bits(extra))
            }
            guard distance <= output.count else { throw PortableNetworkGraphics.Unreadable() }
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
    }
}

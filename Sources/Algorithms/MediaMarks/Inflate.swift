// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Unpacks zlib streams (RFC 1950, RFC 1951) up to a limit. What comes before an error is kept; checksums are not looked at.
enum Inflate {
    struct Output {
        var bytes: [UInt8]
        /// The stream ended as it should.
        var isWhole: Bool
    }

    static func zlib(_ input: ArraySlice<UInt8>, limit: Int) -> Output {
        let (method, flags) = (input.first ?? 0, input.dropFirst().first ?? 0)
        // Deflate, a window of at most 32 KiB, no preset dictionary.
        guard method & 0x0f == 8, method >> 4 <= 7, flags & 0x20 == 0, (Int(method) << 8 | Int(flags)) % 31 == 0 else {
            return Output(bytes: [], isWhole: false)
        }
        return raw(input.dropFirst(2), limit: limit)
    }

    static func raw(_ input: ArraySlice<UInt8>, limit: Int) -> Output {
        var inflater = Inflater(input, limit: limit)
        do throws(Inflater.Stop) {
            while try inflater.block() {}
            return Output(bytes: inflater.output, isWhole: true)
        } catch {
            return Output(bytes: inflater.output, isWhole: false)
        }
    }
}

private struct Inflater {
    enum Stop: Error { case inputEnded, broken, full }

    private(set) var output: [UInt8] = []
    private let input: ArraySlice<UInt8>
    private let limit: Int
    private var place: Int
    private var held: UInt32 = 0
    private var heldBits: UInt32 = 0

    init(_ input: ArraySlice<UInt8>, limit: Int) {
        self.input = input
        self.limit = limit
        place = input.startIndex
    }

    /// Unpacks a block; false after the last.
    mutating func block() throws(Stop) -> Bool {
        let isLast = try bits(1) == 1
        switch try bits(2) {
        case 0: try stored()
        case 1: try compressed(.fixedLiterals, .fixedDistances)
        case 2:
            let (literals, distances) = try codes()
            try compressed(literals, distances)
        default: throw .broken
        }
        return !isLast
    }

    /// Up to 16 bits, the lowest first.
    private mutating func bits(_ count: UInt32) throws(Stop) -> Int {
        while heldBits < count {
            guard place < input.endIndex else { throw .inputEnded }
            held |= UInt32(input[place]) << heldBits
            place += 1
            heldBits += 8
        }
        defer {
            held >>= count
            heldBits -= count
        }
        return Int(held & (1 << count - 1))
    }

    private mutating func put(_ byte: UInt8) throws(Stop) {
        guard output.count < limit else { throw .full }
        output.append(byte)
    }

    private mutating func stored() throws(Stop) {
        held = 0
        heldBits = 0
        let length = try bits(16)
        guard try bits(16) == ~length & 0xffff else { throw .broken }
        for _ in 0..<length { try put(UInt8(try bits(8))) }
    }

    private mutating func symbol(_ code: Huffman) throws(Stop) -> Int {
        var (value, first, index) = (0, 0, 0)
        for length in 1...15 {
            value |= try bits(1)
            let count = code.counts[length]
            if value - first < count { return code.symbols[index + value - first] }
            index += count
            first = (first + count) << 1
            value <<= 1
        }
        throw .broken
    }

    private mutating func compressed(_ literals: Huffman, _ distances: Huffman) throws(Stop) {
        while true {
            let symbol = try symbol(literals)
            if symbol == 256 { return }
            if symbol < 256 {
                try put(UInt8(symbol))
                continue
            }
            guard symbol <= 285 else { throw .broken }
            let length = Self.lengths[symbol - 257] + (try bits(Self.lengthBits[symbol - 257]))
            let farness = try self.symbol(distances)
            guard farness < 30 else { throw .broken }
            let distance = Self.distances[farness] + (try bits(Self.distanceBits[farness]))
            guard distance <= output.count else { throw .broken }
            for _ in 0..<length { try put(output[output.count - distance]) }
        }
    }

    /// The codes of a block that brings its own.
    private mutating func codes() throws(Stop) -> (Huffman, Huffman) {
        let literalCount = try bits(5) + 257
        let distanceCount = try bits(5) + 1
        let lengthCount = try bits(4) + 4
        guard literalCount <= 286, distanceCount <= 30 else { throw .broken }
        var lengths = [Int](repeating: 0, count: 19)
        for place in Self.lengthOrder.prefix(lengthCount) { lengths[place] = try bits(3) }
        guard let code = Huffman(lengths), code.isComplete else { throw .broken }
        var all: [Int] = []
        while all.count < literalCount + distanceCount {
            let symbol = try symbol(code)
            switch symbol {
            case 0..<16: all.append(symbol)
            case 16:
                guard let last = all.last else { throw .broken }
                all += [Int](repeating: last, count: 3 + (try bits(2)))
            case 17: all += [Int](repeating: 0, count: 3 + (try bits(3)))
            default: all += [Int](repeating: 0, count: 11 + (try bits(7)))
            }
        }
        guard all.count == literalCount + distanceCount, all[256] > 0, let literals = Huffman(Array(all[..<literalCount])),
            let distances = Huffman(Array(all[literalCount...])), literals.isUsable, distances.isUsable
        else { throw .broken }
        return (literals, distances)
    }

    private static let lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    private static let lengths = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
    ]
    private static let lengthBits: [UInt32] = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let distances = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1_025, 1_537, 2_049, 3_073, 4_097, 6_145,
        8_193, 12_289, 16_385, 24_577,
    ]
    private static let distanceBits: [UInt32] = [
        0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
    ]
}

/// A canonical prefix code: how many symbols have a code of each length, and the symbols in the order of their codes.
private struct Huffman {
    let counts: [Int]
    let symbols: [Int]
    /// Every sequence of bits means something.
    let isComplete: Bool

    /// - Parameter lengths: of each symbol's code, 0 to 15; 0 for a symbol that does not occur. Nil when they can't all be.
    init?(_ lengths: [Int]) {
        var counts = [Int](repeating: 0, count: 16)
        for length in lengths { counts[length] += 1 }
        counts[0] = 0
        var free = 1
        for length in 1...15 {
            free = free << 1 - counts[length]
            if free < 0 { return nil }
        }
        isComplete = free == 0
        self.counts = counts
        symbols = lengths.indices.filter { lengths[$0] > 0 }.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
    }

    /// Complete, or a single code of one bit, or none: what a literal-only block has for distances.
    var isUsable: Bool { isComplete || symbols.isEmpty || symbols.count == 1 && counts[1] == 1 }

    // The tables of RFC 1951 are complete or, for distances, 30 codes of 5 bits: they always make a code.
    static let fixedLiterals = Huffman(
        (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })!
    static let fixedDistances = Huffman([Int](repeating: 5, count: 30))!
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A file that somebody made to do harm, or that an accident has made.
package struct HostileFile: Sendable {
    package var name: String
    package var bytes: [UInt8]

    package init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}

/// Makes broken files from good ones, the same ones for the same seed.
package struct Mutator {
    private let originals: [HostileFile]
    private var random: ReplayableRandom
    private var number = 0

    package init(_ originals: [HostileFile], seed: UInt64) {
        self.originals = originals
        random = ReplayableRandom(seed: seed)
    }

    /// Takes the originals in turn; one to three changes each.
    package mutating func next() -> HostileFile {
        let original = originals[number % originals.count]
        number += 1
        var file = HostileFile("\(original.name) #\(number)", original.bytes)
        for _ in 0..<Int.random(in: 1...3, using: &random) where file.bytes.count > 16 {
            let change = changes[Int.random(in: 0..<changes.count, using: &random)]
            file.name += ", \(change.name)"
            file.bytes = change.make(&self, file.bytes)
        }
        // The magic stays most of the time: without it nothing is decoded.
        if Int.random(in: 0..<10, using: &random) > 0, file.bytes.count > 16 {
            file.bytes.replaceSubrange(0..<4, with: original.bytes[0..<4])
        }
        return file
    }

    private typealias Change = (name: String, make: (inout Mutator, [UInt8]) -> [UInt8])

    private var changes: [Change] {
        [
            ("bytes", { $0.bytes($1) }), ("numbers", { $0.numbers($1) }), ("numbers", { $0.numbers($1) }),
            ("box sizes", { $0.boxSizes($1) }), ("cut", { $0.cut($1) }), ("lost piece", { $0.lostPiece($1) }),
            ("repeated piece", { $0.repeatedPiece($1) }), ("swapped pieces", { $0.swappedPieces($1) }),
            ("zeros", { $0.filled($1, with: 0) }), ("ones", { $0.filled($1, with: 0xff) }),
            ("another file's piece", { $0.foreignPiece($1) }), ("noise", { $0.noise($1) }),
        ]
    }

    private mutating func place(in bytes: [UInt8]) -> Int { Int.random(in: 0..<bytes.count, using: &random) }

    private mutating func piece(of bytes: [UInt8], atMost most: Int) -> Range<Int> {
        let start = place(in: bytes)
        return start..<min(bytes.count, start + Int.random(in: 1...most, using: &random))
    }

    private mutating func bytes(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for _ in 0..<Int.random(in: 1...20, using: &random) {
            result[place(in: bytes)] = UInt8.random(in: 0...255, using: &random)
        }
        return result
    }

    /// Numbers at which arithmetic goes wrong, in both byte orders.
    private mutating func numbers(_ bytes: [UInt8]) -> [UInt8] {
        let values: [UInt64] = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, .max]
        var result = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let width = [1, 2, 4, 8][Int.random(in: 0..<4, using: &random)]
            let start = place(in: bytes)
            let value = values[Int.random(in: 0..<values.count, using: &random)]
            let isBig = Bool.random(using: &random)
            for index in 0..<width where start + index < result.count {
                let shift = UInt64(8 * (isBig ? width - 1 - index : index))
                result[start + index] = UInt8(truncatingIfNeeded: value >> shift)
            }
        }
        return result
    }

    /// What stands before four letters is a length in most of these formats.
    private mutating func boxSizes(_ bytes: [UInt8]) -> [UInt8] {
        let names = (4..<max(5, bytes.count - 4)).filter { start in
            start + 4 <= bytes.count
                && bytes[start..<start + 4].allSatisfy { (0x61...0x7a).contains($0 | 0x20) || (0x30...0x39).contains($0) }
        }
        guard !names.isEmpty else { return self.bytes(bytes) }
        var result = bytes
        let sizes: [Int] = [0, 1, 2, 7, 8, 9, 15, 16, 0xffff, 0x7fff_ffff, 0xffff_ffff, bytes.count, bytes.count * 2]
        let start = names[Int.random(in: 0..<names.count, using: &random)]
        let size = sizes[Int.random(in: 0..<sizes.count, using: &random)]
        for index in 0..<4 { result[start - 4 + index] = UInt8(truncatingIfNeeded: size >> (24 - 8 * index)) }
        return result
    }

    private mutating func cut(_ bytes: [UInt8]) -> [UInt8] { Array(bytes[..<max(12, place(in: bytes))]) }

    private mutating func lostPiece(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        result.removeSubrange(piece(of: bytes, atMost: 64))
        return result
    }

    private mutating func repeatedPiece(_ bytes: [UInt8]) -> [UInt8] {
        let piece = piece(of: bytes, atMost: 400)
        var result = bytes
        for _ in 0..<Int.random(in: 1...50, using: &random) { result.insert(contentsOf: bytes[piece], at: piece.lowerBound) }
        return result
    }

    private mutating func swappedPieces(_ bytes: [UInt8]) -> [UInt8] {
        let (one, other) = (piece(of: bytes, atMost: 64), piece(of: bytes, atMost: 64))
        var result = bytes
        for (from, to) in [(one, other), (other, one)] {
            for (source, target) in zip(from, to) { result[target] = bytes[source] }
        }
        return result
    }

    private mutating func filled(_ bytes: [UInt8], with byte: UInt8) -> [UInt8] {
        var result = bytes
        for place in piece(of: bytes, atMost: 200) { result[place] = byte }
        return result
    }

    private mutating func foreignPiece(_ bytes: [UInt8]) -> [UInt8] {
        let other = originals[Int.random(in: 0..<originals.count, using: &random)].bytes
        guard !other.isEmpty else { return bytes }
        let piece = piece(of: other, atMost: 500)
        var result = bytes
        result.insert(contentsOf: other[piece], at: place(in: bytes))
        return result
    }

    private mutating func noise(_ bytes: [UInt8]) -> [UInt8] {
        let kept = min(bytes.count, [4, 8, 16, 33, 64, 128][Int.random(in: 0..<6, using: &random)])
        let count = Int.random(in: 1...2_000, using: &random)
        return bytes[..<kept] + (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
}

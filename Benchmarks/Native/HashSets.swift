// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import PerceptualHashing

/// Generated hashes to search in and for: the same for the same seed.
enum HashSets {
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        /// Every bit by chance.
        case random
        /// Half singles, half in clusters of up to 1,000 near copies at distance 0 to 20, as banks are.
        case clustered
        /// As clustered, with bits of uneven density that depend on their neighbours, as those of photographs do.
        case natural
    }

    static func hashes(_ kind: Kind, count: Int, seed: UInt64) -> [PDQHash] {
        var numbers = Numbers(seed)
        var hashes: [PDQHash] = []
        hashes.reserveCapacity(count)
        while hashes.count < count {
            let center = kind == .natural ? skewed(&numbers) : numbers.hash()
            if kind == .random || hashes.count < count / 2 {
                hashes.append(center)
            } else {
                for _ in 0..<min(Int(numbers.next() % 1000) + 1, count - hashes.count) {
                    hashes.append(changed(center, Int(numbers.next() % 21), &numbers))
                }
            }
        }
        // As they would come: a cluster's members among the others.
        for place in stride(from: count - 1, to: 0, by: -1) { hashes.swapAt(place, Int(numbers.next() % UInt64(place + 1))) }
        return hashes
    }

    /// Three in ten are copies with 0 to 31 changed bits, the others are of nothing in there.
    static func queries(_ count: Int, of hashes: [PDQHash], seed: UInt64) -> [PDQHash] {
        var numbers = Numbers(seed &+ 99)
        return (0..<count).map { _ in
            guard numbers.next() % 10 < 3, !hashes.isEmpty else { return numbers.hash() }
            let known = hashes[Int(numbers.next() % UInt64(hashes.count))]
            return changed(known, Int(numbers.next() % 32), &numbers)
        }
    }

    /// A file of 32-byte rows, bit 255 first.
    static func load(_ path: String) throws -> [PDQHash] {
        let data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        return data.withUnsafeBytes { bytes in
            (0..<bytes.count / 32).map { row in
                func word(_ place: Int) -> UInt64 {
                    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: row * 32 + place * 8, as: UInt64.self))
                }
                return PDQHash(words: word(3), word(2), word(1), word(0))
            }
        }
    }

    static func store(_ hashes: [PDQHash], to path: String) throws {
        var data = Data(capacity: hashes.count * 32)
        for hash in hashes { data.append(contentsOf: hash.bytes) }
        try data.write(to: URL(fileURLWithPath: path))
    }

    private static func changed(_ hash: PDQHash, _ distance: Int, _ numbers: inout Numbers) -> PDQHash {
        var flips: [UInt64] = [0, 0, 0, 0]
        var left = distance
        while left > 0 {
            let bit = Int(numbers.next() % 256)
            if flips[bit / 64] >> UInt64(bit % 64) & 1 == 0 {
                flips[bit / 64] |= 1 << UInt64(bit % 64)
                left -= 1
            }
        }
        let words = hash.words
        return PDQHash(words: words.0 ^ flips[0], words.1 ^ flips[1], words.2 ^ flips[2], words.3 ^ flips[3])
    }

    // Densities of 0.42 to 0.58 by place, and one bit in eight repeats the one before it.
    private static func skewed(_ numbers: inout Numbers) -> PDQHash {
        var words: [UInt64] = [0, 0, 0, 0]
        var before = false
        for bit in 0..<256 {
            let density = 0.42 + 0.16 * Double(bit * 89 % 256) / 255
            let draw = numbers.next()
            var set = Double(draw >> 11) / Double(1 << 53) < density
            if draw & 7 == 0 { set = before }
            if set { words[bit / 64] |= 1 << UInt64(bit % 64) }
            before = set
        }
        return PDQHash(words: words[0], words[1], words[2], words[3])
    }

    struct Numbers {
        private var state: UInt64

        init(_ seed: UInt64) { state = seed }

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }

        mutating func hash() -> PDQHash { PDQHash(words: next(), next(), next(), next()) }
    }
}

/// Which hashes a measurement runs on.
struct DataOptions: ParsableArguments {
    @Option(help: "How many hashes.")
    var count = 1_000_000

    @Option(help: "random, clustered or natural.")
    var data = HashSets.Kind.clustered

    @Option(help: "The same seed gives the same hashes.")
    var seed: UInt64 = 1

    @Option(help: "Take the hashes from a file of 32-byte rows instead.")
    var file: String?

    @Option(help: "How many queries.")
    var queries = 1_000

    @Option(help: "The largest distance that matches.")
    var radius = 31

    @Flag(help: "Print one JSON object.")
    var json = false

    func hashes() throws -> [PDQHash] {
        if let file { return try HashSets.load(file) }
        return HashSets.hashes(data, count: count, seed: seed)
    }
}

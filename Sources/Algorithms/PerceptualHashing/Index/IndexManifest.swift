// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CHashKernels

/// What the manifest file says: which segments there are, what is dead in them, and where the logs begin.
///
/// Bytes, little endian: magic 8, version 4, segments 4, first log 8, tag 8, sequence 8, next number 8; for each segment its
/// number 8, count 8, dead count 8, and if some are dead a bit for each entry in whole words; CRC-32C of all that 4.
struct IndexManifest: Equatable {
    struct Part: Equatable {
        var number: UInt64
        var count: Int
        var dead: [UInt64]
        var deadCount: Int
    }

    private static let magic = Array("HAECHIMF".utf8)
    private static let version: UInt64 = 1

    var firstLog: UInt64 = 1
    /// The tag and number of the last batch that the segments contain.
    var tag: UInt64 = 0
    var sequence: UInt64 = 0
    var nextNumber: UInt64 = 1
    var parts: [Part] = []

    var bytes: [UInt8] {
        var bytes = Self.magic
        bytes.appendLittleEndian(Self.version | UInt64(parts.count) << 32)
        for number in [firstLog, tag, sequence, nextNumber] { bytes.appendLittleEndian(number) }
        for part in parts {
            bytes.appendLittleEndian(part.number)
            bytes.appendLittleEndian(UInt64(part.count))
            bytes.appendLittleEndian(UInt64(part.deadCount))
            if part.deadCount > 0 { for word in part.dead { bytes.appendLittleEndian(word) } }
        }
        bytes.appendLittleEndian(haechi_crc32c(0, bytes, bytes.count))
        return bytes
    }

    init() {}

    init(bytes: [UInt8], path: String) throws(HammingIndexError) {
        func damaged(_ reason: String) -> HammingIndexError { .damaged(path: path, offset: nil, reason: reason) }
        guard bytes.count >= 52 else { throw damaged("it is too short") }
        guard bytes.starts(with: Self.magic) else { throw damaged("it is not a manifest") }
        guard haechi_crc32c(0, bytes, bytes.count - 4) == bytes.littleEndian32(at: bytes.count - 4) else {
            throw damaged("it does not agree with its checksum")
        }
        let head = bytes.littleEndian64(at: 8)
        guard head & 0xFFFF_FFFF == Self.version else { throw damaged("it was written by a newer version") }
        firstLog = bytes.littleEndian64(at: 16)
        tag = bytes.littleEndian64(at: 24)
        sequence = bytes.littleEndian64(at: 32)
        nextNumber = bytes.littleEndian64(at: 40)
        var place = 48
        for _ in 0..<(head >> 32) {
            guard place + 24 <= bytes.count - 4 else { throw damaged("it ends early") }
            let number = bytes.littleEndian64(at: place)
            let count = Int(truncatingIfNeeded: bytes.littleEndian64(at: place + 8))
            let deadCount = Int(truncatingIfNeeded: bytes.littleEndian64(at: place + 16))
            place += 24
            var dead: [UInt64] = []
            if deadCount > 0 {
                let words = (count + 63) / 64
                guard count >= 0, place + words * 8 <= bytes.count - 4 else { throw damaged("it ends early") }
                dead = (0..<words).map { bytes.littleEndian64(at: place + $0 * 8) }
                place += words * 8
            }
            parts.append(Part(number: number, count: count, dead: dead, deadCount: deadCount))
        }
    }
}

extension [UInt8] {
    mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    func littleEndian64(at place: Int) -> UInt64 {
        withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: UInt64.self)) }
    }

    func littleEndian32(at place: Int) -> UInt32 {
        withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: UInt32.self)) }
    }
}

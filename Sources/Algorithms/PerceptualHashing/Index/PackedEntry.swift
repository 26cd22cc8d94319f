// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// An entry as it lies in memory and in files: 32 bytes of hash in four words, 20 bytes of meta; little endian.
///
/// Meta: key 8, bank 2, source 2, trust 1, radius 1, spare 2 (the kind of change in the log), expires 4.
enum PackedEntry {
    static let hashBytes = 32
    static let metaBytes = 20

    static func write(_ hash: PDQHash, to target: UnsafeMutableRawPointer) {
        let words = hash.words
        target.storeBytes(of: words.0.littleEndian, toByteOffset: 0, as: UInt64.self)
        target.storeBytes(of: words.1.littleEndian, toByteOffset: 8, as: UInt64.self)
        target.storeBytes(of: words.2.littleEndian, toByteOffset: 16, as: UInt64.self)
        target.storeBytes(of: words.3.littleEndian, toByteOffset: 24, as: UInt64.self)
    }

    static func hash(at source: UnsafeRawPointer) -> PDQHash {
        PDQHash(
            words: UInt64(littleEndian: source.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            UInt64(littleEndian: source.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
            UInt64(littleEndian: source.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
            UInt64(littleEndian: source.loadUnaligned(fromByteOffset: 24, as: UInt64.self)))
    }

    static func write(key: UInt64, labels: HammingLabels, spare: UInt16 = 0, to target: UnsafeMutableRawPointer) {
        target.storeBytes(of: key.littleEndian, toByteOffset: 0, as: UInt64.self)
        target.storeBytes(of: labels.bank.littleEndian, toByteOffset: 8, as: UInt16.self)
        target.storeBytes(of: labels.source.littleEndian, toByteOffset: 10, as: UInt16.self)
        target.storeBytes(of: labels.trust, toByteOffset: 12, as: UInt8.self)
        target.storeBytes(of: labels.radius, toByteOffset: 13, as: UInt8.self)
        target.storeBytes(of: spare.littleEndian, toByteOffset: 14, as: UInt16.self)
        target.storeBytes(of: labels.expires.littleEndian, toByteOffset: 16, as: UInt32.self)
    }

    static func key(at source: UnsafeRawPointer) -> UInt64 {
        UInt64(littleEndian: source.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
    }

    static func spare(at source: UnsafeRawPointer) -> UInt16 {
        UInt16(littleEndian: source.loadUnaligned(fromByteOffset: 14, as: UInt16.self))
    }

    static func labels(at source: UnsafeRawPointer) -> HammingLabels {
        HammingLabels(
            bank: UInt16(littleEndian: source.loadUnaligned(fromByteOffset: 8, as: UInt16.self)),
            source: UInt16(littleEndian: source.loadUnaligned(fromByteOffset: 10, as: UInt16.self)),
            trust: source.load(fromByteOffset: 12, as: UInt8.self), radius: source.load(fromByteOffset: 13, as: UInt8.self),
            expires: UInt32(littleEndian: source.loadUnaligned(fromByteOffset: 16, as: UInt32.self)))
    }
}

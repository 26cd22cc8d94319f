// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CHashKernels
import Glibc

/// One file of batches, each on the disk before it is acknowledged.
///
/// File: magic 8, version 4, CRC of the first 12 and the number 4, number 8. Then batches: magic 4, changes 4, sequence 8,
/// tag 8, CRC-32C of the changes 4, CRC-32C of these 28 bytes 4; changes of 52 bytes each (`PackedEntry`; spare 1 removes).
/// Little endian.
///
/// Unchecked: only the holder of the writer's lock has it.
final class IndexLog: @unchecked Sendable {
    static let headerBytes = 24
    static let batchHeaderBytes = 32
    static let changeBytes = PackedEntry.hashBytes + PackedEntry.metaBytes
    private static let magic = Array("HAECHILG".utf8)
    private static let version: UInt32 = 1
    private static let batchMagic: UInt32 = 0x4854_4142

    let path: String
    private let descriptor: Int32
    private var end: Int
    /// Why nothing more may be written: it is not known what the disk has.
    private var failure: String?

    /// Continues a log that `replay` has read up to `end`; what is behind is cut off.
    init(path: String, end: Int) throws(HammingIndexError) {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unwritable(path: path, reason: systemReason()) }
        guard ftruncate(descriptor, off_t(end)) == 0, fsync(descriptor) == 0 else {
            let reason = systemReason()
            close(descriptor)
            throw .unwritable(path: path, reason: reason)
        }
        self.path = path
        self.descriptor = descriptor
        self.end = end
    }

    /// Makes a new log, on the disk when this returns.
    convenience init(creating number: UInt64, in files: IndexFiles) throws(HammingIndexError) {
        var header = Self.magic
        header.appendLittleEndian(Self.version)
        var summed = header
        summed.appendLittleEndian(number)
        header.appendLittleEndian(haechi_crc32c(0, summed, summed.count))
        header.appendLittleEndian(number)
        let path = files.log(number)
        try files.replace(path, with: header)
        try self.init(path: path, end: Self.headerBytes)
    }

    deinit { close(descriptor) }

    /// Writes a batch and brings it to the disk. If this throws `unwritable`, the log is as before.
    func append(_ changes: [HammingChange], tag: UInt64, sequence: UInt64) throws(HammingIndexError) {
        if let failure { throw .failed(path: path, reason: failure) }
        let bytes = Self.batch(changes, tag: tag, sequence: sequence)
        do throws(HammingIndexError) {
            try IndexFiles.write(bytes, to: descriptor, at: end, path: path)
        } catch {
            if ftruncate(descriptor, off_t(end)) != 0 { failure = systemReason() }
            throw error
        }
        guard fdatasync(descriptor) == 0 else {
            // After a failed sync nobody knows which pages the disk has: take nothing more.
            let reason = systemReason()
            failure = reason
            _ = ftruncate(descriptor, off_t(end))
            throw .failed(path: path, reason: reason)
        }
        end += bytes.count
    }

    private static func batch(_ changes: [HammingChange], tag: UInt64, sequence: UInt64) -> [UInt8] {
        let payload = changes.count * changeBytes
        return [UInt8](unsafeUninitializedCapacity: batchHeaderBytes + payload) { buffer, count in
            // The capacity is above zero, so there is a base.
            let base = UnsafeMutableRawPointer(buffer.baseAddress!)
            var place = base + batchHeaderBytes
            for change in changes {
                switch change {
                case .add(let entry):
                    PackedEntry.write(entry.hash, to: place)
                    PackedEntry.write(key: entry.key, labels: entry.labels, to: place + PackedEntry.hashBytes)
                case .remove(let hash, let key):
                    PackedEntry.write(hash, to: place)
                    PackedEntry.write(key: key, labels: HammingLabels(), spare: 1, to: place + PackedEntry.hashBytes)
                }
                place += changeBytes
            }
            base.storeBytes(of: batchMagic.littleEndian, toByteOffset: 0, as: UInt32.self)
            base.storeBytes(of: UInt32(changes.count).littleEndian, toByteOffset: 4, as: UInt32.self)
            base.storeBytes(of: sequence.littleEndian, toByteOffset: 8, as: UInt64.self)
            base.storeBytes(of: tag.littleEndian, toByteOffset: 16, as: UInt64.self)
            let sum = haechi_crc32c(0, base + batchHeaderBytes, payload)
            base.storeBytes(of: sum.littleEndian, toByteOffset: 24, as: UInt32.self)
            base.storeBytes(of: haechi_crc32c(0, base, 28).littleEndian, toByteOffset: 28, as: UInt32.self)
            count = batchHeaderBytes + payload
        }
    }
}

// MARK: - Reading

extension IndexLog {
    private struct BatchHeader {
        var changes: Int
        var sequence: UInt64
        var tag: UInt64
        var sum: UInt32

        /// Nil if these bytes are no header.
        init?(_ bytes: [UInt8], at place: Int) {
            guard place + batchHeaderBytes <= bytes.count, bytes.littleEndian32(at: place) == batchMagic else { return nil }
            let sum = bytes.withUnsafeBytes { haechi_crc32c(0, $0.baseAddress.map { $0 + place }, 28) }
            guard sum == bytes.littleEndian32(at: place + 28) else { return nil }
            changes = Int(bytes.littleEndian32(at: place + 4))
            sequence = bytes.littleEndian64(at: place + 8)
            tag = bytes.littleEndian64(at: place + 16)
            self.sum = bytes.littleEndian32(at: place + 24)
        }
    }

    /// Gives every whole batch to `body` in order and returns where the last one ends.
    ///
    /// A batch cut off at the end was never acknowledged, and is left out where `mayBeTorn` (the newest log). Anything else
    /// that does not read, and is followed by a batch that does, is damage.
    static func replay(
        _ bytes: [UInt8], number: UInt64, path: String, mayBeTorn: Bool, from first: UInt64,
        _ body: (_ sequence: UInt64, _ tag: UInt64, [HammingChange]) -> Void
    ) throws(HammingIndexError) -> Int {
        func damaged(_ offset: Int, _ reason: String) -> HammingIndexError {
            .damaged(path: path, offset: offset, reason: reason)
        }
        guard bytes.count >= headerBytes, bytes.starts(with: magic) else { throw damaged(0, "it is not a log") }
        var summed = Array(bytes[0..<12])
        summed.appendLittleEndian(number)
        guard haechi_crc32c(0, summed, summed.count) == bytes.littleEndian32(at: 12), bytes.littleEndian64(at: 16) == number
        else { throw damaged(0, "its header does not agree with its checksum") }
        guard bytes.littleEndian32(at: 8) == version else { throw damaged(8, "it was written by a newer version") }
        var place = headerBytes
        var expected = first
        while place < bytes.count {
            guard let batch = whole(bytes, at: place) else {
                let later = (place + 1..<max(place + 1, bytes.count)).first {
                    (BatchHeader(bytes, at: $0)?.sequence ?? 0) > expected
                }
                if let later { throw damaged(place, "batch \(expected) does not read, but one at byte \(later) does") }
                guard mayBeTorn else { throw damaged(place, "batch \(expected) does not read, and a later log exists") }
                return place
            }
            guard batch.sequence == expected else {
                throw damaged(place, "batch \(batch.sequence) stands where \(expected) belongs")
            }
            body(batch.sequence, batch.tag, changes(bytes, at: place + batchHeaderBytes, count: batch.changes))
            expected += 1
            place += batchHeaderBytes + batch.changes * changeBytes
        }
        return place
    }

    private static func whole(_ bytes: [UInt8], at place: Int) -> BatchHeader? {
        guard let batch = BatchHeader(bytes, at: place) else { return nil }
        let start = place + batchHeaderBytes
        guard batch.changes * changeBytes <= bytes.count - start else { return nil }
        let sum = bytes.withUnsafeBytes { haechi_crc32c(0, $0.baseAddress.map { $0 + start }, batch.changes * changeBytes) }
        return sum == batch.sum ? batch : nil
    }

    private static func changes(_ bytes: [UInt8], at place: Int, count: Int) -> [HammingChange] {
        bytes.withUnsafeBytes { raw in
            (0..<count).map { number in
                let start = place + number * changeBytes
                // `whole` has checked that the batch lies inside the bytes, so there is a base.
                let source = raw.baseAddress! + start
                let hash = PackedEntry.hash(at: source)
                let meta = source + PackedEntry.hashBytes
                return PackedEntry.spare(at: meta) == 1
                    ? .remove(hash: hash, key: PackedEntry.key(at: meta))
                    : .add(HammingEntry(hash: hash, key: PackedEntry.key(at: meta), labels: PackedEntry.labels(at: meta)))
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CHashKernels

/// An immutable part of an index, searched by probes: sorted tables in one stretch of memory that is also its file.
///
/// Unchecked: nothing in it changes after `init`.
final class Segment: @unchecked Sendable {
    /// Names its file; 0 where the index has none.
    let number: UInt64
    let region: MemoryRegion
    /// Unsafe because the kernel takes a pointer; points into `region`, which this object keeps.
    let raw: UnsafeMutablePointer<haechi_segment>

    var count: Int { Int(raw.pointee.count) }
    /// The hashes, in the segment's own order.
    var hashes: UnsafeRawPointer { UnsafeRawPointer(raw.pointee.hashes) }
    /// What the file holds.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: region.base, count: Int(raw.pointee.bytes)) }

    init(number: UInt64, region: MemoryRegion, path: String) throws(HammingIndexError) {
        let raw = UnsafeMutablePointer<haechi_segment>.allocate(capacity: 1)
        let status = haechi_segment_open(raw, region.base, UInt64(region.count))
        guard status == haechi_sound else {
            raw.deallocate()
            throw Self.error(status, path: path)
        }
        self.number = number
        self.region = region
        self.raw = raw
    }

    deinit { raw.deallocate() }

    /// Builds the tables for these hashes in fresh memory.
    static func build(
        number: UInt64, count: Int, hashes: UnsafeRawPointer, meta: UnsafeRawPointer
    ) throws(HammingIndexError) -> Segment {
        var widths = [UInt32](repeating: 0, count: Int(haechi_max_slots))
        let slots = haechi_choose_widths(UInt64(count), &widths)
        let bytes = haechi_segment_bytes(UInt64(count), slots, widths)
        let region = try MemoryRegion.zeroed(Int(bytes))
        let status = haechi_segment_build(
            region.base.assumingMemoryBound(to: UInt8.self), UInt64(count), slots, widths,
            hashes.assumingMemoryBound(to: UInt64.self), meta.assumingMemoryBound(to: UInt8.self))
        guard status == haechi_sound else { throw error(status, path: "memory") }
        return try Segment(number: number, region: region, path: "memory")
    }

    /// The same segment in memory of its own, in large pages.
    func copied() throws(HammingIndexError) -> Segment {
        let copy = try MemoryRegion.zeroed(region.count)
        copy.base.copyMemory(from: region.base, byteCount: region.count)
        return try Segment(number: number, region: copy, path: "memory")
    }

    func hash(at index: Int) -> PDQHash {
        PackedEntry.hash(at: hashes + index * PackedEntry.hashBytes)
    }

    func meta(at index: Int) -> UnsafeRawPointer {
        UnsafeRawPointer(raw.pointee.meta) + index * PackedEntry.metaBytes
    }

    /// The place of the entry with this hash and key; nil if there is none.
    func find(_ name: EntryName) -> Int? {
        let words = name.hash.words
        let found = withUnsafeBytes(of: words) {
            haechi_segment_find(raw, $0.assumingMemoryBound(to: UInt64.self).baseAddress, name.key)
        }
        return found < 0 ? nil : Int(found)
    }

    /// Asks the processor to fetch what `find` reads first.
    func findSoon(_ hash: PDQHash) {
        let words = hash.words
        withUnsafeBytes(of: words) { haechi_segment_find_soon(raw, $0.assumingMemoryBound(to: UInt64.self).baseAddress) }
    }

    /// Compares checksums, and every table with the hashes if `tables`.
    func verify(tables: Bool, path: String) throws(HammingIndexError) {
        let sums = haechi_segment_checksums(raw)
        guard sums == haechi_sound else { throw Self.error(sums, path: path) }
        guard tables else { return }
        var slot: UInt32 = 0
        let status = haechi_segment_verify(raw, &slot)
        guard status == haechi_sound else { throw Self.error(status, path: path, slot: slot) }
    }

    private static func error(_ status: haechi_status, path: String, slot: UInt32? = nil) -> HammingIndexError {
        let reason =
            switch status {
            case haechi_too_short: "it is shorter than it says"
            case haechi_not_a_segment: "it is not a segment"
            case haechi_unknown_version: "it was written by a newer version"
            case haechi_header_damaged: "its header does not agree with its checksum"
            case haechi_hashes_damaged: "its hashes do not agree with their checksum"
            case haechi_meta_damaged: "its labels do not agree with their checksum"
            default: slot.map { "slot \($0) does not agree with the hashes" } ?? "a slot table does not agree with its checksum"
            }
        return status == haechi_out_of_memory ? .outOfMemory : .damaged(path: path, offset: nil, reason: reason)
    }
}

/// What is unique in an index.
struct EntryName: Hashable, Sendable {
    var hash: PDQHash
    var key: UInt64

    // Hashes are as good as random already, so one word of each is enough; copies of one hash differ by key.
    func hash(into hasher: inout Hasher) {
        hasher.combine(hash.words.0 ^ hash.words.3)
        hasher.combine(key)
    }

    static func == (left: EntryName, right: EntryName) -> Bool { left.key == right.key && left.hash == right.hash }
}

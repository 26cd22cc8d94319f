// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Room for entries that were added lately; searched by a scan.
///
/// Unchecked: the writer fills places behind every published count, readers read below the count of their snapshot, and
/// publishing the snapshot orders the two.
final class DeltaStorage: @unchecked Sendable {
    let capacity: Int
    let hashes: UnsafeMutableRawPointer
    let meta: UnsafeMutableRawPointer

    init(capacity: Int) {
        self.capacity = capacity
        hashes = .allocate(byteCount: capacity * PackedEntry.hashBytes, alignment: 64)
        meta = .allocate(byteCount: capacity * PackedEntry.metaBytes, alignment: 64)
    }

    deinit {
        hashes.deallocate()
        meta.deallocate()
    }
}

/// The delta as one snapshot sees it.
struct Delta: Sendable {
    private(set) var storage: DeltaStorage
    private(set) var count = 0
    var dead = DeadMap()

    init(capacity: Int) {
        storage = DeltaStorage(capacity: capacity)
    }

    /// Only the writer appends, and only to its newest copy.
    mutating func append(_ entry: HammingEntry) {
        if count == storage.capacity {
            let larger = DeltaStorage(capacity: storage.capacity * 2)
            larger.hashes.copyMemory(from: storage.hashes, byteCount: count * PackedEntry.hashBytes)
            larger.meta.copyMemory(from: storage.meta, byteCount: count * PackedEntry.metaBytes)
            storage = larger
        }
        PackedEntry.write(entry.hash, to: storage.hashes + count * PackedEntry.hashBytes)
        PackedEntry.write(key: entry.key, labels: entry.labels, to: storage.meta + count * PackedEntry.metaBytes)
        count += 1
    }

    func hash(at index: Int) -> PDQHash { PackedEntry.hash(at: storage.hashes + index * PackedEntry.hashBytes) }

    func meta(at index: Int) -> UnsafeRawPointer { UnsafeRawPointer(storage.meta + index * PackedEntry.metaBytes) }
}

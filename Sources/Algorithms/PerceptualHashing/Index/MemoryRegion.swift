// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Glibc

/// A stretch of mapped memory: zeroed and in large pages, or a file's bytes.
///
/// Unchecked: filled by whoever made it before anyone else sees it, and only read from then on.
final class MemoryRegion: @unchecked Sendable {
    private static let hugePage = 2 << 20

    /// Unsafe because the kernels read through it; it lives as long as this object.
    let base: UnsafeMutableRawPointer
    let count: Int
    /// Whether the bytes are a file's: they come from its pages when first touched.
    let isFile: Bool
    private let mapping: UnsafeMutableRawPointer
    private let mapped: Int

    private init(base: UnsafeMutableRawPointer, count: Int, isFile: Bool, mapping: UnsafeMutableRawPointer, mapped: Int) {
        self.base = base
        self.count = count
        self.isFile = isFile
        self.mapping = mapping
        self.mapped = mapped
    }

    /// Zeroed memory. Large regions ask for pages of 2 MiB: a search touches thousands of places, and with small pages each
    /// one would also miss the processor's page cache.
    static func zeroed(_ count: Int) throws(HammingIndexError) -> MemoryRegion {
        let large = count >= hugePage
        let room = large ? (count + hugePage - 1) / hugePage * hugePage + hugePage : max(count, 1)
        guard let mapping = mmap(nil, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), mapping != MAP_FAILED
        else { throw .outOfMemory }
        guard large else {
            return MemoryRegion(base: mapping, count: count, isFile: false, mapping: mapping, mapped: room)
        }
        let misfit = Int(bitPattern: mapping) % hugePage
        let base = misfit == 0 ? mapping : mapping + (hugePage - misfit)
        madvise(base, room - hugePage, MADV_HUGEPAGE)
        return MemoryRegion(base: base, count: count, isFile: false, mapping: mapping, mapped: room)
    }

    /// The bytes of an open file, read when touched.
    static func file(_ descriptor: Int32, count: Int, path: String) throws(HammingIndexError) -> MemoryRegion {
        guard let mapping = mmap(nil, max(count, 1), PROT_READ, MAP_SHARED, descriptor, 0), mapping != MAP_FAILED else {
            throw .unreadable(path: path, reason: systemReason())
        }
        return MemoryRegion(base: mapping, count: count, isFile: true, mapping: mapping, mapped: max(count, 1))
    }

    deinit { munmap(mapping, mapped) }
}

/// What the last failed system call says.
func systemReason() -> String { String(cString: strerror(errno)) }

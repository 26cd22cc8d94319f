// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Glibc

/// The files of an index: `lock`, `manifest`, `log-N`, `segment-N`.
///
/// The manifest names the segments and the first log that has to be replayed on top of them. It is replaced in one step, so
/// what it names is complete; files it does not name are left-overs.
struct IndexFiles: Sendable {
    let directory: String

    var manifest: String { directory + "/manifest" }
    var lock: String { directory + "/lock" }
    func log(_ number: UInt64) -> String { directory + "/log-\(number)" }
    func segment(_ number: UInt64) -> String { directory + "/segment-\(number)" }

    /// Makes the directory if it is not there, and takes its lock; the descriptor holds it.
    func takeLock() throws(HammingIndexError) -> Int32 {
        if mkdir(directory, 0o700) != 0, errno != EEXIST { throw .unwritable(path: directory, reason: systemReason()) }
        let descriptor = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unwritable(path: lock, reason: systemReason()) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .inUse(path: directory)
        }
        return descriptor
    }

    /// Writes a whole file under a temporary name, brings it to the disk, and gives it its name.
    func replace(_ path: String, with bytes: UnsafeRawBufferPointer) throws(HammingIndexError) {
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unwritable(path: temporary, reason: systemReason()) }
        do throws(HammingIndexError) {
            try Self.write(bytes, to: descriptor, at: 0, path: temporary)
            guard fsync(descriptor) == 0 else {
                throw HammingIndexError.unwritable(path: temporary, reason: systemReason())
            }
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
        // Large files would otherwise stay in memory twice.
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
        close(descriptor)
        guard rename(temporary, path) == 0 else {
            let reason = systemReason()
            unlink(temporary)
            throw .unwritable(path: path, reason: reason)
        }
        try syncDirectory()
    }

    func replace(_ path: String, with bytes: [UInt8]) throws(HammingIndexError) {
        try bytes.withUnsafeBytes { bytes in
            Result { () throws(HammingIndexError) in try replace(path, with: bytes) }
        }.get()
    }

    func syncDirectory() throws(HammingIndexError) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unwritable(path: directory, reason: systemReason()) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .unwritable(path: directory, reason: systemReason()) }
    }

    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int, path: String)
        throws(HammingIndexError)
    {
        var written = 0
        while written < bytes.count {
            let some = pwrite(
                descriptor, bytes.baseAddress.map { $0 + written }, min(bytes.count - written, 1 << 30), off_t(offset + written))
            if some < 0 {
                if errno == EINTR { continue }
                throw .unwritable(path: path, reason: systemReason())
            }
            written += some
        }
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32, at offset: Int, path: String) throws(HammingIndexError) {
        try bytes.withUnsafeBytes { bytes in
            Result { () throws(HammingIndexError) in try write(bytes, to: descriptor, at: offset, path: path) }
        }.get()
    }

    /// The whole file; nil if there is none.
    func read(_ path: String) throws(HammingIndexError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .unreadable(path: path, reason: systemReason())
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, reason: systemReason()) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var done = 0
        while done < bytes.count {
            let some = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(done))
            }
            if some < 0, errno == EINTR { continue }
            guard some > 0 else { throw .unreadable(path: path, reason: some == 0 ? "it became shorter" : systemReason()) }
            done += some
        }
        return bytes
    }

    /// Maps a segment's file; it is read as it is used.
    func mapSegment(_ number: UInt64) throws(HammingIndexError) -> Segment {
        let path = segment(number)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .damaged(path: path, offset: nil, reason: "a file the manifest names: \(systemReason())")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, reason: systemReason()) }
        let region = try MemoryRegion.file(descriptor, count: Int(status.st_size), path: path)
        return try Segment(number: number, region: region, path: path)
    }

    /// Lets go of the file's pages in memory.
    func forget(_ number: UInt64) {
        let descriptor = open(segment(number), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
        close(descriptor)
    }

    /// The files that are there, by kind and number.
    func numbers(of kind: String) throws(HammingIndexError) -> [UInt64] {
        try names().compactMap { name in
            name.hasPrefix(kind + "-") ? UInt64(name.dropFirst(kind.count + 1)) : nil
        }.sorted()
    }

    func names() throws(HammingIndexError) -> [String] {
        guard let listing = opendir(directory) else { throw .unreadable(path: directory, reason: systemReason()) }
        defer { closedir(listing) }
        var names: [String] = []
        while let item = readdir(listing) {
            names.append(withUnsafeBytes(of: item.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names
    }
}

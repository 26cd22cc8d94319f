// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Glibc
import Signals

/// A file that is open for as long as anybody holds it.
final class DiskFile: Sendable {
    enum Mode { case read, write, create }

    let path: String
    private let descriptor: Int32

    init(_ path: String, _ mode: Mode) throws(LookAlikeError) {
        self.path = path
        let flags: Int32 =
            switch mode {
            case .read: O_RDONLY
            case .write: O_RDWR
            case .create: O_RDWR | O_CREAT
            }
        // Only its owner may read it.
        descriptor = open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(path, "cannot open it: \(Self.reason)") }
    }

    deinit {
        // Closing alone would leave the lock to a process that is just being started and still has the descriptor.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    var size: Int {
        get throws(LookAlikeError) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw .file(path, "cannot ask for its size: \(Self.reason)") }
            return Int(status.st_size)
        }
    }

    /// As many bytes as there are, at most `count`.
    func read(_ count: Int, at offset: Int) throws(LookAlikeError) -> [UInt8] {
        var problem: LookAlikeError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            while done < count {
                // In bounds: `done` is less than `count`, so there is a base address, and no more than the rest is read.
                let got = pread(descriptor, buffer.baseAddress! + done, count - done, off_t(offset + done))
                if got < 0, errno == EINTR { continue }
                if got < 0 { problem = .file(path, "cannot read at byte \(offset + done): \(Self.reason)") }
                guard got > 0 else { return }
                done += got
            }
        }
        if let problem { throw problem }
        return bytes
    }

    func write(_ bytes: [UInt8], at offset: Int) throws(LookAlikeError) {
        var done = 0
        while done < bytes.count {
            let from = done
            // In bounds: only the bytes from `from` to the end are handed over, and the pointer does not leave the closure.
            let put = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress.map { $0 + from }, $0.count - from, off_t(offset + from))
            }
            if put < 0, errno == EINTR { continue }
            guard put >= 0 else { throw .file(path, "cannot write at byte \(offset + done): \(Self.reason)") }
            done += put
        }
    }

    func truncate(to size: Int) throws(LookAlikeError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw .file(path, "cannot shorten it: \(Self.reason)") }
    }

    /// What was written survives a power cut from here on.
    func sync() throws(LookAlikeError) {
        guard fdatasync(descriptor) == 0 else { throw .file(path, "cannot write it out: \(Self.reason)") }
    }

    /// False when another process holds it. Freed when the file is closed, in whatever way.
    func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    static var reason: String { String(cString: strerror(errno)) }
}

/// Names in a folder.
enum DiskFolder {
    /// Makes it when it does not exist, with the folders above it; only its owner may enter.
    static func make(_ path: String) throws(LookAlikeError) {
        var place = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            place += "/\(part)"
            if mkdir(place, 0o700) != 0, errno != EEXIST {
                throw .file(place, "cannot make this folder: \(DiskFile.reason)")
            }
        }
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func names(in path: String) throws(LookAlikeError) -> [String] {
        guard let listing = opendir(path) else { throw .file(path, "cannot list this folder: \(DiskFile.reason)") }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            // The name is a C string inside the entry, which lives until the next `readdir`; the copy is made before that.
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names.sorted()
    }

    static func remove(_ path: String) throws(LookAlikeError) {
        if unlink(path) != 0, errno != ENOENT { throw .file(path, "cannot delete it: \(DiskFile.reason)") }
    }

    /// Makes a new name durable.
    static func rename(_ path: String, to other: String, in folder: String) throws(LookAlikeError) {
        guard Glibc.rename(path, other) == 0 else { throw .file(path, "cannot rename it to \(other): \(DiskFile.reason)") }
        try sync(folder)
    }

    static func sync(_ folder: String) throws(LookAlikeError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(folder, "cannot open this folder: \(DiskFile.reason)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .file(folder, "cannot write this folder out: \(DiskFile.reason)") }
    }
}

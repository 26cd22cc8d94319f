// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Glibc
import Signals

/// A file that is open for as long as anybody holds it: one that is deleted meanwhile stays readable for who reads it.
final class OpenFile: Sendable {
    enum Mode {
        case read
        /// Reading and writing a file that exists.
        case write
        /// A new file, or an emptied old one; only its owner may read it.
        case create
    }

    let path: String
    private let descriptor: Int32

    init(_ path: String, _ mode: Mode) throws(LookBackError) {
        self.path = path
        let flags: Int32 =
            switch mode {
            case .read: O_RDONLY
            case .write: O_RDWR
            case .create: O_RDWR | O_CREAT | O_TRUNC
            }
        descriptor = open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(path, "cannot open it: \(Self.reason)") }
    }

    deinit { close(descriptor) }

    func size() throws(LookBackError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .file(path, "cannot ask for its size: \(Self.reason)") }
        return Int(status.st_size)
    }

    func read(_ count: Int, at offset: Int) throws(LookBackError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        // The pointer does not leave the closure, and `readAll` writes at most its `count` bytes.
        let failure = bytes.withUnsafeMutableBytes { readAll($0, at: offset) }
        if let failure { throw failure }
        return bytes
    }

    /// Fills a buffer; the error when that cannot be done, since the closures that lend buffers do not pass on typed errors.
    func readAll(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> LookBackError? {
        var done = 0
        while done < buffer.count {
            // In bounds: `done` is less than `count`, so there is a base address, and `rebasing` keeps the rest's length.
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let got = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if got < 0 {
                if errno == EINTR { continue }
                return .file(path, "cannot read at byte \(offset + done): \(Self.reason)")
            }
            if got == 0 { return .damaged(path, "it ends at byte \(offset + done), \(buffer.count - done) bytes too early") }
            done += got
        }
        return nil
    }

    func write(_ bytes: some Collection<UInt8>, at offset: Int) throws(LookBackError) {
        let bytes = Array(bytes)
        var done = 0
        while done < bytes.count {
            let from = done
            // In bounds: only the bytes from `from` to the end are handed over, and the pointer does not leave the closure.
            let put = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress.map { $0 + from }, $0.count - from, off_t(offset + from))
            }
            if put < 0 {
                if errno == EINTR { continue }
                throw .file(path, "cannot write at byte \(offset + done): \(Self.reason)")
            }
            done += put
        }
    }

    func truncate(to size: Int) throws(LookBackError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw .file(path, "cannot shorten it: \(Self.reason)") }
    }

    /// What was written survives a power cut from here on.
    func sync() throws(LookBackError) {
        guard fsync(descriptor) == 0 else { throw .file(path, "cannot write it out: \(Self.reason)") }
    }

    /// Tells the system that it will be read from front to back.
    func expectSequentialReads() { _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL) }

    /// False when another process holds it. Freed when the file is closed, in whatever way.
    func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    func unlock() { flock(descriptor, LOCK_UN) }

    static var reason: String { String(cString: strerror(errno)) }
}

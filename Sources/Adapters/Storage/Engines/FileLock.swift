// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Glibc
import Synchronization

/// Keeps a second server off the same database file, also across processes; the kernel frees it when we end in whatever way.
final class FileLock: Sendable {
    /// Nil once released.
    private let held: Mutex<Int32?>

    /// Takes the lock file beside a database; throws `StorageError.inUse` when another process (or store) has it.
    init(besides path: String, location: String) throws(StorageError) {
        let lockPath = path + ".lock"
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .cannotOpen(location: location, reason: "cannot make \(lockPath): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var buffer = [UInt8](repeating: 0, count: 32)
            let count = read(descriptor, &buffer, buffer.count)
            close(descriptor)
            let owner = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
            throw .inUse(location: location, by: owner.isEmpty ? "unknown process" : owner)
        }
        held = Mutex(descriptor)
        let owner = Array("process \(getpid())".utf8)
        // The text only helps people; the lock holds without it.
        if ftruncate(descriptor, 0) == 0 { _ = write(descriptor, owner, owner.count) }
    }

    deinit { release() }

    func release() {
        held.withLock { descriptor in
            if let open = descriptor {
                // Closing alone is not enough: a process that is being spawned at this moment may hold a copy until it executes.
                flock(open, LOCK_UN)
                close(open)
            }
            descriptor = nil
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Glibc
import Signals

/// The folder that the look-back lies in.
struct Folder: Sendable {
    let path: String

    /// Makes it when it does not exist; only its owner may enter.
    init(making path: String) throws(LookBackError) {
        self.path = path
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw .file(path, "cannot make this folder: \(OpenFile.reason)") }
    }

    init(existing path: String) { self.path = path }

    func path(of name: String) -> String { "\(path)/\(name)" }

    func names() throws(LookBackError) -> [String] {
        guard let listing = opendir(path) else { throw .file(path, "cannot list this folder: \(OpenFile.reason)") }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            // The name is a C string inside the entry, which lives until the next `readdir`; the copy is made before that.
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Durable only after `sync`.
    func rename(_ name: String, to other: String) throws(LookBackError) {
        guard Glibc.rename(path(of: name), path(of: other)) == 0 else {
            throw .file(path(of: name), "cannot rename it to \(other): \(OpenFile.reason)")
        }
    }

    func remove(_ name: String) throws(LookBackError) {
        if unlink(path(of: name)) != 0, errno != ENOENT { throw .file(path(of: name), "cannot delete it: \(OpenFile.reason)") }
    }

    /// Makes new, renamed and removed names durable.
    func sync() throws(LookBackError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path, "cannot open this folder: \(OpenFile.reason)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .file(path, "cannot write this folder out: \(OpenFile.reason)") }
    }
}

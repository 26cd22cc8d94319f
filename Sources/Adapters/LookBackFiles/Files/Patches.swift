// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import PerceptualHashing
import Signals
import Synchronization

/// Held while bytes are overwritten in place, and while a reader unpacks records.
final class PatchGate: Sendable {
    private let mutex = Mutex(())

    func holding<Value: Sendable>(_ work: () throws(LookBackError) -> Value) throws(LookBackError) -> Value {
        let result = mutex.withLock { _ -> Result<Value, LookBackError> in
            do throws(LookBackError) { return .success(try work()) } catch { return .failure(error) }
        }
        return try result.get()
    }
}

/// Bytes that are overwritten in place: a few given ones, then zeros.
struct Patch: Sendable, Equatable {
    var place: Int
    var head: UInt64
    var headBytes: UInt8
    var zeros: Int32

    init(at place: Int, head: [UInt8] = [], zeros: Int) {
        self.place = place
        // Eight bytes are enough: two checksums, or the tag and the length of a deleted record.
        self.head = head.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        headBytes = UInt8(min(8, head.count))
        self.zeros = Int32(zeros)
    }

    var bytes: [UInt8] {
        (0..<headBytes).map { UInt8(truncatingIfNeeded: head >> (8 * UInt64($0))) } + [UInt8](repeating: 0, count: Int(zeros))
    }
}

/// All that one deletion overwrites, in all files. It is written down first, so that a deletion that was begun is carried through
/// whatever happens, and checksums and contents never disagree.
struct PatchList: Sendable {
    static let name = "deletion.patches"

    /// By file name.
    var files: [(name: String, patches: [Patch])] = []

    func write(in folder: Folder) throws(LookBackError) {
        var bytes: [UInt8] = []
        bytes.appendVarint(files.count)
        for (name, patches) in files {
            bytes.appendVarint(name.utf8.count)
            bytes.append(contentsOf: name.utf8)
            bytes.appendVarint(patches.count)
            for patch in patches {
                bytes.appendFixed(UInt64(patch.place))
                bytes.appendFixed(patch.head)
                bytes.append(patch.headBytes)
                bytes.appendFixed(patch.zeros)
            }
        }
        bytes.appendFixed(CRC32C.of(bytes))
        let file = try OpenFile(folder.path(of: Self.name + ".tmp"), .create)
        try file.write(bytes, at: 0)
        try file.sync()
        try folder.rename(Self.name + ".tmp", to: Self.name)
        try folder.sync()
    }

    /// Nil when no deletion was begun and not ended.
    init?(in folder: Folder) throws(LookBackError) {
        guard try folder.names().contains(Self.name) else { return nil }
        let file = try OpenFile(folder.path(of: Self.name), .read)
        let bytes = try file.read(try file.size(), at: 0)
        var crc = ByteReader(bytes.suffix(4))
        var reader = ByteReader(bytes.dropLast(4))
        guard bytes.count > 4, crc.fixed(4) == UInt64(CRC32C.of(Array(bytes.dropLast(4)))), let count = reader.varint() else {
            throw .damaged(file.path, "its checksum is wrong; a deletion was begun and cannot be ended")
        }
        for _ in 0..<count {
            guard let length = reader.varint(), let name = reader.slice(length), let patches = reader.varint() else {
                throw .damaged(file.path, "it cannot be read")
            }
            var list: [Patch] = []
            for _ in 0..<patches {
                guard let place = reader.fixed(8), let head = reader.fixed(8), let headBytes = reader.byte(),
                    let zeros = reader.fixed(4)
                else { throw .damaged(file.path, "it cannot be read") }
                var patch = Patch(at: Int(place), zeros: Int(zeros))
                patch.head = head
                patch.headBytes = headBytes
                list.append(patch)
            }
            files.append((String(decoding: name, as: UTF8.self), list))
        }
    }

    init() {}

    /// Overwrites everything and writes it out; may be repeated.
    /// - Parameter gate: keeps readers of this process out while a file's bytes and checksums change.
    func apply(in folder: Folder, gate: PatchGate) throws(LookBackError) {
        let present = Set(try folder.names())
        for (name, patches) in files where present.contains(name) {
            let file = try OpenFile(folder.path(of: name), .write)
            try gate.holding { () throws(LookBackError) in
                for patch in patches { try file.write(patch.bytes, at: patch.place) }
            }
            try file.sync()
        }
    }

    func end(in folder: Folder) throws(LookBackError) {
        try folder.remove(Self.name)
        try folder.sync()
    }
}

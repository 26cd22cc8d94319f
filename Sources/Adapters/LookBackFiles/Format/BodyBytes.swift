// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Glibc
import PerceptualHashing
import Signals
import Synchronization

/// Where the bytes of a body are: in memory, or in a file with a checksum for every 64 KiB.
enum BodyBytes: Sendable {
    case memory([UInt8], base: Int, name: String)
    case file(CheckedFile)

    var name: String {
        switch self {
        case .memory(_, _, let name): name
        case .file(let file): file.file.path
        }
    }

    /// Bytes that agree with their checksums.
    func read(_ count: Int, at offset: Int) throws(LookBackError) -> [UInt8] {
        switch self {
        case .memory(let bytes, let base, _): return Array(bytes[base + offset..<base + offset + count])
        case .file(let file):
            try file.check(offset..<offset + count)
            return try file.file.read(count, at: file.base + offset)
        }
    }

    /// Bytes as they are. Returns the error, since it is called in closures that do not pass on typed ones.
    func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> LookBackError? {
        switch self {
        case .memory(let bytes, let base, _):
            // `copyBytes` checks that the buffer is large enough: it is exactly as large.
            buffer.copyBytes(from: bytes[base + offset..<base + offset + buffer.count])
            return nil
        case .file(let file): return file.file.readAll(buffer, at: file.base + offset)
        }
    }
}

/// Bytes in a file, followed by one checksum for each chunk; a chunk is checked when it is first used.
final class CheckedFile: Sendable {
    static let chunk = 64 << 10

    let file: OpenFile
    /// Where the bytes begin, and how many they are.
    let base: Int
    let size: Int
    private let checked: Mutex<[Bool]>

    init(_ file: OpenFile, base: Int, size: Int) {
        self.file = file
        self.base = base
        self.size = size
        checked = Mutex([Bool](repeating: false, count: Self.chunks(size)))
    }

    static func chunks(_ size: Int) -> Int { (size + chunk - 1) / chunk }

    func bounds(of chunk: Int) -> Range<Int> { chunk * Self.chunk..<min((chunk + 1) * Self.chunk, size) }

    /// Where the checksum of a chunk lies in the file.
    func checksumPlace(of chunk: Int) -> Int { base + size + 4 * chunk }

    func check(_ range: Range<Int>) throws(LookBackError) {
        guard range.lowerBound >= 0, range.upperBound <= size else {
            throw .damaged(file.path, "bytes \(range) are asked for, and it has \(size)")
        }
        guard !range.isEmpty else { return }
        for chunk in range.lowerBound / Self.chunk...(range.upperBound - 1) / Self.chunk where !checked.withLock({ $0[chunk] }) {
            try checkNow(chunk)
            checked.withLock { $0[chunk] = true }
        }
    }

    /// Checks a chunk whether or not it was checked before.
    func checkNow(_ chunk: Int) throws(LookBackError) {
        for attempt in 1... {
            let bounds = bounds(of: chunk)
            let crc = CRC32C.of(try file.read(bounds.count, at: base + bounds.lowerBound))
            let place = checksumPlace(of: chunk)
            let stored = try file.read(4, at: place).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            if crc == stored { return }
            // The writer may be overwriting something in it at this moment, in another process.
            guard attempt < 3 else {
                throw .damaged(
                    file.path,
                    "bytes \(base + bounds.lowerBound) to \(base + bounds.upperBound - 1): their checksum is "
                        + "\(String(crc, radix: 16)), \(String(stored, radix: 16)) was expected")
            }
            usleep(2_000)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Dispatch
import Glibc

/// The name of a file as the system has it: bytes that need not be text.
struct FileName: Sendable {
    var bytes: [UInt8]

    init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// For people: what is no UTF-8 is replaced.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The whole file.
    func read(atMost largest: Int) throws -> [UInt8] {
        let descriptor = (bytes + [0]).withUnsafeBufferPointer { name in
            name.withMemoryRebound(to: CChar.self) { name in name.baseAddress.map { open($0, O_RDONLY | O_CLOEXEC) } ?? -1 }
        }
        guard descriptor >= 0 else { throw Self.problem(errno) }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw Self.problem(errno) }
        guard facts.st_mode & S_IFMT != S_IFDIR else { throw HashedFile.Problem(message: "a folder") }
        var content: [UInt8] = []
        content.reserveCapacity(min(Int(facts.st_size), largest) + 1)
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.problem(errno) }
            guard count > 0 else { return content }
            content += chunk[..<count]
            guard content.count <= largest else { throw HashedFile.Problem(message: "larger than \(largest) bytes") }
        }
    }

    private static func problem(_ code: Int32) -> HashedFile.Problem {
        switch code {
        case ENOENT, ENOTDIR: .init(message: "not found")
        case EACCES, EPERM: .init(message: "permission denied")
        default: .init(message: "can't be read: \(String(cString: strerror(code)))")
        }
    }
}

/// The names given, then those that standard input has, read as they are wanted: a list may be endless.
actor FileNames {
    private var given: ArraySlice<String>
    private var readsStandardInput: Bool
    private var separator: UInt8?
    private var buffer: [UInt8] = []
    private var start = 0
    private var hasEnded = false

    /// - Parameter isNullTerminated: otherwise names are ended by NUL bytes when the first one is, else by line ends.
    init(_ given: [String], readsStandardInput: Bool, isNullTerminated: Bool) {
        self.given = given.filter { $0 != "-" }[...]
        self.readsStandardInput = readsStandardInput || given.contains("-")
        if isNullTerminated { separator = 0 }
    }

    func next() async -> FileName? {
        if let name = given.popFirst() { return FileName(name.utf8) }
        guard readsStandardInput else { return nil }
        while true {
            if let name = takeName() {
                if name.isEmpty { continue }
                return FileName(name)
            }
            if hasEnded {
                readsStandardInput = false
                let rest = buffer[start...]
                return rest.isEmpty ? nil : FileName(rest)
            }
            let chunk = await Self.readChunk()
            buffer.removeFirst(start)
            start = 0
            if chunk.isEmpty { hasEnded = true } else { buffer += chunk }
        }
    }

    private func takeName() -> ArraySlice<UInt8>? {
        let rest = buffer[start...]
        if separator == nil {
            if rest.contains(0) { separator = 0 } else if rest.contains(UInt8(ascii: "\n")) { separator = UInt8(ascii: "\n") }
        }
        guard let separator, let end = rest.firstIndex(of: separator) else { return nil }
        start = end + 1
        return rest[..<end]
    }

    /// Waits on a thread that may block.
    private static func readChunk() async -> [UInt8] {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var chunk = [UInt8](repeating: 0, count: 1 << 16)
                var count = -1
                repeat { count = Glibc.read(0, &chunk, chunk.count) } while count < 0 && errno == EINTR
                continuation.resume(returning: Array(chunk.prefix(max(0, count))))
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Glibc

/// Messages on standard input and output: a 32-bit little-endian length, then that many bytes.
///
/// To a decoder: one line of wishes (see WorkerRequest), a line end, a file. To a thinker: one line, an empty line, pixels or
/// text (see ThinkerRequest). Back: lines; where parts follow them, an empty line and the parts, whose lengths the lines tell.
struct WorkerChannel {
    var largestMessage: Int

    /// The next message; nil when the input has ended or makes no sense.
    func receive() -> [UInt8]? {
        guard let header = read(4) else { return nil }
        let length = header.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= largestMessage else { return nil }
        return read(length)
    }

    /// False when nobody listens any more.
    func send(_ lines: String, parts: [[UInt8]] = []) -> Bool {
        var body = Array(lines.utf8)
        if !parts.isEmpty { body += Array("\n\n".utf8) }
        let length = parts.reduce(body.count) { $0 + $1.count }
        guard send((0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + body) else { return false }
        return parts.allSatisfy(send)
    }

    private func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private func read(_ count: Int) -> [UInt8]? {
        var complete = true
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let free = UnsafeMutableBufferPointer(rebasing: buffer[filled..<count])
                let got = Glibc.read(0, free.baseAddress, free.count)
                if got < 0, errno == EINTR { continue }
                guard got > 0 else {
                    complete = false
                    return
                }
                filled += got
            }
        }
        return complete ? bytes : nil
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Glibc

/// Messages on standard input and output: a 32-bit little-endian length, then that many bytes.
///
/// In: one line of wishes (see WorkerRequest), a line end, a file. Out: text, first `ready …`, then for each file an answer
/// (see WorkerAnswer).
struct WorkerChannel {
    /// Longest line of wishes, with its end.
    static let longestLine = 1_024

    var largestFile: Int

    /// A file and what is wanted of it.
    struct Message {
        var request: WorkerRequest
        /// The whole message; the file is its end.
        var bytes: [UInt8]
        var fileStart: Int

        var file: ArraySlice<UInt8> { bytes[fileStart...] }
    }

    /// The next file; nil when the input has ended or makes no sense.
    func receive() -> Message? {
        guard let header = read(4) else { return nil }
        let length = header.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= largestFile + Self.longestLine, let bytes = read(length),
            let end = bytes.prefix(Self.longestLine).firstIndex(of: UInt8(ascii: "\n")),
            let request = WorkerRequest(bytes[..<end])
        else { return nil }
        return Message(request: request, bytes: bytes, fileStart: end + 1)
    }

    /// False when nobody listens any more.
    func send(_ text: String) -> Bool {
        let body = Array(text.utf8)
        let message = (0..<4).map { UInt8(truncatingIfNeeded: body.count >> (8 * $0)) } + body
        var sent = 0
        while sent < message.count {
            let count = message[sent...].withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
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

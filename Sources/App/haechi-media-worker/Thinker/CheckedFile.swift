// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CNative
import Glibc

/// The bytes of a model's file, which are those that its manifest means.
enum CheckedFile {
    /// More is no model that fits into a process of ours.
    static let largest = 2 << 30

    /// - Throws: in words for the operator when the file is not there, too large, or another one.
    static func read(_ path: String, sha256 expected: String) throws(ThinkerProblem) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw ThinkerProblem(message: errno == ENOENT ? "the file is not there" : "the file can't be opened (error \(errno))")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ThinkerProblem(message: "it is no file")
        }
        guard status.st_size > 0, status.st_size <= largest else {
            throw ThinkerProblem(message: "the file has \(status.st_size) bytes, not 1 to \(largest)")
        }
        let size = Int(status.st_size)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            while filled < size {
                let free = UnsafeMutableBufferPointer(rebasing: buffer[filled..<size])
                let got = Glibc.read(file, free.baseAddress, free.count)
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { return }
                filled += got
            }
        }
        guard bytes.count == size else { throw ThinkerProblem(message: "the file can't be read to its end") }
        guard sha256Hex(of: bytes) == expected else {
            throw ThinkerProblem(message: "the file is not the one of the manifest: it has another SHA-256")
        }
        return bytes
    }

    static func sha256Hex(of bytes: [UInt8]) -> String {
        var digits = [CChar](repeating: 0, count: 65)
        cnative_sha256_hex(bytes, bytes.count, &digits)
        return String(decoding: digits.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

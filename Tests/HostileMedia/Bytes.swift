// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Pieces that files are written with.
enum Bytes {
    static func big(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
    }

    static func little(_ value: Int, _ count: Int) -> [UInt8] { big(value, count).reversed() }

    /// A box of the ISO base format.
    static func box(_ name: String, _ body: [UInt8]) -> [UInt8] { big(body.count + 8, 4) + Array(name.utf8) + body }

    /// A box with version and flags.
    static func full(_ name: String, _ version: Int = 0, _ body: [UInt8]) -> [UInt8] {
        box(name, [UInt8(version), 0, 0, 0] + body)
    }

    /// Where the given bytes stand first, nil when they don't.
    static func place(of needle: [UInt8], in bytes: [UInt8]) -> Int? {
        guard needle.count <= bytes.count else { return nil }
        return (0...bytes.count - needle.count).first { bytes[$0..<$0 + needle.count].elementsEqual(needle) }
    }

    /// The file with other bytes at a distance from the first place of a name; unchanged when it does not have the name.
    static func patched(_ bytes: [UInt8], after name: String, at offset: Int, with new: [UInt8]) -> [UInt8] {
        guard let start = place(of: Array(name.utf8), in: bytes), start + 4 + offset + new.count <= bytes.count else {
            return bytes
        }
        var result = bytes
        result.replaceSubrange(start + 4 + offset..<start + 4 + offset + new.count, with: new)
        return result
    }
}

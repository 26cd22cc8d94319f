// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A place in source text.
public struct SourceSpan: Sendable, Hashable {
    /// Counted from 1.
    public let line: Int
    /// In code points, counted from 1.
    public let column: Int
    /// In UTF-8 bytes from the start of the text.
    public let offset: Int
    /// In UTF-8 bytes.
    public let length: Int

    public init(line: Int, column: Int, offset: Int, length: Int) {
        self.line = line
        self.column = column
        self.offset = offset
        self.length = length
    }
}

/// Source text that can turn byte ranges into places and excerpts.
struct SourceText: Sendable {
    let bytes: [UInt8]
    private let lineStarts: [Int]

    init(_ text: String) {
        let bytes = Array(text.utf8)
        self.bytes = bytes
        lineStarts = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
    }

    func span(_ range: Range<Int>) -> SourceSpan {
        let line = lineStarts.lastIndex { $0 <= range.lowerBound } ?? 0
        let column = bytes[lineStarts[line]..<range.lowerBound].count { $0 & 0xC0 != 0x80 }
        return SourceSpan(line: line + 1, column: column + 1, offset: range.lowerBound, length: range.count)
    }

    func excerpt(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// The text of a line, counted from 1.
    func line(_ number: Int) -> String {
        let start = lineStarts[number - 1]
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        return excerpt(start..<end)
    }
}

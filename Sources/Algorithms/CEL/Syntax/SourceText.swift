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
public struct SourceText: Sendable {
    public let bytes: [UInt8]

    public init(_ text: String) { bytes = Array(text.utf8) }

    /// The place of a byte range. Looked for each time: places are needed for problems only.
    public func span(_ range: Range<Int>) -> SourceSpan {
        var (line, column) = (1, 1)
        for byte in bytes[..<min(range.lowerBound, bytes.count)] {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return SourceSpan(line: line, column: column, offset: range.lowerBound, length: range.count)
    }

    public func excerpt(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// The line that a byte stands in.
    func line(around offset: Int) -> String {
        let newline = UInt8(ascii: "\n")
        let start = bytes[..<min(offset, bytes.count)].lastIndex(of: newline).map { $0 + 1 } ?? 0
        let end = bytes[start...].firstIndex(of: newline) ?? bytes.count
        return excerpt(start..<end)
    }
}

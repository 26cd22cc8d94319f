// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Signals

/// Rows of cells after RFC 4180: a cell in quotes may hold separators, line ends and doubled quotes.
struct CSVRow {
    /// Comma, semicolon or tab.
    var separator: UInt8

    /// Where the row that begins at `start` ends, its line end not included, and where the next one begins; nil when there is
    /// no end in
    /// the bytes yet.
    /// - Parameter isLast: whether the bytes are all there is, so that their end is a row's end.
    func end(of bytes: [UInt8], from start: Int, isLast: Bool) -> (end: Int, next: Int)? {
        var at = start
        var isCellStart = true
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\n") { return (at, at + 1) }
            if isCellStart, byte == UInt8(ascii: "\"") {
                guard let close = Self.close(bytes, from: at + 1) else { return nil }
                at = close
            }
            isCellStart = byte == separator
            at += 1
        }
        return isLast && at > start ? (at, at) : nil
    }

    /// The closing quote of a cell that begins before `start`.
    private static func close(_ bytes: [UInt8], from start: Int) -> Int? {
        var at = start
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "\"") {
                guard at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "\"") else { return at }
                at += 1
            }
            at += 1
        }
        return nil
    }

    /// The cells of one row, unquoted, without white space around them.
    func cells(_ bytes: [UInt8], in range: Range<Int>) throws(RowError) -> [String] {
        var cells: [String] = []
        var at = range.lowerBound
        var end = range.upperBound
        if end > at, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        while true {
            if at < end, bytes[at] == UInt8(ascii: "\"") {
                guard let close = Self.close(bytes, from: at + 1), close < end else { throw RowError("a quote is not closed") }
                let text = String(decoding: bytes[at + 1..<close], as: UTF8.self)
                cells.append(text.contains("\"\"") ? text.replacingOccurrences(of: "\"\"", with: "\"") : text)
                at = close + 1
                guard at == end || bytes[at] == separator else { throw RowError("text after a closing quote") }
            } else {
                let start = at
                while at < end, bytes[at] != separator { at += 1 }
                cells.append(Self.trimmed(bytes, start, at))
            }
            guard at < end else { return cells }
            at += 1  // behind the separator
        }
    }

    private static func trimmed(_ bytes: [UInt8], _ start: Int, _ end: Int) -> String {
        var start = start
        var end = end
        while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
        while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }
}

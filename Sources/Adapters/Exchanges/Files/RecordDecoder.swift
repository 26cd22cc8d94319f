// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals

/// Turns the bytes of a list, handed over in chunks, into records; keeps no more than a row and a batch in memory.
package struct RecordDecoder: Sendable {
    /// A row longer than this is refused.
    package static let longestRow = 1 << 20

    private var options: RecordOptions
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    private var dropped: Int64 = 0
    private var line = 0
    private var columns: CSVColumns?
    private var csv = CSVRow(separator: UInt8(ascii: ","))
    /// In the middle of a row that is too long.
    private var isSkipping = false
    private var isAtBeginning = true
    /// The beginning of the next part.
    private var pending = RecordBatch()

    package init(options: RecordOptions = .init()) { self.options = options }

    /// The format, once it is known.
    package var format: RecordFormat? { options.format }

    package mutating func append(_ bytes: some Sequence<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            dropped += Int64(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// No more bytes will come.
    package mutating func finish() { isAtEnd = true }

    /// The next records; nil when more bytes are needed first or, after `finish`, when there are none.
    package mutating func next() throws(RecordFileError) -> RecordBatch? {
        skipByteOrderMark()
        var batch = pending
        pending = RecordBatch()
        while !batch.isFull, let row = nextRow(&batch) {
            let isBlank = buffer[row].allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            if isBlank { continue }
            if options.format == nil { options.format = try sniff(row) }
            try read(row, into: &batch)
        }
        batch.lines = line
        batch.bytes = dropped + Int64(start)
        // Full parts, so that a list costs as few transactions as it can.
        guard batch.isFull || isAtEnd else {
            pending = batch
            return nil
        }
        return batch.records.isEmpty && batch.refused.isEmpty ? nil : batch
    }

    private mutating func skipByteOrderMark() {
        guard isAtBeginning, buffer.count >= 3 || isAtEnd else { return }
        isAtBeginning = false
        if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
    }

    /// The bytes of the next whole row; `line` is the line on which it begins.
    private mutating func nextRow(_ batch: inout RecordBatch) -> Range<Int>? {
        guard !isAtBeginning else { return nil }
        while true {
            if isSkipping {
                guard let newline = newline(from: start) else {
                    start = buffer.count
                    return nil
                }
                start = newline + 1
                isSkipping = false
            }
            let found = options.format == .csv ? csv.end(of: buffer, from: start, isLast: isAtEnd) : lineEnd()
            if let found, found.end - start <= Self.longestRow {
                defer { start = found.next }
                line += 1 + extraLines
                extraLines = options.format == .csv ? buffer[start..<found.end].count { $0 == UInt8(ascii: "\n") } : 0
                return start..<found.end
            }
            let isOpen = found == nil && (buffer.count - start > Self.longestRow || (isAtEnd && start < buffer.count))
            guard found != nil || isOpen else { return nil }
            // Goes on behind the line: a quote that is never closed must not swallow the rest of the list.
            line += 1 + extraLines
            extraLines = 0
            batch.refused.append(
                RefusedRecord(
                    line: line,
                    reason: options.format == .csv
                        ? "a quote is not closed, or the row is longer than 1 MiB" : "the line is longer than 1 MiB"))
            isSkipping = true
        }
    }

    /// Lines inside quotes of the row before.
    private var extraLines = 0

    private func newline(from start: Int) -> Int? { buffer[start...].firstIndex(of: UInt8(ascii: "\n")) }

    private func lineEnd() -> (end: Int, next: Int)? {
        if let newline = newline(from: start) { return (newline, newline + 1) }
        return isAtEnd && start < buffer.count ? (buffer.count, buffer.count) : nil
    }

    /// The format by the first line that is not empty.
    private mutating func sniff(_ row: Range<Int>) throws(RecordFileError) -> RecordFormat {
        let text = String(decoding: buffer[row].prefix(4_096), as: UTF8.self).trimmed
        if text.hasPrefix("{") { return .ndjson }
        if text.hasPrefix("[") {
            throw .notUnderstood(line: line, "expected one JSON object a line, not a list of them")
        }
        if text.hasPrefix("<") || text.contains("\u{0}") {
            throw .notUnderstood(line: line, "expected NDJSON, CSV or a list of hashes in UTF-8")
        }
        if text.hasPrefix("#") { return .text }
        if text.lowercased().hasPrefix("hash=") { return .pairs }
        let separators = text.utf8.filter { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ";") || $0 == 0x09 }
        if let separator = separators.first {
            csv.separator = separator
            return .csv
        }
        // A single column with a name.
        return text.hasPrefix("\"") || ColumnRole(named: text) != nil ? .csv : .text
    }

    private mutating func read(_ row: Range<Int>, into batch: inout RecordBatch) throws(RecordFileError) {
        do {
            switch options.format ?? .text {
            case .ndjson: batch.records.append(try NDJSONRow.read(buffer, in: row, options: options, line: line))
            case .csv: try readCells(row, into: &batch)
            case .text:
                if let record = try TextRow.read(text(row)[...], options: options, line: line) { batch.records.append(record) }
            case .pairs:
                if let record = try TextRow.pairs(text(row)[...], options: options, line: line) { batch.records.append(record) }
            }
        } catch let error as RowError {
            batch.refused.append(RefusedRecord(line: line, reason: error.reason))
        } catch let error as RecordFileError {
            throw error
        } catch {
            batch.refused.append(RefusedRecord(line: line, reason: "not understood"))
        }
    }

    private mutating func readCells(_ row: Range<Int>, into batch: inout RecordBatch) throws {
        let cells = try csv.cells(buffer, in: row)
        if columns == nil {
            let found = try CSVColumns.find(cells, line: line)
            columns = found.columns
            if found.isHeader { return }
        }
        guard let columns else { return }
        batch.records += try columns.records(cells, options: options, line: line)
    }

    private func text(_ row: Range<Int>) throws(RowError) -> String {
        guard let text = String(validating: buffer[row], as: UTF8.self) else { throw RowError("not UTF-8") }
        return text.trimmed
    }
}

extension String {
    /// Without spaces, tabs and line ends around it.
    fileprivate var trimmed: String {
        var bytes = utf8[...]
        while let first = bytes.first, first <= 0x20 { bytes = bytes.dropFirst() }
        while let last = bytes.last, last <= 0x20 { bytes = bytes.dropLast() }
        return String(Substring(bytes))
    }
}

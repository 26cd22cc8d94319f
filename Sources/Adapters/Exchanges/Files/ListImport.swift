// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
package import Signals

/// Brings a list from a file into a bank.
///
/// The list is read twice: once to count and to find rows that are no use, before anything is written, and once to write.
package struct ListImport: Sendable {
    package struct Progress: Hashable, Sendable {
        package var isWriting = false
        package var records = 0
        package var bytes: Int64 = 0
        /// nil when it is not known.
        package var size: Int64?
    }

    package struct Result: Hashable, Sendable {
        /// As it was when it began; look again to see whether it waits.
        package var delivery: FingerprintImport
        /// With the first refused rows.
        package var tally: ImportTally
        package var refused: Int
    }

    /// Rows that are no use; nothing was written.
    package struct BadRows: Error, Hashable, Sendable {
        package static let kept = 100

        package var first: [RefusedRecord]
        package var count: Int
        package var records: Int
    }

    private let path: String
    private let options: RecordOptions
    private let skipsBadRows: Bool

    /// - Parameters:
    ///   - path: `-` for standard input, which is copied to a temporary file.
    ///   - skipsBadRows: whether to write the others when rows are no use.
    package init(path: String, options: RecordOptions, skipsBadRows: Bool) {
        self.path = path
        self.options = options
        self.skipsBadRows = skipsBadRows
    }

    /// - Parameter prepare: is called when the list has been checked and before anything is written.
    /// - Throws: `RecordFileError`, `BadRows`, `BankError`.
    package func run(
        bank: String, source: String, by account: String, desk: any BankDesk,
        progress: @Sendable (Progress) -> Void = { _ in }, prepare: () async throws -> Void = {}
    ) async throws -> Result {
        let spooled = path == "-" ? try Self.spool() : nil
        defer { if let spooled { try? FileManager.default.removeItem(atPath: spooled) } }
        let file = RecordFile(path: spooled ?? path, options: options)
        let checked = try await check(file, bank: bank, source: source, desk, progress)
        try await prepare()
        let delivery = try await desk.begin(bank: bank, source: source, by: account, expected: checked.records)
        var tally = ImportTally()
        var done = Progress(isWriting: true, size: file.size)
        for try await batch in file {
            // One row may hold several hashes, so a part can be a little larger than the desk takes.
            for start in stride(from: 0, to: batch.records.count, by: RecordBatch.limit) {
                let part = Array(batch.records[start..<min(batch.records.count, start + RecordBatch.limit)])
                tally += try await desk.take(part, of: delivery, strict: !skipsBadRows, checkpoint: nil)
            }
            done.records += batch.records.count
            done.bytes = batch.bytes
            progress(done)
        }
        // The check has seen them all, those that the desk refuses included.
        tally.refused = checked.first
        return Result(delivery: delivery, tally: tally, refused: checked.count)
    }

    /// Reads everything and counts.
    private func check(
        _ file: RecordFile, bank: String, source: String, _ desk: any BankDesk, _ progress: (Progress) -> Void
    ) async throws -> BadRows {
        var found = BadRows(first: [], count: 0, records: 0)
        var done = Progress(size: file.size)
        for try await batch in file {
            found.records += batch.records.count
            var refused = batch.refused
            for start in stride(from: 0, to: batch.records.count, by: RecordBatch.limit) {
                let part = Array(batch.records[start..<min(batch.records.count, start + RecordBatch.limit)])
                refused += try await desk.check(part, bank: bank, source: source)
            }
            refused.sort { $0.line < $1.line }
            found.count += refused.count
            found.first += refused.prefix(max(0, BadRows.kept - found.first.count))
            done.records = found.records
            done.bytes = batch.bytes
            progress(done)
        }
        if found.count > 0, !skipsBadRows { throw found }
        return found
    }

    private static func spool() throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "haechi-import-\(UUID().uuidString)").path
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: attributes),
            let handle = FileHandle(forWritingAtPath: path)
        else {
            throw RecordFileError.unreadable("standard input cannot be kept in \(FileManager.default.temporaryDirectory.path)")
        }
        defer { try? handle.close() }
        while let data = try FileHandle.standardInput.read(upToCount: 1 << 20), !data.isEmpty {
            try handle.write(contentsOf: data)
        }
        return path
    }
}

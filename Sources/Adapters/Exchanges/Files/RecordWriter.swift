// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
package import Signals

/// Writes records as lists that `RecordDecoder` reads back the same, but for the order of the fields.
package struct RecordWriter: Sendable {
    /// The formats that can be written: NDJSON and CSV.
    package enum Format: String, Hashable, Sendable, CaseIterable { case ndjson, csv }

    package let format: Format

    package init(_ format: Format) { self.format = format }

    /// What comes before the first record.
    package var head: [UInt8] {
        format == .csv ? Array((RecordFields.names.joined(separator: ",") + "\r\n").utf8) : []
    }

    package func write(_ record: FingerprintRecord, to bytes: inout [UInt8]) {
        switch format {
        case .ndjson: ndjson(record, to: &bytes)
        case .csv: csv(record, to: &bytes)
        }
    }

    private func ndjson(_ record: FingerprintRecord, to bytes: inout [UInt8]) {
        bytes +=
            "{\"kind\":\"\(record.kind.rawValue)\",\"value\":\"\(record.value.lowercased())\",\"trust\":\"\(trust(record))\"".utf8
        if !record.reference.isEmpty {
            bytes += ",\"reference\":".utf8
            JSONTree.write(record.reference, to: &bytes)
        }
        if !record.tags.isEmpty {
            bytes += ",\"tags\":".utf8
            bytes += JSONTree.array(record.tags.map { .string($0) }).serialized
        }
        if let quality = record.quality { bytes += ",\"quality\":\(quality)".utf8 }
        if let radius = record.radius { bytes += ",\"radius\":\(radius)".utf8 }
        if let expiresAt = record.expiresAt { bytes += ",\"expires\":\"\(Timestamp.text(expiresAt))\"".utf8 }
        if record.isWithdrawn { bytes += ",\"withdrawn\":true".utf8 }
        bytes += "}\n".utf8
    }

    private func csv(_ record: FingerprintRecord, to bytes: inout [UInt8]) {
        let cells = [
            record.kind.rawValue, record.value.lowercased(), trust(record), record.reference,
            // The separator of tags cannot be written inside one.
            record.tags.map { $0.replacing(";", with: ",").replacing("|", with: "/") }.joined(separator: ";"),
            record.quality.map { String($0) } ?? "", record.radius.map { String($0) } ?? "",
            record.expiresAt.map { Timestamp.text($0) } ?? "", record.isWithdrawn ? "true" : "",
        ]
        bytes += (cells.map { Self.quoted($0) }.joined(separator: ",") + "\r\n").utf8
    }

    /// A retired record is one that is withdrawn; what it was before does not matter to the reader.
    private func trust(_ record: FingerprintRecord) -> String {
        (record.trust == .retired ? Trust.claimed : record.trust).rawValue
    }

    private static func quoted(_ cell: String) -> String {
        let needsQuotes =
            cell.utf8.contains { [0x22, 0x2C, 0x3B, 0x0A, 0x0D, 0x09].contains($0) } || cell.hasPrefix(" ") || cell.hasSuffix(" ")
        return needsQuotes ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
    }
}

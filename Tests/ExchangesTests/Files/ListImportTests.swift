// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Signals
import Testing

@testable import Exchanges

@Suite("Lists into banks and back")
struct ListImportTests {
    private func withFile(_ text: String, _ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "list-\(UUID().uuidString)").path
        try Data(text.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    private let lines = (0..<12_000).map { "{\"kind\":\"md5\",\"value\":\"\(digits($0, 32))\"}" }

    @Test("a list goes in by parts of 5,000 with its size announced")
    func good() async throws {
        try await withFile(lines.joined(separator: "\n")) { path in
            let desk = MemoryDesk()
            let result = try await ListImport(path: path, options: .init(trust: .verified), skipsBadRows: false)
                .run(bank: "b", source: "s", by: "operator", desk: desk)
            #expect(result.tally.added == 12_000 && result.tally.refused.isEmpty)
            #expect(await desk.takes.map(\.count) == [5_000, 5_000, 2_000])
        }
    }

    @Test("with one bad row nothing is written, unless it is asked to skip")
    func bad() async throws {
        var lines = lines
        lines[11_000] = "oops"
        try await withFile(lines.joined(separator: "\n")) { path in
            let desk = MemoryDesk()
            let error = await #expect(throws: ListImport.BadRows.self) {
                try await ListImport(path: path, options: .init(), skipsBadRows: false).run(
                    bank: "b", source: "s", by: "operator", desk: desk)
            }
            #expect(error?.first.map(\.line) == [11_001] && error?.count == 1)
            #expect(await desk.takes.isEmpty)
            #expect(await desk.begun.isEmpty)
            let result = try await ListImport(path: path, options: .init(), skipsBadRows: true)
                .run(bank: "b", source: "s", by: "operator", desk: desk)
            #expect(result.tally.added == 11_999 && result.tally.refused.map(\.line) == [11_001])
        }
    }

    @Test("a bank comes out as it is, and what may be shared only as far as its sources allow")
    func export() async throws {
        let desk = MemoryDesk()
        let open = FingerprintSource(name: "open", mayShare: true, addedAt: Date(timeIntervalSince1970: 0))
        await desk.set(sources: [open, FingerprintSource(name: "closed", addedAt: Date(timeIntervalSince1970: 0))])
        for (source, range) in [("open", 0..<6), ("closed", 6..<9)] {
            let delivery = try await desk.begin(bank: "b", source: source, by: "x", expected: nil)
            let records = range.map {
                FingerprintRecord(
                    kind: .pdq, value: digits($0), trust: $0 == 1 ? .claimed : .verified,
                    tags: $0 == 2 ? [ShareRules.fastModeTag] : [])
            }
            _ = try await desk.take(records, of: delivery, strict: false, checkpoint: nil)
            let withdrawn = FingerprintRecord(kind: .pdq, value: digits(range.lowerBound), trust: .claimed, isWithdrawn: true)
            _ = try await desk.take([withdrawn], of: delivery, strict: false, checkpoint: nil)
        }
        func list(_ scope: BankExport.Scope) async throws -> [FingerprintRecord] {
            var bytes: [UInt8] = []
            let count = try await BankExport(bank: "b", scope: scope).write(
                RecordWriter(.csv), desk: desk, to: { bytes += $0 })
            var decoder = RecordDecoder()
            decoder.append(bytes)
            decoder.finish()
            let records = try decoder.next()?.records ?? []
            #expect(records.count == count)
            return records
        }
        let all = try await list(.all)
        #expect(all.count == 9 && all.filter(\.isWithdrawn).count == 2)
        let shared = try await list(.shareable)
        #expect(shared.map(\.value) == [0, 3, 4, 5].map { digits($0) })
        #expect(shared.map(\.isWithdrawn) == [true, false, false, false])
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import PerceptualHashing
import Testing

@Suite("The files of a Hamming index")
struct HammingIndexFilesTests {
    // Its last bytes in the log are not zero, or zeros behind a torn batch could complete it.
    private func entry(_ number: UInt64) -> HammingEntry {
        var numbers = SeededNumbers(number)
        return HammingEntry(hash: numbers.hash(), key: number, labels: HammingLabels(bank: 1, expires: .max))
    }

    private func file(_ folder: String, _ prefix: String) throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix(prefix) }.sorted()
        return folder + "/" + (try #require(names.last))
    }

    private func change(_ path: String, _ body: (inout Data) -> Void) throws {
        var data = try Data(contentsOf: URL(fileURLWithPath: path))
        body(&data)
        try data.write(to: URL(fileURLWithPath: path))
    }

    @Test("a log cut off anywhere gives back whole batches only, and goes on from there")
    func tornLog() async throws {
        var numbers = SeededNumbers(1)
        try await withFolder { folder in
            var index = try HammingIndex.open(at: folder)
            for tag in UInt64(1)...12 { try index.apply([.add(entry(tag * 2)), .add(entry(tag * 2 + 1))], tag: tag) }
            index.close()
            let log = try file(folder, "log-")
            let whole = try Data(contentsOf: URL(fileURLWithPath: log))
            let batch = (whole.count - 24) / 12
            for _ in 0..<40 {
                let length = Int.random(in: 24...whole.count, using: &numbers)
                var torn = whole.prefix(length)
                // A crashed file system may show bytes that were never written as zeros.
                if Bool.random(using: &numbers) { torn += Data(count: Int.random(in: 0..<60, using: &numbers)) }
                try torn.write(to: URL(fileURLWithPath: log))
                index = try HammingIndex.open(at: folder)
                let left = (length - 24) / batch
                #expect(index.tag == UInt64(left))
                #expect(index.count == left * 2)
                try index.apply([.add(entry(1000))], tag: 99)
                index.close()
                index = try HammingIndex.open(at: folder)
                #expect(index.tag == 99 && index.count == left * 2 + 1)
                index.close()
            }
        }
    }

    @Test("a log damaged before its end is refused, with the place")
    func damagedLog() async throws {
        try await withFolder { folder in
            let index = try HammingIndex.open(at: folder)
            for tag in UInt64(1)...5 { try index.apply([.add(entry(tag))], tag: tag) }
            index.close()
            let log = try file(folder, "log-")
            let whole = try Data(contentsOf: URL(fileURLWithPath: log))
            let batch = (whole.count - 24) / 5
            for offset in [24, 24 + batch + 5, 24 + 2 * batch + 40, 24 + 4 * batch - 1] {
                try change(log) { $0[offset] ^= 4 }
                let error = #expect(throws: HammingIndexError.self) { try HammingIndex.open(at: folder) }
                guard case .damaged(let path, let place?, _) = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
                #expect(path == log && place == 24 + (offset - 24) / batch * batch)
                try whole.write(to: URL(fileURLWithPath: log))
            }
            #expect(try HammingIndex.open(at: folder).count == 5)
        }
    }

    @Test("a damaged segment is found by verify, a damaged or missing file's head already by open")
    func damagedSegment() async throws {
        try await withFolder { folder in
            var index = try HammingIndex.open(at: folder)
            try index.apply((0..<500).map { .add(entry($0)) }, tag: 1)
            try index.compact()
            index.close()
            let segment = try file(folder, "segment-")
            let whole = try Data(contentsOf: URL(fileURLWithPath: segment))
            // A hash, a label, and a table: 500 hashes take 16,000 bytes, their labels 10,048.
            for offset in [8192 + 100, 8192 + 16_000 + 3, 8192 + 16_000 + 10_048 + 1] {
                try change(segment) { $0[offset] ^= 1 }
                index = try HammingIndex.open(at: folder, options: .init(copiesToMemory: false))
                #expect(throws: HammingIndexError.self) { try index.verify() }
                // Whatever the tables say, a search neither crashes nor leaves its memory.
                for number in UInt64(0)..<50 { _ = index.makeSearcher().matches(for: entry(number).hash, within: 31) }
                index.close()
                index = try HammingIndex.open(at: folder)
                #expect(throws: HammingIndexError.self) { try index.verify() }
                #expect(index.statistics.damage != nil)
                index.close()
                try whole.write(to: URL(fileURLWithPath: segment))
            }
            let damages: [(inout Data) -> Void] = [
                { $0[100] ^= 1 }, { $0 = $0.prefix(5_000) }, { $0 = $0.prefix(20_000) },
            ]
            for damage in damages {
                try change(segment, damage)
                #expect(throws: HammingIndexError.self) { try HammingIndex.open(at: folder) }
                try whole.write(to: URL(fileURLWithPath: segment))
            }
            for name in ["manifest", "log-"] {
                let path = try file(folder, name)
                let kept = try Data(contentsOf: URL(fileURLWithPath: path))
                try FileManager.default.removeItem(atPath: path)
                #expect(throws: HammingIndexError.self) { try HammingIndex.open(at: folder) }
                try kept.write(to: URL(fileURLWithPath: path))
            }
            #expect(try HammingIndex.open(at: folder).verify().entries == 500)
        }
    }

    @Test("one process at a time, and nothing can be changed after close")
    func lock() async throws {
        try await withFolder { folder in
            let index = try HammingIndex.open(at: folder)
            try index.apply([.add(entry(1))], tag: 1)
            #expect(throws: HammingIndexError.inUse(path: folder)) { try HammingIndex.open(at: folder) }
            index.close()
            #expect(throws: HammingIndexError.closed) { try index.apply([], tag: 2) }
            #expect(index.makeSearcher().matches(for: entry(1).hash, within: 0).count == 1)
            #expect(try HammingIndex.open(at: folder).count == 1)
        }
    }
}

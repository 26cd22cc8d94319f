// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import PerceptualHashing

/// The index: building, memory, opening, queries one by one and in batches, and whether it finds everything.
struct SearchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "search", abstract: "Measure the index.")

    @OptionGroup var data: DataOptions

    @Option(help: "Keep the index in this folder and measure opening it.")
    var folder: String?

    @Option(help: "How many queries are compared with a plain scan.")
    var sample = 20

    @Flag(help: "Answer lines on standard input, for comparisons: FILE-OF-HASHES FILE-OF-QUERIES RADIUS follow.")
    var serve = false

    @Argument var served: [String] = []

    func run() throws {
        if serve { return try SearchServer.run(served) }
        let hashes = try data.hashes()
        let queries = HashSets.queries(data.queries, of: hashes, seed: data.seed)
        let before = residentBytes()
        let begin = processSeconds()
        var index = try Self.build(hashes, folder: folder)
        let build = processSeconds() - begin
        let memory = residentBytes() - before
        var results: [(String, any Encodable)] = [
            ("count", hashes.count), ("data", data.file ?? data.data.rawValue), ("radius", data.radius),
            ("buildCPUSeconds", build),
            ("residentMB", memory / 1_000_000),
        ]
        if let folder {
            index.close()
            let start = wallSeconds()
            index = try HammingIndex.open(at: folder)
            let opened = wallSeconds() - start
            let first = index.makeSearcher().matches(for: queries[0], within: data.radius).count
            results += [
                ("openSeconds", opened), ("openAndFirstQuerySeconds", wallSeconds() - start), ("firstQueryMatches", first),
            ]
            // Wait until the mapped file has been copied to memory: `verify` runs behind it.
            _ = try index.verify()
        }
        results += measure(index, queries)
        results += check(index, hashes, queries)
        let statistics = index.statistics
        results += [("indexMB", statistics.memoryBytes / 1_000_000), ("segments", statistics.segments)]
        report(results, json: data.json)
    }

    static func build(_ hashes: [PDQHash], folder: String?) throws -> HammingIndex {
        let index = try folder.map { try HammingIndex.open(at: $0) } ?? HammingIndex.inMemory()
        let batch = 1 << 20
        for start in stride(from: 0, to: hashes.count, by: batch) {
            let changes = (start..<min(start + batch, hashes.count)).map { place in
                HammingChange.add(HammingEntry(hash: hashes[place], key: UInt64(place)))
            }
            try index.apply(changes, tag: UInt64(start))
        }
        try index.compact()
        return index
    }

    private func measure(_ index: HammingIndex, _ queries: [PDQHash]) -> [(String, any Encodable)] {
        let searcher = index.makeSearcher()
        var rates: [Double] = []
        var batches: [Double] = []
        var waits: [Double] = []
        var found = 0
        var matches: [HammingMatch] = []
        for _ in 0..<7 {
            found = 0
            let begin = threadSeconds()
            for query in queries {
                matches.removeAll(keepingCapacity: true)
                searcher.appendMatches(for: query, within: data.radius, to: &matches)
                found += matches.count
            }
            rates.append(Double(queries.count) / (threadSeconds() - begin))
            let start = threadSeconds()
            _ = searcher.batch(queries, within: data.radius)
            batches.append(Double(queries.count) / (threadSeconds() - start))
        }
        for query in queries {
            let begin = threadSeconds()
            matches.removeAll(keepingCapacity: true)
            searcher.appendMatches(for: query, within: data.radius, to: &matches)
            waits.append((threadSeconds() - begin) * 1000)
        }
        return [
            ("queriesPerCPUSecond", median(rates)), ("batchQueriesPerCPUSecond", median(batches)),
            ("p50Milliseconds", percentile(waits, 0.5)), ("p99Milliseconds", percentile(waits, 0.99)), ("matches", found),
        ]
    }

    private func check(_ index: HammingIndex, _ hashes: [PDQHash], _ queries: [PDQHash]) -> [(String, any Encodable)] {
        let searcher = index.makeSearcher()
        let scan = HammingScan(hashes)
        var expected = 0
        var found = 0
        for query in queries.prefix(sample) {
            let truth = Set(scan.matches(for: query, within: data.radius).map { UInt64($0.index) })
            expected += truth.count
            found += searcher.matches(for: query, within: data.radius).filter { truth.contains($0.key) }.count
        }
        return [("sampleMatches", expected), ("recall", expected == 0 ? 1 : Double(found) / Double(expected))]
    }
}

/// Builds an index from a file of rows and answers `go COUNT` and `matches COUNT` with JSON lines.
enum SearchServer {
    static func run(_ arguments: [String]) throws {
        guard arguments.count == 3, let radius = Int(arguments[2]) else {
            throw ValidationError("--serve needs FILE-OF-HASHES FILE-OF-QUERIES RADIUS")
        }
        let hashes = try HashSets.load(arguments[0])
        let queries = try HashSets.load(arguments[1])
        let before = residentBytes()
        let begin = processSeconds()
        let index = try SearchCommand.build(hashes, folder: nil)
        say([("build", processSeconds() - begin), ("memory", max(residentBytes() - before, index.statistics.memoryBytes))])
        let searcher = index.makeSearcher()
        while let line = readLine() {
            let words = line.split(separator: " ")
            let asked = queries.prefix(words.count > 1 ? Int(words[1]) ?? 0 : 0)
            if words.first == "go" {
                var waits: [Double] = []
                waits.reserveCapacity(asked.count)
                var found = 0
                let start = threadSeconds()
                for query in asked {
                    let one = wallSeconds()
                    found += searcher.matches(for: query, within: radius).count
                    waits.append((wallSeconds() - one) * 1000)
                }
                say([
                    ("cpu", threadSeconds() - start), ("queries", asked.count), ("p50", percentile(waits, 0.5)),
                    ("p99", percentile(waits, 0.99)), ("found", found),
                ])
            } else {
                let pairs = asked.enumerated().flatMap { number, query in
                    searcher.matches(for: query, within: radius).map { [number, Int($0.key)] }
                }
                say([("pairs", pairs)])
            }
        }
    }

    private static func say(_ values: [(String, any Encodable)]) {
        report(values, json: true)
        fflush(nil)
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import TextMatching

/// Normalising texts and looking for many literals in them.
struct TextCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "text", abstract: "Measure normalisation, and the scan for many literals, over the lines of a file.")

    @Argument(help: "A file of texts, one a line.")
    var texts: String

    @Argument(help: "A file of literals, one a line.")
    var literals: String

    @Option(help: "Passes over the texts; the median is told.")
    var rounds = 7

    @Flag(help: "All lines as one text.")
    var whole = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let data = try Data(contentsOf: URL(filePath: texts))
        let lines = whole ? [Array(data)] : data.split(separator: 10).map(Array.init)
        let patterns = try Data(contentsOf: URL(filePath: literals)).split(separator: 10).map(Array.init)
        let begin = threadSeconds()
        let set = LiteralSet(patterns)
        let build = threadSeconds() - begin
        var results: [(String, any Encodable)] = [
            ("literals", patterns.count), ("texts", lines.count), ("bytes", lines.map(\.count).reduce(0, +)),
            ("buildMilliseconds", build * 1000), ("memoryBytes", set.memoryBytes),
        ]
        results += scan(lines, set)
        for view in TextView.allCases { results.append(("\(view)MBPerSecond", normalize(lines, view))) }
        report(results, json: json)
    }

    private func scan(_ lines: [[UInt8]], _ set: LiteralSet) -> [(String, any Encodable)] {
        var found = 0
        var bits = [UInt64](repeating: 0, count: set.wordCount)
        let marking = rate(lines) { line in
            if set.mark(line, into: &bits) { found += 1 }
        }
        let distinct = bits.map(\.nonzeroBitCount).reduce(0, +)
        var matches = 0
        let matching = rate(lines) { line in
            set.forEachMatch(in: line.span) { _ in
                matches += 1
                return true
            }
        }
        return [
            ("markMBPerSecond", marking), ("matchMBPerSecond", matching), ("textsWithMatch", found / (rounds + 1)),
            ("matches", matches / (rounds + 1)), ("distinct", distinct),
        ]
    }

    private func normalize(_ lines: [[UInt8]], _ view: TextView) -> Double {
        let normalizer = Normalizer(view: view)
        var bytes = 0
        return rate(lines) { bytes += normalizer.normalize(utf8: $0.span).bytes.count }
    }

    /// Megabytes a second of processor time, median over the rounds, after one that warms up.
    private func rate(_ lines: [[UInt8]], _ work: ([UInt8]) -> Void) -> Double {
        let bytes = Double(lines.map(\.count).reduce(0, +))
        for line in lines { work(line) }
        return median(
            (0..<rounds).map { _ in
                let begin = threadSeconds()
                for line in lines { work(line) }
                return bytes / max(threadSeconds() - begin, 1e-9) / 1e6
            })
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import LinearRegex

/// Regular expressions over the lines of a file.
struct RegexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "regex", abstract: "Measure regular expressions over the lines of a file, in processor time of one core.")

    @Argument(help: "A file of texts, one a line.")
    var texts: String

    @Argument(help: "A file of patterns, one a line.")
    var patterns: String

    @Option(help: "Passes over the texts; the median is told.")
    var rounds = 7

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let data = try [UInt8](Data(contentsOf: URL(filePath: texts)))
        let lines = data.split(separator: 10).map(Array.init)
        let patterns = try String(contentsOf: URL(filePath: patterns), encoding: .utf8).split(separator: "\n").map(String.init)
        var results: [(String, any Encodable)] = []
        for (number, pattern) in patterns.enumerated() {
            let compiling = try seconds { _ = try LinearRegex(pattern) }
            let regex = try LinearRegex(pattern)
            // One pass warms up, and counts.
            var lineCount = 0
            for line in lines where regex.matches(line) { lineCount += 1 }
            let byLine = seconds { for line in lines { _ = regex.matches(line) } }
            let count = Self.count(regex, data)
            let whole = seconds { _ = Self.count(regex, data) }
            results += [
                ("compileMicroseconds\(number)", compiling * 1e6), ("matchingLines\(number)", lineCount),
                ("matches\(number)", count),
                ("lineNanoseconds\(number)", byLine / Double(max(lines.count, 1)) * 1e9),
                ("wholeMBPerSecond\(number)", Double(data.count) / max(whole, 1e-9) / 1e6),
            ]
        }
        report(results, json: json)
    }

    private static func count(_ regex: LinearRegex, _ data: [UInt8]) -> Int {
        data.withUnsafeBufferPointer { bytes in
            var (count, offset) = (0, 0)
            while let range = regex.firstRange(in: bytes, from: offset) {
                count += 1
                offset = max(range.upperBound, range.lowerBound + 1)
            }
            return count
        }
    }

    /// Of the median round.
    private func seconds(_ work: () throws -> Void) rethrows -> Double {
        try median(
            (0..<rounds).map { _ in
                let begin = threadSeconds()
                try work()
                return threadSeconds() - begin
            })
    }
}

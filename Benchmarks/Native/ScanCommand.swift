// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import PerceptualHashing

/// The scan kernel, and from how many hashes on the index is faster.
struct ScanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "scan", abstract: "Measure the scan, and where the index wins.")

    @OptionGroup var data: DataOptions

    @Flag(help: "Compare scan and index for sizes from 100 to the count.")
    var crossover = false

    func run() throws {
        let hashes = try data.hashes()
        let queries = HashSets.queries(max(8, data.queries), of: hashes, seed: data.seed)
        var results: [(String, any Encodable)] = [("count", hashes.count), ("kernel", HammingScan.kernel)]
        for some in [1, 2, 4, 8] {
            let times = (0..<5).map { _ in
                let begin = threadSeconds()
                var found = 0
                hashes.withUnsafeBytes { bytes in
                    HammingScan.scan(bytes, queries: Array(queries.prefix(some)), within: data.radius) { _ in found += 1 }
                }
                return threadSeconds() - begin
            }
            let time = median(times)
            results.append(("gigabytesPerSecond\(some)", Double(hashes.count) * 32 / time / 1e9))
            results.append(("millionPairsPerSecond\(some)", Double(hashes.count * some) / time / 1e6))
        }
        report(results, json: data.json)
        if crossover { try compare(hashes, queries) }
    }

    private func compare(_ hashes: [PDQHash], _ queries: [PDQHash]) throws {
        for radius in [0, 15, 31, 47, 63] {
            var size = 100
            while size <= hashes.count {
                let index = try SearchCommand.build(Array(hashes.prefix(size)), folder: nil)
                let searcher = index.makeSearcher()
                func rate(_ path: HammingSearcher.Path) -> Double {
                    searcher.path = path
                    var matches: [HammingMatch] = []
                    let some = queries.prefix(max(5, min(queries.count, 20_000_000 / size)))
                    return median(
                        (0..<3).map { _ in
                            let begin = threadSeconds()
                            for query in some {
                                matches.removeAll(keepingCapacity: true)
                                searcher.appendMatches(for: query, within: radius, to: &matches)
                            }
                            return Double(some.count) / (threadSeconds() - begin)
                        })
                }
                report(
                    [
                        ("radius", radius), ("hashes", size), ("probes", rate(.probes).rounded()),
                        ("scan", rate(.scan).rounded()),
                        ("chosen", rate(.cheapest).rounded()),
                    ], json: true)
                size *= 10
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import PerceptualHashing
import Synchronization

/// How long an addition or removal takes until searches see it, while another thread searches.
struct LiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "live", abstract: "Measure changes beside searches.")

    @OptionGroup var data: DataOptions

    @Option(help: "The folder of the index; a new one is filled.")
    var folder: String

    @Option(help: "How many changes.")
    var changes = 500

    func run() throws {
        let hashes = try data.hashes()
        let queries = HashSets.queries(data.queries, of: hashes, seed: data.seed)
        let index = try SearchCommand.build(hashes, folder: folder)
        let done = Mutex(false)
        let asked = Mutex(0)
        let radius = data.radius
        let load = Thread {
            let searcher = index.makeSearcher()
            while !done.withLock({ $0 }) {
                for query in queries { _ = searcher.matches(for: query, within: radius) }
                asked.withLock { $0 += queries.count }
            }
        }
        load.start()
        let searcher = index.makeSearcher()
        var numbers = HashSets.Numbers(data.seed &+ 7)
        var additions: [Double] = []
        var removals: [Double] = []
        let begin = wallSeconds()
        for number in 0..<changes {
            let hash = numbers.hash()
            let key = UInt64(1 << 40 + number)
            var start = wallSeconds()
            try index.apply([.add(HammingEntry(hash: hash, key: key))], tag: key)
            precondition(searcher.matches(for: hash, within: radius).contains { $0.key == key })
            additions.append((wallSeconds() - start) * 1000)
            let old = hashes[Int(numbers.next() % UInt64(hashes.count))]
            guard let victim = searcher.matches(for: old, within: 0).first else { continue }
            start = wallSeconds()
            try index.apply([.remove(hash: old, key: victim.key)], tag: key)
            precondition(!searcher.matches(for: old, within: 0).contains { $0.key == victim.key })
            removals.append((wallSeconds() - start) * 1000)
        }
        let wall = wallSeconds() - begin
        done.withLock { $0 = true }
        report(
            [
                ("count", hashes.count), ("additionP50Milliseconds", percentile(additions, 0.5)),
                ("additionP99Milliseconds", percentile(additions, 0.99)), ("additionMaxMilliseconds", additions.max() ?? 0),
                ("removalP50Milliseconds", percentile(removals, 0.5)), ("removalP99Milliseconds", percentile(removals, 0.99)),
                ("removalMaxMilliseconds", removals.max() ?? 0),
                ("searchesPerSecondBeside", (Double(asked.withLock { $0 }) / wall).rounded()),
            ], json: data.json)
        index.close()
    }
}

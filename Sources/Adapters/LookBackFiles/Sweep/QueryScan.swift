// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import PerceptualHashing
import Signals

/// Compares hashes with all queries, a block that stays in the cache at a time.
struct QueryScan: Sendable {
    struct Hit: Sendable, Hashable {
        var query: Int
        /// Place in the body.
        var entry: Int
        var distance: Int
    }

    /// Queries of one radius, which share passes over memory.
    private struct Group {
        var radius: Int
        var hashes: [PDQHash]
        /// The places of the hashes among all queries.
        var places: [Int]
    }

    /// 256 KiB of hashes: they stay in the second-level cache while one pass after another goes over them.
    private static let block = 8_192

    let queries: [SweepRequest.Query]
    private let groups: [Group]

    init(_ queries: [SweepRequest.Query]) {
        let queries = queries.map { query in
            var query = query
            query.radius = query.kind == .pdq ? min(63, query.radius) : 0
            return query
        }
        self.queries = queries
        groups = Dictionary(grouping: queries.indices) { queries[$0].radius }.sorted { $0.key < $1.key }
            .map { radius, places in Group(radius: radius, hashes: places.map { queries[$0].hash }, places: places) }
    }

    func scan(_ body: Body, _ entries: Range<Int>) throws(LookBackError) -> [Hit] {
        var hits: [Hit] = []
        var hashes = [PDQHash](repeating: .zero, count: min(Self.block, entries.count))
        for start in stride(from: entries.lowerBound, to: entries.upperBound, by: Self.block) {
            let count = min(Self.block, entries.upperBound - start)
            try body.readHashes(from: start, count: count, into: &hashes)
            // The memory of the hashes, which `scan` only reads, does not leave the closure.
            hashes.withUnsafeBytes { memory in
                let some = UnsafeRawBufferPointer(rebasing: memory[..<(count * Body.hashSize)])
                for group in groups {
                    HammingScan.scan(some, queries: group.hashes, within: group.radius) { hit in
                        hits.append(
                            Hit(query: group.places[hit.query], entry: start + hit.index, distance: hit.distance))
                    }
                }
            }
        }
        return hits
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CHashKernels

/// Searches a ``HammingIndex``. For one task or thread at a time: it owns the buffers that searching needs, so that a search
/// allocates nothing but its results and takes no lock. Each search sees the newest batch.
public final class HammingSearcher {
    /// How segments are searched; for tests and measurements.
    package enum Path: Sendable, CaseIterable {
        /// By whichever is expected to be faster for the radius.
        case cheapest
        /// By probes, up to radius 63.
        case probes
        case scan
    }

    package var path = Path.cheapest
    private let index: HammingIndex
    private let scratch: OpaquePointer
    private var words: [UInt64] = []

    init(_ index: HammingIndex) {
        self.index = index
        guard let scratch = haechi_scratch_create() else { preconditionFailure("not enough memory for a searcher") }
        self.scratch = scratch
    }

    deinit { haechi_scratch_destroy(scratch) }

    /// Every entry within the radius (0 to 256) that the filter admits, nearest first, equally near ones by key.
    public func matches(
        for query: PDQHash, within radius: Int, filter: HammingFilter = .all
    ) -> [HammingMatch] {
        var matches: [HammingMatch] = []
        appendMatches(for: query, within: radius, filter: filter, to: &matches)
        matches.sort()
        return matches
    }

    /// As ``matches(for:within:filter:)``, in no order, at the end of an array that can be used again.
    public func appendMatches(
        for query: PDQHash, within radius: Int, filter: HammingFilter = .all, to matches: inout [HammingMatch]
    ) {
        search(CollectionOfOne(query), within: radius, filter: filter) { _, match in matches.append(match) }
    }

    /// Calls the body for every match, in no order.
    public func forEachMatch(
        for query: PDQHash, within radius: Int, filter: HammingFilter = .all, _ body: (HammingMatch) -> Void
    ) {
        search(CollectionOfOne(query), within: radius, filter: filter) { _, match in body(match) }
    }

    /// The `count` nearest entries within the radius, nearest first.
    public func nearest(
        to query: PDQHash, count: Int, within radius: Int, filter: HammingFilter = .all
    ) -> [HammingMatch] {
        guard count > 0, radius >= 0 else { return [] }
        // Near entries are cheap to find: widen the search until there are enough.
        var reach = min(radius, 15)
        while true {
            let found = matches(for: query, within: reach, filter: filter)
            if found.count >= count || reach == radius { return Array(found.prefix(count)) }
            reach = min(radius, reach + 16)
        }
    }

    /// The matches of each query, as ``matches(for:within:filter:)`` gives them; faster than one by one.
    public func batch(_ queries: [PDQHash], within radius: Int, filter: HammingFilter = .all) -> [[HammingMatch]] {
        var results = [[HammingMatch]](repeating: [], count: queries.count)
        // Hits come query by query: gathering them first makes one allocation for each query that has some.
        var gathered: [HammingMatch] = []
        var current = 0
        search(queries, within: radius, filter: filter) { query, match in
            if query != current {
                if !gathered.isEmpty { results[current].append(contentsOf: gathered) }
                gathered.removeAll(keepingCapacity: true)
                current = query
            }
            gathered.append(match)
        }
        if !gathered.isEmpty { results[current].append(contentsOf: gathered) }
        for query in results.indices where results[query].count > 1 { results[query].sort() }
        return results
    }

    // MARK: - All parts of a snapshot

    @inline(__always)
    private func search(
        _ queries: some Collection<PDQHash>, within radius: Int, filter: HammingFilter, _ body: (Int, HammingMatch) -> Void
    ) {
        guard radius >= 0, !queries.isEmpty else { return }
        words.removeAll(keepingCapacity: true)
        for query in queries {
            let parts = query.words
            words.append(parts.0)
            words.append(parts.1)
            words.append(parts.2)
            words.append(parts.3)
        }
        let reach = UInt32(min(radius, PDQHash.bitCount))
        let snapshot = index.snapshot
        for view in snapshot.segments {
            search(view.segment, queries.count, reach)
            visitHits(meta: view.segment.meta(at: 0), dead: view.dead, filter: filter, body)
        }
        for delta in [snapshot.frozen, snapshot.active] {
            guard let delta, delta.count > 0 else { continue }
            let hashes = delta.storage.hashes.assumingMemoryBound(to: UInt64.self)
            check(haechi_scratch_scan(scratch, hashes, UInt64(delta.count), words, queries.count, reach))
            visitHits(meta: delta.meta(at: 0), dead: delta.dead, filter: filter, body)
        }
    }

    private func search(_ segment: Segment, _ count: Int, _ reach: UInt32) {
        let raw = segment.raw
        let status =
            switch path {
            case .cheapest: haechi_segment_search(raw, scratch, words, count, reach)
            case .probes: haechi_segment_probe(raw, scratch, words, count, reach)
            case .scan: haechi_scratch_scan(scratch, raw.pointee.hashes, raw.pointee.count, words, count, reach)
            }
        check(status)
    }

    @inline(__always)
    private func visitHits(
        meta: UnsafeRawPointer, dead: DeadMap, filter: HammingFilter, _ body: (Int, HammingMatch) -> Void
    ) {
        var count = 0
        let hits = haechi_scratch_hits(scratch, &count)
        for hit in UnsafeBufferPointer(start: hits, count: count) {
            let place = Int(hit.index)
            if dead.count > 0, dead.contains(place) { continue }
            let source = meta + place * PackedEntry.metaBytes
            let labels = PackedEntry.labels(at: source)
            let distance = Int(hit.distance)
            guard filter.admits(labels, at: distance) else { continue }
            body(Int(hit.query), HammingMatch(key: PackedEntry.key(at: source), distance: distance, labels: labels))
        }
    }

    // A search that cannot have its buffers must not look like one without matches.
    private func check(_ status: haechi_status) {
        precondition(status == haechi_sound, "not enough memory to search")
    }
}

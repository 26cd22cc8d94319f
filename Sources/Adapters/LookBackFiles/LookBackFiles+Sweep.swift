// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Signals

import struct Foundation.Date

extension LookBackFiles {
    /// Every thread takes the next part; parts that are done are handed on in any order, the place moves on without gaps.
    package nonisolated func sweep(
        _ request: SweepRequest, after place: SweepPlace?,
        progress: @Sendable (SweepProgress) async throws -> Void, found: @Sendable ([SweepMatch]) async throws -> Void
    ) async throws {
        let snapshot = await snapshot()
        var sweep = SweepState(snapshot, request: request, after: place)
        let scan = QueryScan(request.queries)
        try await progress(sweep.progress)
        try await withThrowingTaskGroup(of: (SweepPart, SweepResult).self) { group in
            var parts = sweep.parts.makeIterator()
            func beginNext() {
                guard let part = parts.next() else { return }
                group.addTask { [gate] in
                    try Task.checkCancellation()
                    return (part, await SweepThreads.run { part.search(scan, since: request.since, gate: gate) })
                }
            }
            for _ in 0..<max(1, options.threads) { beginNext() }
            while let (part, result) = try await group.next() {
                beginNext()
                switch result {
                case .found(let matches): if !matches.isEmpty { try await found(matches) }
                case .unreadable(let error): sweep.missing.append(SweepGap(day: part.day, error))
                }
                if sweep.finish(part) { try await progress(sweep.progress) }
            }
        }
        // Also what is missing is told by the last word.
        try await progress(sweep.progress)
    }
}

/// Some entries of one body: what a thread takes at once.
struct SweepPart: Sendable {
    var number: Int
    var day: Int
    var body: Body
    var entries: Range<Int>
    /// The place in the day of the body's first entry.
    var first: Int

    func search(_ scan: QueryScan, since: Date?, gate: PatchGate) -> SweepResult {
        do throws(LookBackError) {
            let hits = try scan.scan(body, entries)
            guard !hits.isEmpty else { return .found([]) }
            let places = Array(Set(hits.map(\.entry))).sorted()
            let sightings = try gate.holding { () throws(LookBackError) in try body.sightings(at: places) }
            let byPlace = Dictionary(uniqueKeysWithValues: sightings.map { ($0.place, $0.sighting) })
            return .found(
                hits.compactMap { hit in
                    let query = scan.queries[hit.query]
                    guard let sighting = byPlace[hit.entry], sighting.kind == query.kind,
                        since.map({ sighting.at >= $0 }) ?? true
                    else { return nil }
                    return SweepMatch(query: query.key, distance: hit.distance, sighting: sighting)
                })
        } catch {
            return .unreadable(error)
        }
    }
}

enum SweepResult: Sendable {
    case found([SweepMatch])
    case unreadable(LookBackError)
}

/// How far a sweep is.
struct SweepState {
    /// At least this many comparisons a part: a task for less is not worth its while.
    private static let comparisons = 4_000_000

    let parts: [SweepPart]
    var missing: [SweepGap]
    private let total: Int
    private var done: Int
    private var place: SweepPlace
    private var finished: Set<Int> = []
    private var next = 0

    init(_ snapshot: LookBackFiles.Snapshot, request: SweepRequest, after begin: SweepPlace?) {
        let firstDay = request.since.map { Body.place(of: $0).day } ?? .min
        let days = snapshot.days.filter { $0.day >= firstDay }
        let step = min(1 << 20, max(4_096, Self.comparisons / max(1, request.queries.count)))
        var parts: [SweepPart] = []
        var done = 0
        for day in days {
            var first = 0
            for body in day.bodies {
                // What was done before; an entry that is no whole part is done again.
                var from = 0
                if let begin { from = day.day < begin.day ? body.count : day.day > begin.day ? 0 : begin.entry - first }
                from = min(max(0, from), body.count)
                done += from
                while from < body.count {
                    let to = min(from + step, body.count)
                    parts.append(SweepPart(number: parts.count, day: day.day, body: body, entries: from..<to, first: first))
                    from = to
                }
                first += body.count
            }
        }
        self.parts = parts
        self.done = done
        missing = snapshot.missing.filter { gap in gap.day.map { $0 >= firstDay } ?? true }
        total = days.reduce(0) { $0 + $1.count }
        place = begin ?? SweepPlace(day: days.first?.day ?? 0, entry: 0)
    }

    var progress: SweepProgress { SweepProgress(done: done, total: total, place: place, missing: missing) }

    /// Whether the place has moved on.
    mutating func finish(_ part: SweepPart) -> Bool {
        done += part.entries.count
        finished.insert(part.number)
        let before = next
        while finished.remove(next) != nil {
            place = SweepPlace(day: parts[next].day, entry: parts[next].first + parts[next].entries.upperBound)
            next += 1
        }
        return next > before
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import PerceptualHashing
package import Signals
import Synchronization

extension BulkService {
    /// Looks for all copies and writes down what would be done, and to what. Nothing is done.
    ///
    /// Of an item with several copies the nearest counts; items in spaces that are not public now are left out. Files of the
    /// look-back that cannot be read are named in the reason.
    /// - Returns: nil when there is nothing to do, and then nothing is written.
    /// - Throws: `BulkError.invalid`, or what the stores throw.
    package func preview(
        _ plan: BulkPlan, progress: @Sendable (SweepProgress) async throws -> Void = { _ in }
    ) async throws -> BulkDecision? {
        try check(plan)
        let begun = ContinuousClock.now
        let found = FoundItems()
        // The queue first: a sighting that moves meanwhile is found twice rather than not at all.
        try await searchQueue(for: plan.request, into: found)
        let missing = Mutex<[SweepGap]>([])
        try await lookBack.sweep(plan.request, after: nil) { step in
            missing.withLock { $0 = step.missing }
            try await progress(step)
        } found: { matches in
            for match in matches { found.add(match) }
        }
        let items = try await onlyPublic(found.items())
        let gaps = missing.withLock { $0 }
        LookBackMetrics.swept(seconds: Self.seconds(ContinuousClock.now - begun), items: items.count)
        // Haechi itself asks again and again: that files cannot be read is said elsewhere.
        guard !items.isEmpty || (!gaps.isEmpty && plan.by != "system") else { return nil }
        var bulk = BulkDecision(
            id: BulkID(preservation.newID()), at: now(), by: plan.by, request: plan.request, effects: plan.effects,
            clause: plan.clause, reason: plan.reason + Self.note(on: gaps), largest: plan.largest ?? options.largest,
            perMinute: plan.perMinute ?? options.perMinute, found: BulkCount())
        bulk.found = Self.count(items)
        var entry = LedgerEntry.bulk("bulk.previewed", bulk, by: plan.by, at: bulk.at)
        entry.facts["queries"] = String(plan.request.queries.count)
        entry.facts["unreadable"] = String(gaps.count)
        try await store.put(bulk, items: items, ledger: [entry])
        LookBackMetrics.bulk(.preview)
        return bulk
    }

    private func check(_ plan: BulkPlan) throws {
        guard (1...10_000).contains(plan.request.queries.count) else {
            throw BulkError.invalid("it asks for \(plan.request.queries.count) hashes; 1 to 10,000 are possible")
        }
        guard plan.request.queries.allSatisfy({ (0...63).contains($0.radius) }) else {
            throw BulkError.invalid("a radius is from 0 to 63")
        }
        guard !plan.effects.isEmpty else { throw BulkError.invalid("say what is to be done to the copies") }
        guard (plan.perMinute ?? 1) > 0, (plan.largest ?? 1) > 0 else {
            throw BulkError.invalid("the largest number of items, and of items a minute, is at least 1")
        }
    }

    private func searchQueue(for request: SweepRequest, into found: FoundItems) async throws {
        var last = Int64.min
        while true {
            let page = try await queue.sightings(after: last, limit: 4_000)
            for (_, sighting) in page where sighting.at >= request.since ?? .distantPast {
                for query in request.queries where query.kind == sighting.kind {
                    let distance = query.hash.distance(to: sighting.hash)
                    guard distance <= (query.kind == .pdq ? query.radius : 0) else { continue }
                    found.add(SweepMatch(query: query.key, distance: distance, sighting: sighting))
                }
            }
            guard let sequence = page.last?.sequence else { return }
            last = sequence
        }
    }

    /// Without those whose space has closed; numbered, the newest first.
    private func onlyPublic(_ items: [BulkItem]) async throws -> [BulkItem] {
        var isPublic: [Target: Bool] = [:]
        var left: [BulkItem] = []
        for item in items {
            let place = Target(platform: item.target.platform, space: item.target.space)
            if isPublic[place] == nil {
                guard let space = item.target.space else { continue }
                isPublic[place] = (try await events.privacy(of: space, on: place.platform) ?? .public) == .public
            }
            guard isPublic[place] == true else { continue }
            var item = item
            item.number = left.count + 1
            left.append(item)
        }
        return left
    }

    private static func count(_ items: [BulkItem]) -> BulkCount {
        var count = BulkCount()
        count.items = items.count
        count.spaces = Set(items.map { Target(platform: $0.target.platform, space: $0.target.space) }).count
        count.actors = Set(items.map { Target(platform: $0.target.platform, actor: $0.target.actor) }).count
        count.first = items.lazy.map(\.at).min()
        count.last = items.lazy.map(\.at).max()
        return count
    }

    private static func note(on gaps: [SweepGap]) -> String {
        guard !gaps.isEmpty else { return "" }
        let days = Set(
            gaps.map { gap in
                gap.day.map { Date(timeIntervalSince1970: Double($0) * 86_400).formatted(.iso8601.year().month().day()) }
                    ?? "unknown"
            })
        return " (not complete: files of the look-back cannot be read; days: \(days.sorted().joined(separator: ", ")))"
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}

/// What was found, by item: of several copies in one item the nearest.
private final class FoundItems: Sendable {
    private struct Key: Hashable {
        var platform: PlatformID
        var space: SpaceID
        var item: ItemID
    }

    private let found = Mutex<[Key: BulkItem]>([:])

    func add(_ match: SweepMatch) {
        let sighting = match.sighting
        let key = Key(platform: sighting.platform, space: sighting.space, item: sighting.item)
        found.withLock { found in
            if let known = found[key], (known.distance, known.fingerprint) <= (match.distance, match.query) { return }
            found[key] = BulkItem(
                number: 0,
                target: Target(
                    platform: sighting.platform, space: sighting.space, item: sighting.item, actor: sighting.actor),
                at: sighting.at, fingerprint: match.query, distance: match.distance)
        }
    }

    func items() -> [BulkItem] {
        found.withLock { found in
            found.sorted { ($1.value.at, $0.key.item.rawValue) < ($0.value.at, $1.key.item.rawValue) }.map(\.value)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Foundation
package import Logging
package import Moderation
import PerceptualHashing
package import Signals

/// Looks back by itself when a fingerprint becomes verified: all its earlier copies, as one bulk decision.
package struct VerifiedWatch: Sendable {
    /// What is done without being asked.
    package enum Automatic: String, Sendable, CaseIterable {
        /// The copies are looked for; a person lets the bulk decision run.
        case preview
        /// It runs at once when it is about few items.
        case start
    }

    package struct Options: Sendable {
        package var automatic = Automatic.preview
        /// With more items than this a person must let it run, also with `start`.
        package var automaticUpTo = 100
        package var effects = [Effect(.preserve), Effect(.remove)]
        package var clause: ClauseID?
        /// Only copies of the last so many days; nil for all that are kept.
        package var days: Int?

        package init() {}
    }

    private static let atOnce = 10_000 / 8

    private let bulk: BulkService
    private let store: any BulkStore
    private let options: Options
    private let radius: @Sendable (Fingerprint) -> Int
    private let logger: Logger
    private let now: @Sendable () -> Date

    /// - Parameter radius: how far a fingerprint reaches: its own radius, or its bank's.
    package init(
        bulk: BulkService, store: any BulkStore, options: Options = Options(), radius: @escaping @Sendable (Fingerprint) -> Int,
        logger: Logger,
        now: @escaping @Sendable () -> Date
    ) {
        self.bulk = bulk
        self.store = store
        self.options = options
        self.radius = radius
        self.logger = logger
        self.now = now
    }

    /// Looks for the earlier copies of fingerprints that have changed and are verified, unless that was done before and as far.
    ///
    /// One that is not verified (any more) is forgotten, so that its copies are looked for again when it is confirmed again.
    /// - Returns: the bulk decisions that were made, one for each 1,250 fingerprints, each of which is looked for in eight turns.
    package func becameVerified(_ fingerprints: [Fingerprint]) async throws -> [BulkDecision] {
        let known = try await store.lookedBack(for: fingerprints.map(\.key))
        let lost = fingerprints.filter { $0.trust != .verified && known[$0.key] != nil }
        try await store.setLookedBack(Dictionary(lost.map { ($0.key, Int?.none) }, uniquingKeysWith: { one, _ in one }))
        let queries = fingerprints.filter { $0.trust == .verified && $0.expiresAt.map { $0 > now() } ?? true }
            .compactMap { fingerprint -> SweepRequest.Query? in
                guard fingerprint.kind != .md5, let hash = try? PDQHash(hex: fingerprint.value) else { return nil }
                let radius = fingerprint.kind == .pdq ? min(63, max(0, radius(fingerprint))) : 0
                guard radius > known[fingerprint.key] ?? -1 else { return nil }
                return .init(key: fingerprint.key, kind: fingerprint.kind, hash: hash, radius: radius)
            }
        let since = options.days.map { now().addingTimeInterval(-Double($0) * 86_400) }
        var made: [BulkDecision] = []
        for start in stride(from: 0, to: queries.count, by: Self.atOnce) {
            let some = Array(queries[start..<min(start + Self.atOnce, queries.count)])
            let plan = BulkPlan(
                request: SweepRequest(queries: some.flatMap(\.turned), since: since), effects: options.effects,
                clause: options.clause,
                reason: "earlier copies of newly verified fingerprints (\(some.count))", by: "system")
            let found = try await bulk.preview(plan)
            // Written afterwards: after a crash between the two they are looked for twice rather than never.
            try await store.setLookedBack(Dictionary(some.map { ($0.key, Int?($0.radius)) }, uniquingKeysWith: { one, _ in one }))
            if let found { made.append(try await startIfAllowed(found)) }
        }
        return made
    }

    private func startIfAllowed(_ bulk: BulkDecision) async throws -> BulkDecision {
        logger.info("earlier copies found", metadata: ["bulk": "\(bulk.id)", "items": "\(bulk.found.items)"])
        guard options.automatic == .start, bulk.found.items > 0, bulk.found.items <= options.automaticUpTo else { return bulk }
        do {
            return try await self.bulk.startAlone(bulk.id, upTo: options.automaticUpTo)
        } catch let error as BulkError {
            // The preview stays, for a person.
            logger.warning("a bulk decision was not started", metadata: ["bulk": "\(bulk.id)", "why": "\(error.message)"])
            return bulk
        }
    }
}

extension SweepRequest.Query {
    /// The picture as it is, turned and mirrored; of exact kinds only itself.
    fileprivate var turned: [Self] {
        guard kind == .pdq else { return [self] }
        return [self] + hash.approximateDihedrals.all.map { .init(key: key, kind: kind, hash: $0, radius: radius) }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import PerceptualHashing
import Signals

/// Looks at an item again before something is done to it: it may be gone, or no longer what it was.
struct BulkLook: Sendable {
    enum Finding: Sendable {
        /// It shows what it showed.
        case same(Target, Item, [ExaminedMedia])
        /// The platform has no way to look: what is known must do.
        case cannotLook(Target)
        /// Nothing is to be done; why.
        case skip(String)
        /// It cannot be told what it shows, and what is unknown is not removed.
        case unknown(String)
    }

    private let events: any EventStore
    private let media: MediaSource
    private let connectors: ConnectorRegistry
    private let standing: BulkStanding
    private let attempts: Int
    private let now: @Sendable () -> Date

    init(
        events: any EventStore, media: MediaSource, connectors: ConnectorRegistry, standing: BulkStanding,
        attempts: Int, now: @escaping @Sendable () -> Date
    ) {
        self.events = events
        self.media = media
        self.connectors = connectors
        self.standing = standing
        self.attempts = attempts
        self.now = now
    }

    /// Throws when the store does not answer; a platform that does not is asked again, and in the end the finding is `unknown`.
    func look(at bulkItem: BulkItem, for queries: [SweepRequest.Query]) async throws -> Finding {
        let target = bulkItem.target
        guard let space = target.space, let item = target.item else { return .skip("it is no item in a space") }
        guard let connector = connectors[target.platform] else {
            return .unknown("no connector for platform \(target.platform)")
        }
        for attempt in 0... {
            // Each time anew: while we wait for the platform, the space may close.
            let privacy = try await events.privacy(of: space, on: target.platform)
            guard (privacy ?? .public) == .public else { return .skip("its space is not public any more") }
            do {
                guard let current = try await connector.item(target) else { return .skip("it is gone") }
                return try await examine(current, of: bulkItem, in: space, privacy, for: queries, attempt: attempt)
            } catch ConnectorError.permanent {
                guard queries.contains(where: { $0.key == bulkItem.fingerprint && standing.stands($0) }) else {
                    return .skip("its fingerprint is not verified any more")
                }
                return .cannotLook(Target(platform: target.platform, space: space, item: item, actor: target.actor))
            } catch ConnectorError.transient(let why, let retryAfter) {
                guard attempt + 1 < attempts else { return .unknown(why) }
                let wait = max(min(retryAfter ?? 0, 60), Backoff.delay(attempt: attempt, base: 0.25, ceiling: 10))
                try await Task.sleep(for: .seconds(wait))
            } catch let error as MediaError {
                guard attempt + 1 < attempts else { return .unknown(error.message) }
                try await Task.sleep(for: .seconds(Backoff.delay(attempt: attempt, base: 0.25, ceiling: 10)))
            }
        }
        return .unknown("it was asked for too often")
    }

    private func examine(
        _ item: Item, of bulkItem: BulkItem, in space: SpaceID, _ privacy: PrivacyClass?, for queries: [SweepRequest.Query],
        attempt: Int
    ) async throws -> Finding {
        guard !item.media.isEmpty else { return .skip("it has no media any more") }
        let event = Event(
            platform: bulkItem.target.platform, id: EventID("look-back:\(item.id)"), kind: .messagePosted, at: bulkItem.at,
            receivedAt: now(), space: Space(id: space, privacy: .public), actor: Actor(id: bulkItem.target.actor ?? ""),
            item: item)
        guard let open = PublicEvent(event, whileSpaceIs: privacy) else { return .skip("its space is not public any more") }
        let examined = try await media.examine(open, attempt: attempt, wishes: MediaWishes())
        guard examined.contains(where: { $0.isCopy(of: queries) }) else {
            if case .unreadable(let why)? = examined.lazy.compactMap(\.problem).first(where: \.isUnreadable) {
                return .unknown(why)
            }
            return .skip("it shows something else")
        }
        guard examined.contains(where: { standing.confirms($0, queries) }) else {
            return .skip("its fingerprint is not verified any more, or it was found harmless")
        }
        var target = bulkItem.target
        target.media = item.media
        return .same(target, item, examined)
    }
}

extension ExaminedMedia {
    fileprivate func isCopy(of queries: [SweepRequest.Query]) -> Bool {
        let pictures = facts.map { [$0.pdq] + $0.dihedrals }?.compactMap { try? PDQHash(hex: $0) } ?? []
        let bytes = sha256.flatMap { try? PDQHash(hex: $0) }
        return queries.contains { query in
            switch query.kind {
            case .pdq: pictures.contains { $0.distance(to: query.hash) <= query.radius }
            case .sha256: bytes == query.hash
            case .md5: false
            }
        }
    }
}

extension ExaminedMedia.Problem {
    fileprivate var isUnreadable: Bool {
        if case .unreadable = self { true } else { false }
    }
}

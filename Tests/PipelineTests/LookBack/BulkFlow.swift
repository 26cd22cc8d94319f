// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Logging
import Moderation
import ModerationTesting
import PerceptualHashing
import Pipeline
import Policies
import Signals
import Synchronization

/// A platform whose items can be looked at again.
final class ShownPlatform: Connector {
    struct State {
        var items: [ItemID: Item] = [:]
        var bytes: [MediaID: [UInt8]] = [:]
        var canLook = true
        /// Fails so many times before it answers.
        var failures = 0
        /// Happens when an item is asked for.
        var meanwhile: (@Sendable () -> Void)?
    }

    let platform: PlatformID = "test"
    let capabilities: Set<EffectKind> = [.remove, .restore, .suspend]
    let state = Mutex(State())

    func fetch(_ media: Media, limit: Int) async throws(ConnectorError) -> [UInt8] {
        guard let bytes = state.withLock({ $0.bytes[media.id] }) else { throw .permanent("no such media") }
        return bytes
    }

    func item(_ target: Target) async throws(ConnectorError) -> Item? {
        let (answer, meanwhile) = state.withLock { state -> (Result<Item?, ConnectorError>, (@Sendable () -> Void)?) in
            if !state.canLook { return (.failure(.permanent("no way to look")), nil) }
            if state.failures > 0 {
                state.failures -= 1
                return (.failure(.transient("try again", retryAfter: nil)), nil)
            }
            return (.success(target.item.flatMap { state.items[$0] }), state.meanwhile)
        }
        meanwhile?()
        return try answer.get()
    }

    func perform(_ action: Action) async throws(ConnectorError) -> String { "done" }
    func verify(_ action: Action) async throws(ConnectorError) -> Verification { .cannotTell }
}

/// The hash of a picture is its text.
struct WrittenHash: MediaInspector {
    func inspect(_ bytes: [UInt8]) async throws(MediaError) -> MediaFacts {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.count == 64 else { throw .undecodable("broken on purpose") }
        return MediaFacts(format: "png", width: 64, height: 64, pdq: text, quality: 100)
    }
}

/// A bulk service over stores in memory; `restarted` is another process over the same ones.
struct BulkFlow {
    let clock: ManualClock
    let world: LookBackWorld
    let lookBack: MemoryLookBack
    let platform: ShownPlatform
    let bulk: BulkService

    static let hash = PDQHash(words: 0x0123_4567_89AB_CDEF, 0x0F1E_2D3C_4B5A_6978, 0x1122_3344_5566_7788, 0x99AA_BBCC_DDEE_FF00)

    init(
        clock: ManualClock = ManualClock(), world: LookBackWorld = LookBackWorld(), lookBack: MemoryLookBack = MemoryLookBack(),
        platform: ShownPlatform = ShownPlatform(), mode: RuleMode = .normal
    ) {
        self.clock = clock
        self.world = world
        self.lookBack = lookBack
        self.platform = platform
        let now: @Sendable () -> Date = { clock.now }
        let connectors = ConnectorRegistry([platform])
        let preservation = Preservation(makeID: { UUID().uuidString }, hash: { $0 })
        var options = BulkService.Options()
        options.perMinute = 300
        options.concurrency = 3
        options.attempts = 3
        let board = RuleBoard.withoutRegistry(mode: mode)
        bulk = BulkService(
            lookBack: lookBack, queue: world, store: world, decisions: world, events: world,
            media: MediaSource(
                connectors: connectors, examiner: MediaExaminer(inspector: WrittenHash(), sha256: { String($0.count) })),
            connectors: connectors,
            standing: BulkStanding(
                stands: { [world] in !world.fallen.contains($0.key) },
                confirms: { [world] _, queries in queries.contains { !world.fallen.contains($0.key) } }),
            enforcement: Enforcement(
                board: board, quotas: Quotas(board: board), connectors: connectors, preservation: preservation, now: now),
            preservation: preservation, commits: GroupCommit { try await world.commit($0) }, desk: world, outboxWake: Wake(),
            board: board, options: options, logger: Logger(label: "bulk") { _ in SwiftLogNoOpLogHandler() }, now: now)
    }

    func restarted(mode: RuleMode = .normal) -> BulkFlow {
        BulkFlow(clock: clock, world: world, lookBack: lookBack, platform: platform, mode: mode)
    }

    /// Puts items with one picture each on the platform and into the look-back; so many bits away from the known picture.
    func fill(_ count: Int, bits: Int = 3, space: (Int) -> SpaceID = { SpaceID("room-\($0 % 3)") }) async throws {
        var hash = Self.hash.words
        hash.0 ^= 1 << UInt64(bits) - 1
        let near = PDQHash(words: hash.0, hash.1, hash.2, hash.3)
        let first = await lookBack.lastSequence
        for number in 1...count {
            let item = ItemID("item-\(first)-\(number)")
            let media = Media(id: MediaID("media-\(item)"), type: "image/png", url: "test:\(item)")
            platform.state.withLock {
                $0.items[item] = Item(id: item, media: [media])
                $0.bytes[media.id] = Array(near.hex.utf8)
            }
            try await lookBack.append([
                (
                    first + Int64(number),
                    Sighting(
                        kind: .pdq, hash: near, platform: "test", space: space(number), item: item, actor: "ari", mediaIndex: 0,
                        at: clock.now.addingTimeInterval(-Double(number) * 60))
                )
            ])
        }
    }

    static func plan(by: String = "hana", largest: Int? = nil) -> BulkPlan {
        BulkPlan(
            request: SweepRequest(queries: [.init(key: 7, hash: hash, radius: 31)]),
            effects: [Effect(.preserve), Effect(.remove, clause: "t.1")], clause: "t.1", reason: "copies of a known picture",
            by: by, largest: largest)
    }

    /// Steps, with time passing, until nothing runs any more.
    func settle() async throws {
        for _ in 0..<10_000 {
            let isWorking = world.state.withLock { $0.bulks.contains { $0.state == .running || $0.state == .undoing } }
            guard isWorking else { return }
            try await bulk.step()
            clock.advance(by: 1)
        }
    }

    func bulk(_ id: BulkID) async throws -> BulkDecision? { try await world.bulk(id) }
}

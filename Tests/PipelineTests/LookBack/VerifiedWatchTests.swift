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
import Testing

@Suite("Newly verified fingerprints")
struct VerifiedWatchTests {
    private func watch(_ flow: BulkFlow, _ automatic: VerifiedWatch.Automatic, upTo: Int = 100) -> VerifiedWatch {
        var options = VerifiedWatch.Options()
        options.automatic = automatic
        options.automaticUpTo = upTo
        let clock = flow.clock
        return VerifiedWatch(
            bulk: flow.bulk, store: flow.world, options: options, radius: { $0.radius ?? 31 },
            logger: Logger(label: "watch") { _ in SwiftLogNoOpLogHandler() }, now: { clock.now })
    }

    private func fingerprint(
        _ trust: Trust, hash: PDQHash = BulkFlow.hash, key: Int64 = 9, radius: Int? = nil
    ) -> Fingerprint {
        var fingerprint = Fingerprint(
            key: key, bank: "known", kind: .pdq, value: hash.hex, trust: trust, source: "test", addedAt: .start)
        fingerprint.radius = radius
        return fingerprint
    }

    @Test("a change of what is verified already looks again only if it reaches further, or was lost meanwhile")
    func again() async throws {
        let flow = BulkFlow()
        try await flow.fill(3)
        let watch = watch(flow, .preview)
        #expect(try await watch.becameVerified([fingerprint(.verified, radius: 20)]).count == 1)
        #expect(try await watch.becameVerified([fingerprint(.verified, radius: 20)]).isEmpty)
        #expect(try await watch.becameVerified([fingerprint(.verified, radius: 31)]).count == 1)
        #expect(try await watch.becameVerified([fingerprint(.claimed, radius: 31)]).isEmpty)
        #expect(try await watch.becameVerified([fingerprint(.verified, radius: 31)]).count == 1)
    }

    @Test("copies that were mirrored or turned are found as well")
    func turned() async throws {
        let flow = BulkFlow()
        try await flow.fill(2)
        let mirrored = fingerprint(.verified, hash: BulkFlow.hash.approximateDihedrals.flipY)
        #expect(try await watch(flow, .preview).becameVerified([mirrored]).map(\.found.items) == [2])
    }

    @Test("what was withdrawn after the preview is left alone")
    func withdrawn() async throws {
        let flow = BulkFlow()
        try await flow.fill(4)
        let bulk = try #require(try await watch(flow, .preview).becameVerified([fingerprint(.verified)]).first)
        flow.world.fallen = [9]
        try await flow.bulk.start(bulk.id, by: "hana")
        try await flow.settle()
        let ended = try #require(try await flow.world.bulk(bulk.id))
        #expect((ended.state, ended.applied, ended.skipped) == (.done, 0, 4))
        #expect(flow.world.state.withLock { $0.decisions.isEmpty })
    }

    @Test("earlier copies wait for a person, unless few may go at once")
    func automatic() async throws {
        let flow = BulkFlow()
        try await flow.fill(10)
        let waiting = try await watch(flow, .preview).becameVerified([fingerprint(.verified, key: 1)])
        #expect(waiting.map(\.state) == [.preview])
        let held = try await watch(flow, .start, upTo: 9).becameVerified([fingerprint(.verified, key: 2)])
        #expect(held.map(\.state) == [.preview])
        let running = try await watch(flow, .start).becameVerified([fingerprint(.verified, key: 3)])
        #expect(running.map(\.state) == [.running])
        try await flow.settle()
        let decisions = flow.world.state.withLock { Array($0.decisions.values) }
        #expect(decisions.count == 10)
        #expect(decisions.allSatisfy { $0.by.label.hasPrefix("rules:look-back.copy@") })
    }

    @Test(
        "what is not verified, or was never seen, makes no bulk decision",
        arguments: [Trust.claimed, .probation, .benign, .retired])
    func nothing(trust: Trust) async throws {
        let flow = BulkFlow()
        try await flow.fill(3)
        #expect(try await watch(flow, .start).becameVerified([fingerprint(trust)]).isEmpty)
        #expect(try await watch(flow, .start).becameVerified([fingerprint(.verified, hash: .zero)]).isEmpty)
    }

    @Test("the emergency stop leaves the preview for a person")
    func emergencyStop() async throws {
        let flow = BulkFlow(mode: .caseOnly)
        try await flow.fill(3)
        let made = try await watch(flow, .start).becameVerified([fingerprint(.verified)])
        #expect(made.map(\.state) == [.preview])
    }
}

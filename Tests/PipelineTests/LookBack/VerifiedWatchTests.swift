// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Logging
import Moderation
import ModerationTesting
import PerceptualHashing
import Pipeline
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
            bulk: flow.bulk, options: options, radius: { $0.radius ?? 31 },
            logger: Logger(label: "watch") { _ in SwiftLogNoOpLogHandler() }, now: { clock.now })
    }

    private func fingerprint(_ trust: Trust, hash: PDQHash = BulkFlow.hash) -> Fingerprint {
        Fingerprint(key: 9, bank: "known", kind: .pdq, value: hash.hex, trust: trust, source: "test", addedAt: .start)
    }

    @Test("earlier copies wait for a person, unless few may go at once")
    func automatic() async throws {
        let flow = BulkFlow()
        try await flow.fill(10)
        let waiting = try await watch(flow, .preview).becameVerified([fingerprint(.verified)])
        #expect(waiting.map(\.state) == [.preview])
        let held = try await watch(flow, .start, upTo: 9).becameVerified([fingerprint(.verified)])
        #expect(held.map(\.state) == [.preview])
        let running = try await watch(flow, .start).becameVerified([fingerprint(.verified)])
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

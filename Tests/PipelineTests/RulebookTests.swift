// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Pipeline
import Policies
import Signals
import Synchronization
import Testing

@Suite("A rulebook asks dear detectors only when it must")
struct RulebookTests {
    private static let policy = """
        policy: dear
        owner: someone
        clauses:
          d.1: { en: "A clause." }
        state:
          signals:
            copy: { kind: pdq, bank: confirmed }
            nudity: { kind: model, model: nudity }
        rules:
          - id: d.both
            stage: live
            events: [message.posted]
            when: copy.matched || text.contains("hello") && nudity.matched
            then: [ { review: { clause: d.1 } } ]
        """

    /// Finds the same each time, and counts how often it is asked.
    private final class Counting: Detector, DearDetector {
        let signalNames: Set<String>
        private let state: SignalState
        private let count = Mutex(0)

        init(_ name: String, _ state: SignalState) {
            (signalNames, self.state) = ([name], state)
        }

        var calls: Int { count.withLock { $0 } }

        func detect(in event: PublicEvent, media: [ExaminedMedia]) -> [Signal] {
            count.withLock { $0 += 1 }
            return signalNames.map { Signal(name: $0, kind: .model, state: state, version: "1") }
        }

        func detect(
            _ declaration: SignalDeclaration, in event: PublicEvent, media: [ExaminedMedia],
            until deadline: ContinuousClock.Instant
        ) async -> [Signal] {
            detect(in: event, media: media)
        }
    }

    @Test(
        "not when the cheap part has decided, once when it is open",
        arguments: [
            ("good morning", SignalState.absent, 0, false),
            ("hello", .matched([Match(bank: "b", trust: .verified, entry: "e")]), 0, true),
            ("hello", .absent, 1, true),
        ])
    func calls(text: String, copy: SignalState, expected: Int, fires: Bool) async throws {
        let dear = Counting("nudity", .matched([Match(bank: "", trust: .claimed, entry: "model")]))
        let cheap = Counting("copy", copy)
        let rulebook = Rulebook(
            detectors: Detectors([cheap], dear: [dear]), policies: try PolicySet.load(files: [("d.yaml", Self.policy)]))
        let now = Date(timeIntervalSince1970: 1_767_225_600)
        let event = Event(
            platform: "test", id: "e", kind: .messagePosted, at: now, receivedAt: now, space: Space(id: "s", privacy: .public),
            actor: Actor(id: "a"), item: Item(id: "i", text: text))
        let open = try #require(PublicEvent(event, whileSpaceIs: .public))
        let (signals, findings) = await rulebook.judge(open, media: [])
        #expect(dear.calls == expected)
        #expect(cheap.calls == 1)
        #expect(signals.count == 1 + expected)
        #expect(findings.map(\.result) == (fires ? [.fired] : []))
    }
}

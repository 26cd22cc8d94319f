// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import Pipeline
import Records
import Signals

@testable import Storage

/// Harmless values for tests.
enum Sample {
    /// An eighth of a second is exact in binary, so that sums of times are too.
    static let now = Date(timeIntervalSince1970: 1_790_000_000.125)

    static func event(
        _ id: String, space: SpaceID = "!plaza", at: Date = now, privacy: PrivacyClass = .public, text: String = "good morning"
    ) -> Event {
        Event(
            platform: "matrix", id: EventID(id), kind: .messagePosted, at: at, receivedAt: at.addingTimeInterval(1),
            space: Space(id: space, privacy: privacy), actor: Actor(id: "@ann", createdAt: now.addingTimeInterval(-86_400)),
            item: Item(id: ItemID(id), text: text, media: [Media(id: "mxc:one", type: "image/png", sha256: nil)]))
    }

    static func target(_ item: String = "$1") -> Target {
        Target(platform: "matrix", space: "!plaza", item: ItemID(item), actor: "@ann", media: [Media(id: "mxc:one")])
    }

    static func decision(_ id: String, item: String = "$1", rules: [String] = ["ncii.known-copy"]) -> Decision {
        Decision(
            id: DecisionID(id), at: now, by: .rules(rules.map { RuleReference(policy: "ncii", id: $0, version: "9f2c") }),
            verdict: .remove, target: target(item), clause: "ncii.2", reason: "a known copy",
            explanations: [
                Explanation(
                    rule: RuleReference(policy: "ncii", id: "known-copy", version: "9f2c"), condition: "media_match.matched",
                    result: "true", steps: [.init(expression: "media_match.matched", value: "true")],
                    signals: [
                        Signal(
                            name: "media_match", kind: .pdq,
                            state: .matched([Match(bank: "b", trust: .verified, distance: 3, entry: "ff")]), version: "1")
                    ])
            ], effects: [Effect(.remove, clause: "ncii.2")])
    }

    static func action(
        _ id: String, of decision: String, _ kind: EffectKind = .remove, state: ActionState = .pending, due: Date = now
    ) -> Action {
        Action(
            id: ActionID(id), decision: DecisionID(decision), effect: Effect(kind, clause: "ncii.2", parameters: ["points": "3"]),
            target: target(), state: state, createdAt: now, dueAt: due, eventAt: now.addingTimeInterval(-2))
    }

    static func opening(
        _ id: String, item: String = "$1", priority: Int = 0, at: Date = now, privacy: PrivacyClass = .public
    ) -> Case {
        Case(id: CaseID(id), target: target(item), openedAt: at, priority: priority, reason: "reported", privacy: privacy)
    }

    static func report(_ id: String, externalID: String, item: String = "$1") -> Report {
        Report(
            id: ReportID(id), platform: "matrix", externalID: externalID, target: target(item), reporter: "@bo",
            text: "please look", category: "other", at: now, privacy: .public)
    }

    static func preserved(_ id: String, _ bytes: [UInt8] = Array("bytes".utf8), role: EvidenceReference.Role = .media) throws
        -> Preserved
    {
        let sealed = try EvidenceSealer.seal(bytes, type: "image/png", id: EvidenceID(id), at: now)
        let reference = EvidenceReference(
            id: sealed.id, role: role, media: role == .media ? "mxc:one" : nil, type: sealed.type, sha256: sealed.sha256,
            size: sealed.size, sealedAt: sealed.sealedAt)
        return Preserved(sealed: sealed, reference: reference)
    }

    static func entry(_ subject: String, kind: String = "decision.made") -> LedgerEntry {
        LedgerEntry(kind: kind, at: now, actor: "system", subject: subject, facts: ["of": "test"])
    }
}

extension Store {
    /// Accepts events that must all be new, and returns their sequence numbers.
    func acceptNew(_ events: [Event]) async throws -> [Int64] {
        try await accept(events).compactMap { if case .accepted(let sequence) = $0 { sequence } else { nil } }
    }

    /// Opens a case by a report, as the pipeline does.
    func openCase(_ id: String, item: String? = nil, priority: Int = 0, at: Date = Sample.now) async throws {
        _ = try await commit([Commit(opens: Sample.opening(id, item: item ?? "$\(id)", priority: priority, at: at))])
    }

    /// Every ledger entry's subject, in order; fails when the chain does not hold.
    func ledgerSubjects() async throws -> [String] {
        struct Subject: Decodable { var subject: String }
        guard case .intact = try await verifyLedger() else { return ["the ledger is broken"] }
        return try await links(after: 0, limit: 10_000).map {
            try JSONDecoder().decode(Subject.self, from: Data($0.canonical.utf8)).subject
        }
    }
}

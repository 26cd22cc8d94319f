// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
package import Foundation
package import Moderation
package import Signals

/// The way in: what is private is dropped here, what is public is durable before it is acknowledged.
package struct IntakeService: Intake {
    private let events: any EventStore
    private let accepting: GroupCommit<Event, Acceptance>
    private let commits: GroupCommit<Commit, CommitResult>
    private let media: MediaSource
    private let rules: LiveRulebook
    private let state: StateReader?
    private let enforcement: Enforcement
    private let preservation: Preservation
    private let wake: Wake
    private let feed: LiveFeed
    private let forget: @Sendable (LookBackSubject) async throws -> Void
    private let now: @Sendable () -> Date

    private static let timeToWrite = Duration.milliseconds(50)

    package init(
        events: any EventStore, commits: GroupCommit<Commit, CommitResult>, media: MediaSource, rules: LiveRulebook,
        state: StateReader? = nil, enforcement: Enforcement, preservation: Preservation, wake: Wake, feed: LiveFeed,
        forget: @escaping @Sendable (LookBackSubject) async throws -> Void = { _ in }, now: @escaping @Sendable () -> Date
    ) {
        self.events = events
        self.accepting = GroupCommit { try await events.accept($0) }
        self.commits = commits
        self.media = media
        self.rules = rules
        self.state = state
        self.enforcement = enforcement
        self.preservation = preservation
        self.wake = wake
        self.feed = feed
        self.forget = forget
        self.now = now
    }

    /// In order: what came before a space turned private is withdrawn again by that turn.
    package func accept(_ batch: [Event]) async throws -> [Acceptance] {
        var acceptances: [Acceptance] = []
        var rest = batch[...]
        while let first = rest.first {
            if first.space.privacy == .public, first.kind != .spaceChanged {
                let run = rest.prefix { $0.space.privacy == .public && $0.kind != .spaceChanged }
                acceptances += try await accepting.submit(run.map(notAhead))
                rest = rest.dropFirst(run.count)
            } else {
                try await spaceChanged(first.space, on: first.platform, at: first.at)
                acceptances.append(.dropped)
                rest = rest.dropFirst()
            }
        }
        count(acceptances)
        return acceptances
    }

    package func spaceChanged(_ space: Space, on platform: PlatformID, at: Date) async throws {
        // A platform's clock may be wrong. That a space has closed counts from the moment we hear of it; that it is open, never
        // from a moment that is still to come.
        let heard = now()
        // What was seen there while it was open is nobody's business any more. Said before and after: before, so that a crash in
        // between forgets it; after, so that nothing seen meanwhile remains.
        var closes = false
        if space.privacy != .public { closes = try await events.privacy(of: space.id, on: platform) == .public }
        if closes { try await forget(.space(platform, space.id)) }
        let withdrawn = try await events.record(space, on: platform, at: space.privacy == .public ? min(at, heard) : heard)
        for _ in 0..<withdrawn { PipelineMetrics.concluded(.withdrawn) }
        if closes { try await forget(.space(platform, space.id)) }
    }

    package func accept(_ incoming: IncomingReport) async throws -> CaseID? {
        let report = incoming.report
        var commit = Commit(report: report)
        commit.opens = preservation.newCase(
            target: report.target, priority: report.priority, reason: "reported as \(report.category)", privacy: report.privacy,
            at: now())
        commit.evidence = try preservation.preserve(incoming.item, fetched: incoming.media, at: now())
        commit.ledger =
            [
                LedgerEntry(
                    kind: "report.received", at: now(), actor: "system", subject: report.id.rawValue,
                    facts: [
                        "platform": report.platform.rawValue, "category": report.category, "privacy": report.privacy.rawValue,
                    ])
            ] + commit.evidence.map { .preserved($0, decision: nil, at: now()) }
        guard case .applied(let caseID)? = try await commits.submit([commit]).first else { return nil }
        if let caseID { await feed.publish(.caseChanged(caseID.rawValue)) }
        return caseID
    }

    package func verdict(on event: Event, until deadline: ContinuousClock.Instant) async throws -> InlineVerdict {
        let known = try await events.privacy(of: event.space.id, on: event.platform)
        guard let event = PublicEvent(event, whileSpaceIs: known) else {
            PipelineMetrics.inlineVerdict("not-public")
            return .allow
        }
        let rules = rules.current
        let examined = try await media.examine(event, attempt: 0, wishes: rules.wishes)
        let noticed = rules.notice(in: event, media: examined)
        let facts = try await state?.readings(event, noticed, rules.policies) ?? .none
        // What a model has not said by then is unknown here; the queue asks it again, and has time. Some is left for writing.
        let (_, findings) = await rules.judge(
            event, media: examined, noticed: noticed, state: facts, until: deadline - Self.timeToWrite)
        guard let commit = try await enforcement.planRefusal(event, findings: findings, media: examined),
            let decision = commit.decision
        else {
            PipelineMetrics.inlineVerdict("allow")
            return .allow
        }
        // Too late: the platform has been told to go on, so there is no refusal to write down.
        try Task.checkCancellation()
        _ = try await commits.submit([commit])
        PipelineMetrics.inlineVerdict("refuse")
        // The person affected is told what the clause says, not which rule noticed it: that would teach evasion.
        let clause = decision.clause.flatMap { rules.clauses[$0] }
        return .refuse(
            decision: decision.id, clause: decision.clause, clauseText: clause?.texts ?? [:],
            reason: clause?.text("en") ?? "it is against the rules of this service")
    }

    /// An event from a platform whose clock is ahead happened now.
    private func notAhead(_ event: Event) -> Event {
        var event = event
        event.at = min(event.at, now())
        return event
    }

    private func count(_ acceptances: [Acceptance]) {
        var accepted = 0
        var duplicates = 0
        var dropped = 0
        for acceptance in acceptances {
            switch acceptance {
            case .accepted: accepted += 1
            case .duplicate: duplicates += 1
            case .dropped: dropped += 1
            }
        }
        PipelineMetrics.accepted("accepted", accepted)
        PipelineMetrics.accepted("duplicate", duplicates)
        PipelineMetrics.accepted("dropped", dropped)
        if accepted > 0 { wake.signal() }
    }
}

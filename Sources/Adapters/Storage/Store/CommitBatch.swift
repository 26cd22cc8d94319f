// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Moderation
import Pipeline
import Records

import struct Foundation.Date

/// Writes commits inside one transaction. Each looks before it writes, so a refused one has written nothing.
struct CommitBatch {
    let sql: any SQLConnection
    let now: Date
    private let closings: RecentClosings
    private var concluded: [EventState: Int] = [:]

    init(sql: any SQLConnection, now: Date, closings: RecentClosings) {
        self.sql = sql
        self.now = now
        self.closings = closings
    }

    mutating func write(_ commits: [Commit]) throws -> [CommitResult] {
        // A space that is met here must not close unheard at the same moment.
        if commits.contains(where: { $0.report?.meets != nil }) { try sql.take(.accept) }
        var results = [CommitResult](repeating: .superseded, count: commits.count)
        // An event that two commits conclude goes to the first of them, so those keep their order.
        let others = Set(commits.filter { !$0.isPlain }.compactMap { $0.event?.sequence })
        let plain = commits.indices.filter { index in
            commits[index].isPlain && commits[index].event.map { !others.contains($0.sequence) } == true
        }
        try concludePlain(plain, of: commits, &results)
        for index in Set(commits.indices).subtracting(plain).sorted() {
            results[index] = try write(commits[index])
        }
        let applied = zip(commits, results).compactMap { commit, result in
            if case .applied = result { commit } else { nil }
        }
        try Store.count(concluded, sql)
        try Store.record(applied.flatMap(\.outcomes), sql)
        try Store.append(applied.flatMap(\.sightings), sql)
        try Store.record(applied.flatMap(\.ruleOutcomes), at: now, sql)
        try Store.append(applied.flatMap(\.counts), sql)
        try Store.append(
            applied.compactMap { commit in commit.event.flatMap { event in commit.history.map { (event.sequence, $0) } } }, sql)
        // Last, so that others wait for the ledger as short as possible.
        try Store.append(applied.flatMap(\.ledger), sql)
        return results
    }

    /// Most commits only conclude an event that no rule cared for: they go together.
    private mutating func concludePlain(_ plain: [Int], of commits: [Commit], _ results: inout [CommitResult]) throws {
        let changed = try sql.executeMany(
            Self.conclusion,
            plain.compactMap { index in
                commits[index].event.map { event in
                    [SQLValue(event.sequence), SQLValue(event.state), SQLValue(event.note), SQLValue(now), .null]
                }
            })
        for (index, changed) in zip(plain, changed) where changed == 1 {
            results[index] = .applied(nil)
            if let event = commits[index].event { concluded[event.state, default: 0] += 1 }
        }
    }

    private static let conclusion = """
        update events set state = $2, note = $3, concluded_at = $4, decision_id = $5, payload = null
        where sequence = $1 and state = 'queued'
        """

    private mutating func write(_ commit: Commit) throws -> CommitResult {
        if let refusal = try refusal(of: commit) { return refusal }
        let opened = try commit.opens.map { try open($0) }
        let reopened = try commit.reopensCaseOf.flatMap { try reopen(caseOf: $0) }
        let caseID = try opened ?? commit.caseID ?? reopened ?? commit.lease.flatMap { try self.caseID(of: $0) }
        try writeDecision(commit, caseID)
        if let event = commit.event {
            try sql.execute(
                Self.conclusion,
                [
                    SQLValue(event.sequence), SQLValue(event.state), SQLValue(event.note), SQLValue(now),
                    SQLValue(commit.decision?.id),
                ])
            concluded[event.state, default: 0] += 1
        }
        if let report = commit.report { try insert(report, caseID) }
        try insert(commit.evidence, caseID, commit.decision?.id)
        if let caseID, commit.evidence.contains(where: { $0.reference.role != .preview }) {
            try Store.awaitExamination(of: caseID, at: now, sql)
        }
        if let lease = commit.lease { try finish(lease, commit, caseID) }
        return .applied(opened ?? reopened)
    }

    // MARK: - Looking

    /// Why a commit can't be written, or nil. Rows that the answer rests on stay locked until the end of the transaction.
    private func refusal(of commit: Commit) throws -> CommitResult? {
        if let event = commit.event {
            let row = try sql.query("select state from events where sequence = $1 {for update}", [SQLValue(event.sequence)]).first
            guard try row?.text(0) == EventState.queued.rawValue else { return .superseded }
        }
        if let decision = commit.decision {
            guard try sql.query("select 1 from decisions where id = $1", [SQLValue(decision.id)]).isEmpty else {
                return .superseded
            }
        }
        if let report = commit.report {
            let known = try sql.query(
                "select 1 from reports where platform = $1 and external_id = $2",
                [SQLValue(report.platform), SQLValue(report.externalID)])
            guard known.isEmpty else { return .superseded }
        }
        if let lease = commit.lease, let refusal = try refusal(of: lease) { return refusal }
        if let original = commit.original,
            try sql.query("select 1 from evidence where id = $1 {for update}", [SQLValue(original)]).isEmpty
        {
            return .superseded
        }
        for action in commit.cancels {
            let state = try sql.query("select state from actions where id = $1 {for update}", [SQLValue(action)]).first?.text(0)
            guard state == ActionState.pending.rawValue || state == ActionState.held.rawValue else { return .outdated }
        }
        if let caseID = commit.caseID, commit.opens == nil,
            try sql.query("select 1 from cases where id = $1", [SQLValue(caseID)]).isEmpty
        {
            throw StorageError.constraint("there is no case \(caseID)")
        }
        return nil
    }

    /// A lease holds until somebody else has taken the work item, even past its time: its token tells.
    private func refusal(of lease: LeaseGuard) throws -> CommitResult? {
        let row = try sql.query(
            "select holder, lease_token, done_at from work_items where id = $1 {for update}", [SQLValue(lease.workItem)]
        ).first
        guard let row, try row.int(1) == lease.token else { return .leaseLost }
        guard row.isNull(2) else { return .superseded }
        return try row.optional(0, row.text) == lease.holder.rawValue ? nil : .leaseLost
    }

    private func caseID(of lease: LeaseGuard) throws -> CaseID? {
        try sql.query("select case_id from work_items where id = $1", [SQLValue(lease.workItem)]).first?.word(0)
    }

    // MARK: - Writing

    /// Opens a case with its work item, or joins the open one with the same key.
    private func open(_ new: Case) throws -> CaseID {
        let key = SQLValue(Case.key(for: new.target))
        // The open case may close between the two statements, once in a blue moon also twice.
        for _ in 0..<8 {
            let known = try sql.query(
                "select id, priority, privacy from cases where case_key = $1 and state = 'open' {for update}", [key]
            ).first
            if let known { return try join(known, new) }
            let inserted = try sql.execute(
                """
                insert into cases (id, case_key, target, state, opened_at, priority, reason, privacy)
                values ($1, $2, $3, 'open', $4, $5, $6, $7)
                on conflict (case_key) where state = 'open' do nothing
                """,
                [
                    SQLValue(new.id), key, try Stored.json(new.target), SQLValue(new.openedAt), SQLValue(new.priority),
                    SQLValue(new.reason), SQLValue(new.privacy),
                ])
            if inserted == 1 {
                try sql.execute(
                    "insert into work_items (id, case_id, lease_token) values ($1, $2, 0)",
                    [SQLValue("w-\(new.id)"), SQLValue(new.id)])
                return new.id
            }
        }
        throw StorageError.constraint("a case for the same target kept opening and closing")
    }

    /// Opens the case of a decision again, unless it is open or another one about the same target is; returns the case.
    private func reopen(caseOf decision: DecisionID) throws -> CaseID? {
        guard let id = try sql.query("select case_id from decisions where id = $1", [SQLValue(decision)]).first,
            !id.isNull(0)
        else { return nil }
        let reopened = try sql.execute(
            """
            update cases set state = 'open', closed_at = null, decision_id = null
            where id = $1 and state = 'closed'
                and not exists (select 1 from cases other where other.case_key = cases.case_key and other.state = 'open')
            """, [id.values[0]])
        if reopened == 1 {
            try sql.execute(
                "update work_items set done_at = null, holder = null, lease_until = null where case_id = $1", [id.values[0]])
            try Store.resumeExamination(of: id.values[0], at: now, sql)
        }
        return try id.word(0)
    }

    private func join(_ known: SQLRow, _ new: Case) throws -> CaseID {
        let privacy: PrivacyClass = try known.word(2)
        let stricter = new.privacy.strictness > privacy.strictness ? new.privacy : privacy
        try sql.execute(
            "update cases set priority = $2, privacy = $3 where id = $1",
            [known.values[0], SQLValue(max(try known.int(1), Int64(new.priority))), SQLValue(stricter)])
        return try known.word(0)
    }

    private func writeDecision(_ commit: Commit, _ caseID: CaseID?) throws {
        if let decision = commit.decision {
            try sql.execute(
                "insert into decisions (id, at, case_id, subject, payload) values ($1, $2, $3, $4, $5)",
                [
                    SQLValue(decision.id), SQLValue(decision.at), SQLValue(caseID), SQLValue(decision.target.subject),
                    try Stored.json(decision),
                ])
        }
        if let decision = commit.decision {
            try Store.insert(commit.uses, of: decision.id, sql)
            try Store.label(decision, sql)
        }
        try Store.insert(commit.actions, sql)
        try sql.executeMany(
            "update actions set state = 'cancelled' where id = $1 and state in ('pending', 'held')",
            commit.cancels.map { [SQLValue($0)] })
    }

    private func insert(_ report: Report, _ caseID: CaseID?) throws {
        if let space = report.meets, closings.allow(space, on: report.platform, at: now) {
            try Store.meet(space, on: report.platform, at: min(report.at, now), now: now, sql)
        }
        try sql.execute(
            """
            insert into reports (id, case_id, platform, external_id, target, reporter, words, category, at, privacy)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            [
                SQLValue(report.id), SQLValue(caseID), SQLValue(report.platform), SQLValue(report.externalID),
                try Stored.json(report.target), SQLValue(report.reporter), SQLValue(report.text), SQLValue(report.category),
                SQLValue(report.at), SQLValue(report.privacy),
            ])
    }

    private func insert(_ evidence: [Preserved], _ caseID: CaseID?, _ decision: DecisionID?) throws {
        try sql.executeMany(
            """
            insert into evidence (id, case_id, decision_id, role, media, type, sha256, size, sealed_at, sealed)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            evidence.map { piece in
                let sealed = piece.sealed
                return [
                    SQLValue(sealed.id), SQLValue(caseID), SQLValue(decision), SQLValue(piece.reference.role),
                    SQLValue(piece.reference.media), SQLValue(sealed.type), SQLValue(sealed.sha256), SQLValue(sealed.size),
                    SQLValue(sealed.sealedAt), SQLValue(sealed.sealed),
                ]
            })
        try sql.executeMany(
            "insert into evidence_keys (evidence_id, key) values ($1, $2)",
            evidence.map { [SQLValue($0.sealed.id), SQLValue($0.sealed.key)] })
    }

    /// The work is done and the case closes; or the case stays open, and the work item goes back for somebody else.
    private func finish(_ lease: LeaseGuard, _ commit: Commit, _ caseID: CaseID?) throws {
        let workItem = SQLValue(lease.workItem)
        guard !commit.keepsCaseOpen else {
            try sql.execute(
                "update work_items set passed_by = holder, holder = null, lease_until = null where id = $1", [workItem])
            return
        }
        let at = SQLValue(commit.decision?.at ?? now)
        try sql.execute(
            "update work_items set holder = null, lease_until = null, done_at = $2 where id = $1", [workItem, at])
        try sql.execute(
            """
            update cases set state = 'closed', closed_at = $2, decision_id = $3
            where state = 'open' and id = (select case_id from work_items where id = $1)
            """, [workItem, at, SQLValue(commit.decision?.id)])
        try Store.endExamination(ofCaseOf: workItem, sql)
    }
}

extension Report {
    /// The space that it says is public.
    fileprivate var meets: SpaceID? { privacy == .public ? target.space : nil }
}

extension Commit {
    /// Concludes an event and changes nothing else but the ledger.
    fileprivate var isPlain: Bool {
        event != nil && lease == nil && decision == nil && actions.isEmpty && cancels.isEmpty && opens == nil && caseID == nil
            && reopensCaseOf == nil && report == nil && evidence.isEmpty && original == nil
    }
}

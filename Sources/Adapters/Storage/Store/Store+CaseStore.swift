// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Casework
package import Moderation

package import struct Foundation.Date

extension Store: CaseStore {
    package func leaseNext(holder: AccountID, at now: Date, until: Date) async throws -> WorkItem? {
        try await database.write { sql in
            try sql.take(.lease)
            let held = try sql.query(
                """
                select \(Self.workItemColumns) from work_items
                where holder = $1 and done_at is null order by lease_until desc limit 1 {for update}
                """, [SQLValue(holder)]
            ).first.map(Self.workItem)
            if let held { return try Self.hold(held, by: holder, until: until, sql) }
            let free = try sql.query(
                """
                select w.id, w.case_id, w.holder, w.lease_until, w.lease_token, w.done_at
                from cases c join work_items w on w.case_id = c.id
                where c.state = 'open' and w.done_at is null and (w.holder is null or w.lease_until <= $1)
                    and (w.passed_by is null or w.passed_by <> $2)
                order by c.priority desc, c.opened_at, c.id limit 1 {for update of w} {skip locked}
                """, [SQLValue(now), SQLValue(holder)]
            ).first.map(Self.workItem)
            return try free.map { try Self.hold($0, by: holder, until: until, sql) }
        }
    }

    package func lease(_ id: CaseID, holder: AccountID, at now: Date, until: Date) async throws -> WorkItem {
        try await database.write { sql in
            try sql.take(.lease)
            let row = try sql.query(
                "select \(Self.workItemColumns) from work_items where case_id = $1 {for update}", [SQLValue(id)]
            ).first
            guard let found = try row.map(Self.workItem) else { throw CaseworkError.noSuchCase(id) }
            guard found.item.doneAt == nil else { throw CaseworkError.caseClosed(id) }
            if let lease = found.item.lease, lease.holder != holder, lease.until > now {
                throw CaseworkError.leaseHeld(by: lease.holder, until: lease.until)
            }
            return try Self.hold(found, by: holder, until: until, sql)
        }
    }

    package func heartbeat(_ lease: LeaseGuard, until: Date) async throws {
        let changed = try await database.write { sql in
            try sql.execute(
                """
                update work_items set lease_until = $4
                where id = $1 and holder = $2 and lease_token = $3 and done_at is null
                """, [SQLValue(lease.workItem), SQLValue(lease.holder), SQLValue(lease.token), SQLValue(until)])
        }
        guard changed == 1 else { throw CaseworkError.leaseLost }
    }

    package func release(_ lease: LeaseGuard) async throws {
        _ = try await database.write { sql in
            try sql.execute(
                """
                update work_items set holder = null, lease_until = null
                where id = $1 and holder = $2 and lease_token = $3 and done_at is null
                """, [SQLValue(lease.workItem), SQLValue(lease.holder), SQLValue(lease.token)])
        }
    }

    package func caseFile(_ id: CaseID) async throws -> CaseFile? {
        try await database.read { sql in
            try Self.files(sql.query("select \(Self.caseColumns) from cases where id = $1", [SQLValue(id)]), sql).first
        }
    }

    package func cases(_ state: Case.State, limit: Int) async throws -> [CaseFile] {
        let order =
            switch state {
            case .open: "where state = 'open' order by priority desc, opened_at, id"
            case .closed: "where state = 'closed' order by closed_at desc, id"
            }
        return try await database.read { sql in
            try Self.files(sql.query("select \(Self.caseColumns) from cases \(order) limit $1", [SQLValue(limit)]), sql)
        }
    }

    package func decisionsElsewhere(about target: Target, than id: CaseID) async throws -> DecisionsElsewhere {
        guard let subject = target.subject else { return DecisionsElsewhere() }
        return try await database.read { sql in
            let decisions = try sql.query(
                """
                select \(Self.decisionColumns) from decisions
                where subject = $1 and (case_id is null or case_id <> $2) order by sequence
                """, [SQLValue(subject), SQLValue(id)]
            ).map(Self.decision)
            let actions = try sql.queryMany(
                "select \(Self.actionColumns) from actions where decision_id = $1 order by sequence",
                decisions.map { [SQLValue($0.id)] })
            return DecisionsElsewhere(decisions: decisions, actions: try actions.joined().map(Self.action))
        }
    }
}

extension Store {
    private static let caseColumns =
        "id, target, state, opened_at, closed_at, priority, reason, privacy, decision_id"
    private static let workItemColumns = "id, case_id, holder, lease_until, lease_token, done_at"

    /// A work item and its last token, which outlives the lease.
    private static func workItem(_ row: SQLRow) throws -> (item: WorkItem, token: Int64) {
        let token = try row.int(4)
        let lease = try row.optional(2, row.text).map { holder in
            Lease(holder: AccountID(holder), until: try row.date(3), token: token)
        }
        return (
            WorkItem(id: try row.word(0), caseID: try row.word(1), lease: lease, doneAt: try row.optional(5, row.date)), token
        )
    }

    /// Gives a work item to a person. The token grows unless the person holds it already; a lease never becomes shorter.
    private static func hold(
        _ found: (item: WorkItem, token: Int64), by holder: AccountID, until: Date, _ sql: any SQLConnection
    ) throws -> WorkItem {
        var item = found.item
        if let lease = item.lease, lease.holder == holder {
            item.lease = Lease(holder: holder, until: max(lease.until, until), token: lease.token)
        } else {
            item.lease = Lease(holder: holder, until: until, token: found.token + 1)
        }
        try sql.execute(
            "update work_items set holder = $2, lease_until = $3, lease_token = $4 where id = $1",
            [SQLValue(item.id), SQLValue(holder), SQLValue(item.lease?.until), SQLValue(item.lease?.token ?? 0)])
        return item
    }

    /// Cases with what lies in them; a fixed number of round trips, however many there are.
    private static func files(_ rows: [SQLRow], _ sql: any SQLConnection) throws -> [CaseFile] {
        let keys = rows.map { [$0.values[0]] }
        let items = try sql.queryMany("select \(workItemColumns) from work_items where case_id = $1", keys)
        let reports = try sql.queryMany("select \(reportColumns) from reports where case_id = $1 order by sequence", keys)
        let evidence = try sql.queryMany(
            "select \(referenceColumns) from evidence where case_id = $1 order by role = 'item' desc, sequence", keys)
        let decisions = try sql.queryMany("select \(decisionColumns) from decisions where case_id = $1 order by sequence", keys)
        let actions = try sql.queryMany(
            """
            select \(actionColumns) from actions
            where decision_id in (select id from decisions where case_id = $1) order by sequence
            """, keys)
        return try rows.indices.map { index in
            let found = try caseValue(rows[index])
            guard let item = try items[index].first.map(workItem)?.item else {
                throw StorageError.corrupt("case \(found.id) has no work item")
            }
            return CaseFile(
                case: found, workItem: item, reports: try reports[index].map(report),
                evidence: try evidence[index].map(reference), decisions: try decisions[index].map(decision),
                actions: try actions[index].map(action))
        }
    }

    private static func caseValue(_ row: SQLRow) throws -> Case {
        Case(
            id: try row.word(0), target: try Stored.value(Target.self, from: try row.text(1)), state: try row.word(2),
            openedAt: try row.date(3), closedAt: try row.optional(4, row.date), priority: Int(try row.int(5)),
            reason: try row.text(6), privacy: try row.word(7), decision: try row.optional(8, row.word))
    }

    private static let reportColumns = "id, platform, external_id, target, reporter, words, category, at, privacy"

    private static func report(_ row: SQLRow) throws -> Report {
        Report(
            id: try row.word(0), platform: try row.word(1), externalID: try row.text(2),
            target: try Stored.value(Target.self, from: try row.text(3)), reporter: try row.optional(4, row.word),
            text: try row.text(5), category: try row.text(6), at: try row.date(7), privacy: try row.word(8))
    }

    private static let referenceColumns = "id, role, media, type, sha256, size, sealed_at"

    private static func reference(_ row: SQLRow) throws -> EvidenceReference {
        EvidenceReference(
            id: try row.word(0), role: try row.word(1), media: try row.optional(2, row.word), type: try row.text(3),
            sha256: try row.text(4), size: Int(try row.int(5)), sealedAt: try row.date(6))
    }
}

extension Target {
    /// Under which its decisions are found; nil when it is no item.
    var subject: String? { item == nil ? nil : Case.key(for: self) }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
import Pipeline
package import Policies

import struct Foundation.Date

extension Store: RuleStore {
    package func rulesRevision() async throws -> Int64 {
        try await database.read { sql in try Self.rulesRevision(sql) }
    }

    package func ruleState() async throws -> RuleState {
        try await database.read { sql in try Self.ruleState(sql) }
    }

    @discardableResult
    package func changeRules(
        texts: [RuleKey: String], _ edit: @escaping @Sendable (inout RuleState) throws -> [LedgerEntry]
    ) async throws -> RuleState {
        try await database.write { sql in
            try sql.take(.rules)
            let before = try Self.ruleState(sql)
            var state = before
            let entries = try edit(&state)
            guard state != before || !entries.isEmpty else { return before }
            // Actions first: commits lock them before rules too.
            try Self.hold(state, before, sql)
            try Self.write(state.versions, before.versions, texts, sql)
            try Self.write(state.requests, before.requests, sql)
            try Self.write(state.stops, before.stops, sql)
            if let mode = state.mode, mode != before.mode {
                try sql.execute(
                    "insert into switches (name, value) values ('rules', $1) on conflict (name) do update set value = excluded.value",
                    [SQLValue(mode)])
            }
            state.revision = try Self.ruleChange(sql)
            try Self.append(entries, sql)
            state.requests.removeAll { $0.state != .waiting }
            state.stops.removeAll { $0.liftedAt != nil }
            return state
        }
    }

    package func text(of key: RuleKey) async throws -> String? {
        try await database.read { sql in
            try sql.query(
                "select text from rule_versions where rule = $1 and version = $2", [SQLValue(key.rule), SQLValue(key.version)]
            ).first?.text(0)
        }
    }

    package func stops(limit: Int) async throws -> [RuleStop] {
        try await database.read { sql in
            try sql.query("select \(Self.stopColumns) from rule_stops order by sequence desc limit $1", [SQLValue(max(0, limit))])
                .map(Self.stop)
        }
    }

    package func requests(limit: Int) async throws -> [PromotionRequest] {
        try await database.read { sql in
            try sql.query(
                "select \(Self.requestColumns) from rule_requests order by sequence desc limit $1", [SQLValue(max(0, limit))]
            ).map(Self.request)
        }
    }
}

extension Store {
    static func rulesRevision(_ sql: any SQLConnection) throws -> Int64 {
        try sql.query("select value from counters where name = 'rules'").first?.int(0) ?? 0
    }

    /// Says that something of the registry changed; returns its new revision.
    @discardableResult
    static func ruleChange(_ sql: any SQLConnection) throws -> Int64 {
        try sql.execute("update counters set value = value + 1 where name = 'rules'")
        return try rulesRevision(sql)
    }

    static func ruleState(_ sql: any SQLConnection) throws -> RuleState {
        var state = RuleState(revision: try rulesRevision(sql))
        for row in try sql.query("select \(versionColumns) from rule_versions") {
            let version = try self.version(row)
            state.versions[version.key] = version
        }
        state.requests = try sql.query(
            "select \(requestColumns) from rule_requests where state = 'waiting' order by sequence"
        ).map(request)
        state.stops = try sql.query("select \(stopColumns) from rule_stops where lifted_at is null order by sequence").map(stop)
        state.mode = try sql.query("select value from switches where name = 'rules'").first?.word(0)
        return state
    }

    /// What a stop or the switch forbids and has not been begun waits for a person from now on.
    private static func hold(_ state: RuleState, _ before: RuleState, _ sql: any SQLConnection) throws {
        let known = Set(before.stops.map(\.id))
        let hold = "update actions set state = 'held', note = $1 where state = 'pending' and destructive = 1 and decision_id in"
        for stop in state.stops where !known.contains(stop.id) && stop.liftedAt == nil {
            try sql.execute(
                "\(hold) (select decision from decision_rules where rule = $2 and version = $3)",
                [
                    SQLValue("rule \(stop.key.rule) is stopped: \(stop.reason)"), SQLValue(stop.key.rule),
                    SQLValue(stop.key.version),
                ])
        }
        if state.mode == .caseOnly, before.mode != .caseOnly {
            try sql.execute(
                "\(hold) (select decision from decision_rules)",
                [SQLValue("the emergency stop is on: rules open cases only")])
        }
    }

    // MARK: - Versions

    private static let versionColumns = """
        rule, version, policy, kinds, destructive, asked, loaded, adopted, granted, percent, ceiling, first_seen_at,
        watched_since, at_most, precision_promised, confirmed, overturned
        """

    private static func version(_ row: SQLRow) throws -> RuleVersion {
        RuleVersion(
            key: RuleKey(rule: try row.text(0), version: try row.text(1)), policy: try row.text(2),
            kinds: try row.text(3).split(separator: ",").compactMap { EventKind(rawValue: String($0)) },
            isDestructive: try row.int(4) == 1, asked: try row.word(5), isLoaded: try row.int(6) == 1,
            isAdopted: try row.int(7) == 1, granted: try row.word(8), percent: try row.optional(9, row.int).map { Int($0) },
            ceiling: try row.optional(10, row.text).map { try Stored.value(RuleVersion.Ceiling.self, from: $0) },
            firstSeenAt: try row.date(11), watchedSince: try row.optional(12, row.date),
            atMost: try row.optional(13, row.real), precision: try row.optional(14, row.real),
            confirmed: Int(try row.int(15)), overturned: Int(try row.int(16)))
    }

    private static func write(
        _ versions: [RuleKey: RuleVersion], _ before: [RuleKey: RuleVersion], _ texts: [RuleKey: String],
        _ sql: any SQLConnection
    ) throws {
        let changed = versions.values.filter { before[$0.key] != $0 }.sorted { $0.key.description < $1.key.description }
        for version in changed {
            let known = before[version.key]
            let values = try values(of: version)
            if known == nil {
                try sql.execute(
                    """
                    insert into rule_versions (\(versionColumns), text)
                    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
                    """,
                    values + [
                        SQLValue(version.confirmed), SQLValue(version.overturned), SQLValue(texts[version.key] ?? ""),
                    ])
            } else {
                try sql.execute(
                    """
                    update rule_versions set policy = $3, kinds = $4, destructive = $5, asked = $6, loaded = $7, adopted = $8,
                        granted = $9, percent = $10, ceiling = $11, first_seen_at = $12, watched_since = $13, at_most = $14,
                        precision_promised = $15
                    where rule = $1 and version = $2
                    """, values)
            }
            // Commits count outcomes at the same time: they are only written where the count begins anew.
            if let known, (known.confirmed, known.overturned) != (version.confirmed, version.overturned) {
                try sql.execute(
                    "update rule_versions set confirmed = $3, overturned = $4 where rule = $1 and version = $2",
                    [
                        SQLValue(version.key.rule), SQLValue(version.key.version), SQLValue(version.confirmed),
                        SQLValue(version.overturned),
                    ])
            }
        }
    }

    private static func values(of version: RuleVersion) throws -> [SQLValue] {
        [
            SQLValue(version.key.rule), SQLValue(version.key.version), SQLValue(version.policy),
            SQLValue(version.kinds.map(\.rawValue).joined(separator: ",")), SQLValue(version.isDestructive),
            SQLValue(version.asked), SQLValue(version.isLoaded), SQLValue(version.isAdopted), SQLValue(version.granted),
            SQLValue(version.percent), try version.ceiling.map { try Stored.json($0) } ?? .null, SQLValue(version.firstSeenAt),
            SQLValue(version.watchedSince), SQLValue(version.atMost), SQLValue(version.precision),
        ]
    }

    // MARK: - Requests and stops

    private static let requestColumns =
        "id, rule, version, stage, percent, asked_by, asked_at, reason, report, state, resolved_by, resolved_at"

    private static func request(_ row: SQLRow) throws -> PromotionRequest {
        PromotionRequest(
            id: try row.text(0), key: RuleKey(rule: try row.text(1), version: try row.text(2)), stage: try row.word(3),
            percent: try row.optional(4, row.int).map { Int($0) }, by: try row.text(5), at: try row.date(6),
            reason: try row.text(7), report: try row.optional(8, row.text), state: try row.word(9),
            resolvedBy: try row.optional(10, row.text), resolvedAt: try row.optional(11, row.date))
    }

    private static func write(
        _ requests: [PromotionRequest], _ before: [PromotionRequest], _ sql: any SQLConnection
    ) throws {
        // Resolved ones first: a new one may wait for the same version.
        for one in requests where before.contains(where: { $0.id == one.id && $0 != one }) {
            try sql.execute(
                "update rule_requests set state = $2, resolved_by = $3, resolved_at = $4 where id = $1",
                [SQLValue(one.id), SQLValue(one.state), SQLValue(one.resolvedBy), SQLValue(one.resolvedAt)])
        }
        for one in requests where !before.contains(where: { $0.id == one.id }) {
            try sql.execute(
                """
                insert into rule_requests (\(requestColumns)) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                """,
                [
                    SQLValue(one.id), SQLValue(one.key.rule), SQLValue(one.key.version), SQLValue(one.stage),
                    SQLValue(one.percent), SQLValue(one.by), SQLValue(one.at), SQLValue(one.reason), SQLValue(one.report),
                    SQLValue(one.state), SQLValue(one.resolvedBy), SQLValue(one.resolvedAt),
                ])
        }
    }

    private static let stopColumns =
        "id, rule, version, at, cause, reason, stopped_by, lift_asked_by, lift_reason, lifted_at, lifted_by"

    private static func stop(_ row: SQLRow) throws -> RuleStop {
        RuleStop(
            id: try row.text(0), key: RuleKey(rule: try row.text(1), version: try row.text(2)), at: try row.date(3),
            cause: try row.word(4), reason: try row.text(5), by: try row.text(6), liftAskedBy: try row.optional(7, row.text),
            liftReason: try row.optional(8, row.text), liftedAt: try row.optional(9, row.date),
            liftedBy: try row.optional(10, row.text))
    }

    private static func write(_ stops: [RuleStop], _ before: [RuleStop], _ sql: any SQLConnection) throws {
        for one in stops where before.contains(where: { $0.id == one.id && $0 != one }) {
            try sql.execute(
                "update rule_stops set lift_asked_by = $2, lift_reason = $3, lifted_at = $4, lifted_by = $5 where id = $1",
                [
                    SQLValue(one.id), SQLValue(one.liftAskedBy), SQLValue(one.liftReason), SQLValue(one.liftedAt),
                    SQLValue(one.liftedBy),
                ])
        }
        for one in stops where !before.contains(where: { $0.id == one.id }) {
            try sql.execute(
                "insert into rule_stops (\(stopColumns)) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                [
                    SQLValue(one.id), SQLValue(one.key.rule), SQLValue(one.key.version), SQLValue(one.at), SQLValue(one.cause),
                    SQLValue(one.reason), SQLValue(one.by), SQLValue(one.liftAskedBy), SQLValue(one.liftReason),
                    SQLValue(one.liftedAt), SQLValue(one.liftedBy),
                ])
        }
    }
}

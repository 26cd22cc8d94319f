// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
import Pipeline

package import struct Foundation.Date

extension Store: LabelStore {
    package func labels(on subjects: [LabelSubject], at time: Date) async throws -> [Label] {
        if subjects.isEmpty { return [] }
        return try await database.read { sql in
            try subjects.flatMap { subject in
                let (kind, platform, id) = subject.columns
                return try sql.query(
                    """
                    select \(Self.labelColumns) from labels
                    where platform = $1 and subject = $2 and subject_kind = $3 and is_on = 1
                        and (expires_at is null or expires_at > $4)
                    order by name
                    """, [SQLValue(platform), SQLValue(id), SQLValue(kind), SQLValue(time)]
                ).map(Self.label)
            }
        }
    }

    package func labels(named name: String?, at time: Date, limit: Int) async throws -> [Label] {
        try await database.read { sql in
            try sql.query(
                """
                select \(Self.labelColumns) from labels
                where is_on = 1 and (expires_at is null or expires_at > $1) \(name == nil ? "" : "and name = $3")
                order by at desc, name limit $2
                """, [SQLValue(time), SQLValue(max(0, limit))] + (name.map { [SQLValue($0)] } ?? [])
            ).map(Self.label)
        }
    }

    package func set(_ label: Label, isOn: Bool, ledger: [LedgerEntry]) async throws {
        try await database.write { sql in
            try Self.write(label, isOn: isOn, sql)
            try Self.append(ledger, sql)
        }
    }
}

extension Store {
    /// Carries out the labels that a decision puts on or takes off.
    static func label(_ decision: Decision, _ sql: any SQLConnection) throws {
        for effect in decision.effects where effect.kind == .label || effect.kind == .unlabel {
            guard var label = Label(effect, of: decision) else { continue }
            // Who takes a rule's decision back says nothing about the label.
            if decision.verdict == .undo { label.isManual = false }
            if decision.verdict == .undo, effect.kind == .unlabel {
                // What is taken back leaves nothing behind.
                let (kind, platform, id) = label.subject.columns
                try sql.execute(
                    """
                    delete from labels where platform = $1 and subject = $2 and subject_kind = $3 and name = $4 and is_manual = 0
                    """, [SQLValue(platform), SQLValue(id), SQLValue(kind), SQLValue(label.name)])
            } else {
                try write(label, isOn: effect.kind == .label, sql)
            }
        }
    }

    /// A rule's word does not change a person's that is still in force.
    private static func write(_ label: Label, isOn: Bool, _ sql: any SQLConnection) throws {
        let (kind, platform, id) = label.subject.columns
        try sql.execute(
            """
            insert into labels (subject_kind, platform, subject, name, is_on, is_manual, set_by, reason, at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            on conflict (platform, subject, subject_kind, name) do update
            set is_on = excluded.is_on, is_manual = excluded.is_manual, set_by = excluded.set_by, reason = excluded.reason,
                at = excluded.at, expires_at = excluded.expires_at
            where excluded.is_manual = 1 or labels.is_manual = 0
                or (labels.expires_at is not null and labels.expires_at <= excluded.at)
            """,
            [
                SQLValue(kind), SQLValue(platform), SQLValue(id), SQLValue(label.name), SQLValue(isOn), SQLValue(label.isManual),
                try Stored.json(label.by), SQLValue(label.reason), SQLValue(label.at), SQLValue(label.expiresAt),
            ])
    }

    fileprivate static let labelColumns = "subject_kind, platform, subject, name, is_manual, set_by, reason, at, expires_at"

    fileprivate static func label(_ row: SQLRow) throws -> Label {
        let (platform, id) = (PlatformID(try row.text(1)), try row.text(2))
        let subject: LabelSubject =
            try row.text(0) == "actor" ? .actor(platform, ActorID(id)) : .space(platform, SpaceID(id))
        return Label(
            name: try row.text(3), subject: subject, by: try Stored.value(Decider.self, from: try row.text(5)),
            reason: try row.text(6), at: try row.date(7), expiresAt: try row.optional(8, row.date), isManual: try row.int(4) == 1)
    }
}

extension LabelSubject {
    fileprivate var columns: (kind: String, platform: PlatformID, id: String) {
        switch self {
        case .actor(let platform, let actor): ("actor", platform, actor.rawValue)
        case .space(let platform, let space): ("space", platform, space.rawValue)
        }
    }
}

extension Label {
    /// What a decision says about a label; nil when it does not say which, or on whom.
    fileprivate init?(_ effect: Effect, of decision: Decision) {
        guard let name = effect.parameters["name"] else { return nil }
        let (platform, target) = (decision.target.platform, decision.target)
        let subject =
            effect.parameters["on"] == "space"
            ? target.space.map { LabelSubject.space(platform, $0) } : target.actor.map { LabelSubject.actor(platform, $0) }
        guard let subject else { return nil }
        let isManual = if case .person = decision.by { true } else { false }
        let hours = effect.parameters["hours"].flatMap { Double($0) }
        self.init(
            name: name, subject: subject, by: decision.by, reason: decision.reason, at: decision.at,
            expiresAt: hours.map { decision.at.addingTimeInterval($0 * 3_600) }, isManual: isManual)
    }
}

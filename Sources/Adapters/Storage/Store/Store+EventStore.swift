// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Pipeline
import Signals

package import struct Foundation.Date

extension Store: EventStore {
    package func accept(_ events: [Event]) async throws -> [Acceptance] {
        guard !events.isEmpty else { return [] }
        let rows = events.map(Self.row)
        return try await database.write { sql in
            try sql.take(.accept)
            let closed = try Self.closedSpaces(of: events, sql)
            let kept = events.indices.filter { Self.mayKeep(events[$0], closed) }
            try Self.reopen(kept.map { events[$0] }, closed, on: sql)
            let inserted = try sql.queryMany(
                """
                insert into events (platform, id, kind, space, actor, at, received_at, payload, state, attempts, due_at, note)
                values ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', 0, $7, '')
                on conflict (platform, id) do nothing
                returning sequence
                """, kept.map { rows[$0] })
            var answers = [Acceptance](repeating: .dropped, count: events.count)
            for (index, answer) in zip(kept, inserted) {
                answers[index] = try answer.first.map { .accepted(sequence: try $0.int(0)) } ?? .duplicate
            }
            return answers
        }
    }

    package func queued(_ lane: EventLane, dueBy now: Date, limit: Int) async throws -> [QueuedEvent] {
        let (which, order) =
            switch lane {
            case .fresh: ("attempts = 0", "sequence")
            case .retries: ("attempts > 0", "due_at")
            }
        let rows = try await database.read { sql in
            try sql.query(
                """
                select sequence, payload, at, received_at, attempts from events
                where state = 'queued' and \(which) and due_at <= $1 order by \(order) limit $2
                """, [SQLValue(now), SQLValue(limit)])
        }
        return try rows.map { row in
            var event = try Stored.value(Event.self, from: try row.text(1))
            event.at = try row.date(2)
            event.receivedAt = try row.date(3)
            return QueuedEvent(sequence: try row.int(0), event: event, attempts: Int(try row.int(4)))
        }
    }

    package func postpone(_ sequence: Int64, until: Date, reason: String) async throws {
        try await database.write { sql in
            _ = try sql.execute(
                "update events set attempts = attempts + 1, due_at = $2, note = $3 where sequence = $1 and state = 'queued'",
                [SQLValue(sequence), SQLValue(until), SQLValue(reason)])
        }
    }

    package func record(_ space: Space, on platform: PlatformID, at: Date) async throws -> Int {
        let concludedAt = now()
        // Before anything is looked at: a report that is under way finds it here or in the record.
        if space.privacy != .public { closings.add(space.id, on: platform, at: concludedAt) }
        let (withdrawn, deleted) = try await database.write { sql in
            try sql.take(.accept)
            guard try Self.recordWord(space, on: platform, at: at, sql), space.privacy != .public else { return (0, 0) }
            let withdrawn = try sql.execute(
                """
                update events set state = 'withdrawn', payload = null, concluded_at = $3, note = 'its space is no longer public'
                where platform = $1 and space = $2 and state = 'queued'
                """, [SQLValue(platform), SQLValue(space.id), SQLValue(concludedAt)])
            try Self.count([.withdrawn: withdrawn], sql)
            // After the events: a conclusion that was under way is written by now, and what it kept is seen here.
            let subject = LookBackSubject.space(platform, space.id)
            try Self.note(LookAlikeSubject(subject), at: concludedAt, sql)
            return (withdrawn, try Self.deleteSightings(of: subject, sql) + Self.deleteHistory(of: subject, sql))
        }
        if withdrawn + deleted > 0 { await database.scrub() }
        return withdrawn
    }

    package func privacy(of space: SpaceID, on platform: PlatformID) async throws -> PrivacyClass? {
        let now = now()
        return try await database.read { sql in
            guard let word = try Self.word(on: space, platform, sql) else { return nil }
            // What only a report says is soon not known any more: nobody may tell us when it changes.
            if let reportedAt = word.reportedAt, now.milliseconds - reportedAt > Self.reportHolds { return nil }
            return word.privacy
        }
    }

    /// Whether the platform itself has said that a space is public, and nothing else since. What a report says does not count.
    package func isKnownPublic(_ space: SpaceID, on platform: PlatformID) async throws -> Bool {
        try await database.read { sql in
            guard let word = try Self.word(on: space, platform, sql) else { return false }
            return word.privacy == .public && word.reportedAt == nil
        }
    }

    package func status(of event: EventID, on platform: PlatformID) async throws -> EventStatus? {
        try await database.read { sql in
            try sql.query(
                "select \(Self.statusColumns) from events where platform = $1 and id = $2", [SQLValue(platform), SQLValue(event)]
            ).first.map(Self.status)
        }
    }

    package func recent(limit: Int) async throws -> [EventStatus] {
        try await database.read { sql in
            try sql.query("select \(Self.statusColumns) from events order by sequence desc limit $1", [SQLValue(limit)])
                .map(Self.status)
        }
    }

    package func backlog() async throws -> Backlog {
        try await database.read { sql in
            var events: [EventState: Int] = [:]
            for row in try sql.query("select state, count from event_totals where count > 0") {
                events[try row.word(0)] = Int(try row.int(1))
            }
            let queued = try sql.query("select count(*) from events where state = 'queued'")
            if let count = try queued.first?.int(0), count > 0 { events[.queued] = Int(count) }
            var actions: [ActionState: Int] = [:]
            for row in try sql.query("select state, count(*) from actions group by state") {
                actions[try row.word(0)] = Int(try row.int(1))
            }
            let oldestEvent = try sql.query("select received_at from events where state = 'queued' order by sequence limit 1")
            let oldestAction = try sql.query("select min(created_at) from actions where state = 'pending'")
            return Backlog(
                events: events, actions: actions,
                openCases: Int(try sql.query("select count(*) from cases where state = 'open'").first?.int(0) ?? 0),
                oldestQueuedEvent: try oldestEvent.first?.date(0),
                oldestPendingAction: try oldestAction.first.flatMap { row in try row.optional(0, row.date) })
        }
    }
}

extension Store {
    /// Adds to the totals of concluded events; in a fixed order, so that two transactions never wait for each other in a circle.
    static func count(_ concluded: [EventState: Int], _ sql: any SQLConnection) throws {
        let rows = concluded.filter { $0.value > 0 }.sorted { $0.key.rawValue < $1.key.rawValue }
        try sql.executeMany(
            "update event_totals set count = count + $2 where state = $1", rows.map { [SQLValue($0.key), SQLValue($0.value)] })
    }

    private static let statusColumns =
        "sequence, platform, id, kind, space, actor, at, received_at, state, attempts, concluded_at, note, decision_id"

    private static func status(_ row: SQLRow) throws -> EventStatus {
        EventStatus(
            sequence: try row.int(0), platform: try row.word(1), id: try row.word(2), kind: try row.word(3),
            space: try row.word(4),
            actor: try row.word(5), at: try row.date(6), receivedAt: try row.date(7), state: try row.word(8),
            attempts: Int(try row.int(9)), concludedAt: try row.optional(10, row.date), note: try row.text(11),
            decision: try row.optional(12, row.word))
    }

    private static func row(_ event: Event) -> [SQLValue] {
        [
            SQLValue(event.platform), SQLValue(event.id), SQLValue(event.kind), SQLValue(event.space.id),
            SQLValue(event.actor.id),
            SQLValue(event.at), SQLValue(event.receivedAt), .text(EventJSON.text(of: event)),
        ]
    }

    private struct SpaceKey: Hashable {
        var platform: PlatformID
        var id: SpaceID
    }

    /// The latest word on each space that is not public, by space; records spaces seen for the first time.
    private static func closedSpaces(of events: [Event], _ sql: any SQLConnection) throws -> [SpaceKey: Int64] {
        var earliest: [SpaceKey: Int64] = [:]
        for event in events where event.space.privacy == .public {
            let key = SpaceKey(platform: event.platform, id: event.space.id)
            earliest[key] = min(earliest[key] ?? .max, event.at.milliseconds)
        }
        let keys = Array(earliest.keys)
        let known = try sql.queryMany(
            "select privacy, at, reported_at from spaces where platform = $1 and id = $2",
            keys.map { [SQLValue($0.platform), SQLValue($0.id)] })
        var closed: [SpaceKey: Int64] = [:]
        var new: [[SQLValue]] = []
        var confirmed: [[SQLValue]] = []
        for (key, rows) in zip(keys, known) {
            if let row = rows.first {
                let privacy: PrivacyClass = try row.word(0)
                if privacy != .public { closed[key] = try row.int(1) }
                if !row.isNull(2) { confirmed.append([SQLValue(key.platform), SQLValue(key.id)]) }
            } else {
                new.append([SQLValue(key.platform), SQLValue(key.id), .integer(earliest[key] ?? 0)])
            }
        }
        try sql.executeMany("insert into spaces (platform, id, privacy, at) values ($1, $2, 'public', $3)", new)
        try sql.executeMany("update spaces set reported_at = null where platform = $1 and id = $2", confirmed)
        return closed
    }

    private static func mayKeep(_ event: Event, _ closed: [SpaceKey: Int64]) -> Bool {
        guard event.space.privacy == .public else { return false }
        guard let closedAt = closed[SpaceKey(platform: event.platform, id: event.space.id)] else { return true }
        return closedAt < event.at.milliseconds
    }

    /// How many milliseconds it is believed that a space is public when only a report says so: long enough to look at what was reported.
    static let reportHolds: Int64 = 15 * 60_000

    /// A space of which a report says that it is public is known from then on, so that its closing is heard. The caller has the turn.
    static func meet(_ space: SpaceID, on platform: PlatformID, at: Date, now: Date, _ sql: any SQLConnection) throws {
        try sql.execute(
            """
            insert into spaces (platform, id, privacy, at, reported_at) values ($1, $2, 'public', $3, $4)
            on conflict (platform, id) do update set reported_at = excluded.reported_at where spaces.reported_at is not null
            """, [SQLValue(platform), SQLValue(space), SQLValue(at), SQLValue(now)])
    }

    /// A space that was closed, and of which a later event says that it is public, is public again.
    private static func reopen(_ kept: [Event], _ closed: [SpaceKey: Int64], on sql: any SQLConnection) throws {
        guard !closed.isEmpty else { return }
        for event in kept where closed[SpaceKey(platform: event.platform, id: event.space.id)] != nil {
            _ = try recordWord(event.space, on: event.platform, at: event.at, sql)
        }
    }

    /// The latest word on a space; `reportedAt` when only a report has said it.
    private static func word(
        on space: SpaceID, _ platform: PlatformID, _ sql: any SQLConnection
    ) throws -> (privacy: PrivacyClass, at: Int64, reportedAt: Int64?)? {
        let rows = try sql.query(
            "select privacy, at, reported_at from spaces where platform = $1 and id = $2", [SQLValue(platform), SQLValue(space)])
        return try rows.first.map { (try $0.word(0), try $0.int(1), try $0.optional(2, $0.int)) }
    }

    /// Writes down a word on a space if it is the latest; false when it changes nothing. Any word counts more than that of a report.
    private static func recordWord(_ space: Space, on platform: PlatformID, at: Date, _ sql: any SQLConnection) throws -> Bool {
        let values = [SQLValue(platform), SQLValue(space.id), SQLValue(space.privacy), SQLValue(at)]
        guard let known = try word(on: space.id, platform, sql) else {
            guard space.privacy == .public else { return false }
            try sql.execute("insert into spaces (platform, id, privacy, at) values ($1, $2, $3, $4)", values)
            return true
        }
        let isLater = at.milliseconds > known.at
        let isStricter = at.milliseconds == known.at && space.privacy.strictness >= known.privacy.strictness
        guard isLater || isStricter || known.reportedAt != nil else { return false }
        try sql.execute(
            "update spaces set privacy = $3, at = $4, reported_at = null where platform = $1 and id = $2", values)
        return true
    }
}

extension PrivacyClass {
    var strictness: Int {
        switch self {
        case .public: 0
        case .private: 1
        case .encrypted: 2
        }
    }
}

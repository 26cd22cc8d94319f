// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Every table, in the order in which they came to be. Times are milliseconds since 1970.
///
/// Rows that many processes append have an integer key in time order and few indexes: that decides the speed of writing.
package enum Schema {
    package static let migrations = [
        Migration(1, "beginning", events + casework + outbox + records + people + banks + lookBack + smallThings),
        Migration(2, "rules", rules),
        Migration(3, "rule state", ruleState),
        Migration(4, "history", history),
        Migration(5, "examinations", examinations),
        Migration(6, "look-alikes", lookAlikes),
        Migration(7, "subjects of decisions", subjects),
    ]

    private static let events = [
        """
        create table events (
            sequence {serial},
            platform text not null,
            id text not null,
            kind text not null,
            space text not null,
            actor text not null,
            at {int} not null,
            received_at {int} not null,
            payload text,
            state text not null,
            attempts {int} not null,
            due_at {int} not null,
            concluded_at {int},
            note text not null,
            decision_id text,
            unique (platform, id)
        )
        """,
        "create index events_fresh on events (sequence) where state = 'queued' and attempts = 0",
        "create index events_retries on events (due_at) where state = 'queued' and attempts > 0",
        "create index events_queued_by_space on events (platform, space) where state = 'queued'",
        // Concluded events by state: counting millions of rows for each look at the health page would be slow.
        "create table event_totals (state text primary key, count {int} not null)",
        "insert into event_totals (state, count) values ('cleared', 0), ('decided', 0), ('withdrawn', 0), ('failed', 0)",
        """
        create table spaces (
            platform text not null,
            id text not null,
            privacy text not null,
            at {int} not null,
            primary key (platform, id)
        )
        """,
    ]

    private static let casework = [
        """
        create table cases (
            id text primary key,
            case_key text not null,
            target text not null,
            state text not null,
            opened_at {int} not null,
            closed_at {int},
            priority {int} not null,
            reason text not null,
            privacy text not null,
            decision_id text
        )
        """,
        // At most one open case a target: simultaneous openings join.
        "create unique index cases_open_key on cases (case_key) where state = 'open'",
        "create index cases_open on cases (priority desc, opened_at) where state = 'open'",
        "create index cases_closed on cases (closed_at) where state = 'closed'",
        """
        create table work_items (
            id text primary key,
            case_id text not null unique references cases (id),
            holder text,
            lease_until {int},
            lease_token {int} not null,
            passed_by text,
            done_at {int}
        )
        """,
        "create index work_items_held on work_items (holder) where holder is not null and done_at is null",
        """
        create table reports (
            sequence {serial},
            id text not null unique,
            case_id text references cases (id),
            platform text not null,
            external_id text not null,
            target text not null,
            reporter text,
            words text not null,
            category text not null,
            at {int} not null,
            privacy text not null,
            unique (platform, external_id)
        )
        """,
        "create index reports_of_case on reports (case_id)",
    ]

    private static let outbox = [
        """
        create table decisions (
            sequence {serial},
            id text {by bytes} not null unique,
            at {int} not null,
            case_id text references cases (id),
            payload text not null
        )
        """,
        "create index decisions_of_case on decisions (case_id) where case_id is not null",
        """
        create table actions (
            sequence {serial},
            id text not null unique,
            decision_id text not null,
            kind text not null,
            platform text not null,
            effect text not null,
            target text not null,
            destructive {int} not null,
            state text not null,
            attempts {int} not null,
            created_at {int} not null,
            due_at {int} not null,
            event_at {int} not null,
            verified_at {int},
            note text not null
        )
        """,
        "create index actions_pending on actions (due_at) where state = 'pending'",
        "create index actions_held on actions (sequence) where state = 'held'",
        "create index actions_of_decision on actions (decision_id)",
        "create index actions_destructive on actions (created_at) where destructive = 1",
    ]

    private static let records = [
        """
        create table evidence (
            sequence {serial},
            id text not null unique,
            case_id text references cases (id),
            decision_id text,
            role text not null,
            media text,
            type text not null,
            sha256 text not null,
            size {int} not null,
            sealed_at {int} not null,
            sealed {blob} not null
        )
        """,
        "create index evidence_of_case on evidence (case_id) where case_id is not null",
        // Keys lie apart from the bytes: destroying this row is the deletion.
        "create table evidence_keys (evidence_id text primary key references evidence (id), key {blob} not null)",
        "create table ledger (sequence {int} primary key, canonical text not null, hash text not null)",
        "create table ledger_head (id {int} primary key, sequence {int} not null, hash text not null)",
        "insert into ledger_head (id, sequence, hash) values (1, 0, '')",
    ]

    private static let people = [
        """
        create table accounts (
            id text primary key,
            role text not null,
            password_hash text not null,
            created_at {int} not null,
            disabled_at {int}
        )
        """,
        """
        create table sessions (
            token_hash text primary key,
            account text not null,
            csrf text not null,
            created_at {int} not null,
            expires_at {int} not null
        )
        """,
        "create index sessions_by_end on sessions (expires_at)",
    ]

    private static let smallThings = [
        "create table connector_state (key text primary key, value text not null)",
        "create table uploads (sha256 text primary key, at {int} not null, bytes {blob} not null)",
        "create index uploads_by_age on uploads (at)",
    ]
}

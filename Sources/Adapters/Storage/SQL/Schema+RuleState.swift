// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What rules remember beside events: counts and labels.
extension Schema {
    static let ruleState = [
        "create table counter_snapshot (id {int} primary key, through {int} not null, bytes {blob} not null)",
        // The place is given out by the head, whose row each writer holds to its end: so places are visible in their order.
        "create table counter_head (id {int} primary key, place {int} not null)",
        "insert into counter_head (id, place) values (1, 0)",
        "create table counter_journal (place {int} primary key, bytes {blob} not null)",
        """
        create table labels (
            subject_kind text not null,
            platform text not null,
            subject text not null,
            name text not null,
            is_on {int16} not null,
            is_manual {int16} not null,
            set_by text not null,
            reason text not null,
            at {int} not null,
            expires_at {int},
            primary key (platform, subject, subject_kind, name)
        )
        """,
    ]
}

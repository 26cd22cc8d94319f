// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Which versions of rules there are, what they may do, what they did, and how that turned out.
extension Schema {
    static let rules = [
        """
        create table rule_versions (
            rule text not null,
            version text not null,
            policy text not null,
            kinds text not null,
            destructive {int16} not null,
            asked text not null,
            loaded {int16} not null,
            adopted {int16} not null,
            granted text not null,
            percent {int16},
            ceiling text,
            first_seen_at {int} not null,
            watched_since {int},
            at_most double precision,
            precision_promised double precision,
            confirmed {int} not null,
            overturned {int} not null,
            text text not null,
            primary key (rule, version)
        )
        """,
        """
        create table rule_requests (
            sequence {serial},
            id text not null unique,
            rule text not null,
            version text not null,
            stage text not null,
            percent {int16},
            asked_by text not null,
            asked_at {int} not null,
            reason text not null,
            report text,
            state text not null,
            resolved_by text,
            resolved_at {int}
        )
        """,
        // One at a time waits for each version.
        "create unique index rule_requests_waiting on rule_requests (rule, version) where state = 'waiting'",
        """
        create table rule_stops (
            sequence {serial},
            id text not null unique,
            rule text not null,
            version text not null,
            at {int} not null,
            cause text not null,
            reason text not null,
            stopped_by text not null,
            lift_asked_by text,
            lift_reason text,
            lifted_at {int},
            lifted_by text
        )
        """,
        "create unique index rule_stops_holding on rule_stops (rule, version) where lifted_at is null",
        // Counts are for people: what stops a rule is counted where it acts.
        """
        create table rule_counts (
            minute {int} not null,
            rule text not null,
            version text not null,
            fired {int} not null,
            acted {int} not null,
            held {int} not null,
            primary key (minute, rule, version)
        ) {clustered}
        """,
        "create table kind_counts (minute {int} not null, kind text not null, seen {int} not null, primary key (minute, kind)) {clustered}",
        // `sequence` is the decision's, so that the order is that in which they were made.
        """
        create table decision_rules (
            rule text not null,
            version text not null,
            sequence {int} not null,
            decision text {by bytes} not null,
            destructive {int16} not null,
            effects text not null,
            primary key (rule, version, sequence)
        ) {clustered}
        """,
        "create index decision_rules_of_decision on decision_rules (decision)",
        """
        create table rule_outcomes (
            rule text not null,
            version text not null,
            decision text {by bytes} not null,
            kind {int16} not null,
            at {int} not null,
            primary key (rule, version, decision)
        ) {clustered}
        """,
        """
        create table rule_undos (
            sequence {serial},
            id text not null unique,
            state text not null,
            payload text not null,
            holder text,
            lease_until {int}
        )
        """,
        """
        create table backtest_reports (
            sequence {serial},
            id text not null unique,
            rule text not null,
            version text not null,
            payload text not null
        )
        """,
        "create index backtest_reports_of_version on backtest_reports (rule, version, sequence)",
        "create table switches (name text primary key, value text not null)",
        "insert into counters (name, value) values ('rules', 0)",
    ]
}

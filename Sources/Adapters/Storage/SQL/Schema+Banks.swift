// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Banks hold millions of rows: words of enumerations, banks, sources and imports stand in them as numbers, hashes as bytes, and
/// each index must earn its place. There are no foreign keys among them: checking one for each row would take longer than writing it.
extension Schema {
    static let banks = [
        """
        create table banks (
            number {serial},
            name text not null unique,
            note text not null,
            radius {int16} not null,
            quality_gate {int16} not null,
            share double precision not null,
            added_at {int} not null,
            deleted_at {int}
        )
        """,
        // `cap` is the trust that the source's word is worth now at most (`Trust.code`), by its ceiling and state.
        """
        create table sources (
            number {serial},
            name text not null unique,
            ceiling text not null,
            precision_floor double precision,
            may_share {int16} not null,
            state text not null,
            state_reason text not null,
            added_at {int} not null,
            confirmations_before {int} not null,
            overturns_before {int} not null,
            cap {int16} not null
        )
        """,
        // PostgreSQL pads columns to their size: the wide ones come first.
        """
        create table fingerprints (
            sequence {int} primary key,
            revision {int} not null,
            added_at {int} not null,
            expires_at {int},
            bank {int32} not null,
            source {int32} not null,
            kind {int16} not null,
            trust {int16} not null,
            radius {int16},
            quality {int16},
            value {blob} not null
        )
        """,
        // The value first, so that one index keeps (bank, kind, value) unique and finds a value in all banks.
        "create unique index fingerprints_by_value on fingerprints (value, kind, bank)",
        "create index fingerprints_by_revision on fingerprints (revision)",
        "create index fingerprints_of_bank on fingerprints (bank, sequence)",
        // What counts: rows that are not ended, do not wait, and whose source has a cap. When and by whom stands in the import.
        """
        create table provenance (
            fingerprint {int} not null,
            number {int} not null,
            import {int32} not null,
            source {int32} not null,
            trust {int16} not null,
            waiting {int16} not null,
            radius {int16},
            quality {int16},
            reference text not null,
            tags text not null,
            expires_at {int},
            ended_at {int},
            ended_because text,
            primary key (fingerprint, number)
        ) {clustered}
        """,
        "create index provenance_waiting on provenance (import, fingerprint) where waiting = 1 and ended_at is null",
        """
        create table imports (
            number {serial},
            id text not null unique,
            bank {int32} not null,
            source {int32} not null,
            added_by text not null,
            at {int} not null,
            state text not null,
            reason text not null,
            resolved_by text,
            resolved_at {int},
            count {int} not null
        )
        """,
        "create index imports_by_state on imports (state, number)",
        "create index imports_of_source on imports (source, at)",
        // How many fingerprints there are: counting ten million rows for each look at a page would be slow.
        """
        create table bank_totals (
            bank {int32} not null,
            source {int32} not null,
            kind {int16} not null,
            trust {int16} not null,
            count {int} not null,
            primary key (bank, source, kind, trust)
        )
        """,
        """
        create table match_outcomes (
            fingerprint {int} not null,
            kind {int16} not null,
            decision text not null,
            at {int} not null,
            primary key (fingerprint, kind, decision)
        ) {clustered}
        """,
        """
        create table source_outcomes (
            source {int32} not null,
            bank {int32} not null,
            kind {int16} not null,
            count {int} not null,
            primary key (source, bank, kind)
        )
        """,
        "create table counters (name text primary key, value {int} not null)",
        "insert into counters (name, value) values ('fingerprints', 0), ('provenance', 0), ('revision', 0)",
    ]

    static let lookBack = [
        """
        create table sightings (
            sequence {serial},
            at {int} not null,
            kind {int16} not null,
            media_index {int32} not null,
            hash {blob} not null,
            platform text not null,
            space text not null,
            item text not null,
            actor text not null
        )
        """,
        """
        create table bulk_decisions (
            sequence {serial},
            id text not null unique,
            state text not null,
            payload text not null
        )
        """,
        """
        create table bulk_items (
            bulk text not null references bulk_decisions (id),
            number {int} not null,
            at {int} not null,
            fingerprint {int} not null,
            distance {int16} not null,
            target text not null,
            primary key (bulk, number)
        )
        """,
        "create index bulk_decisions_at_work on bulk_decisions (sequence) where state in ('running', 'undoing')",
        "create table looked_back (fingerprint {int} primary key, radius {int16} not null)",
    ]
}

// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Which item a decision is about: a case finds what was decided about its item outside of it.
extension Schema {
    static let subjects = [
        "alter table decisions add column subject text",
        // As `Case.key`, for decisions that are older than the column. PostgreSQL takes no part of JSON with U+0000 in it.
        """
        update decisions set subject = case when replace(payload, '\\u0000', '') = payload then
            (payload{json} -> 'target' ->> 'platform') || '|item|' || coalesce(payload{json} -> 'target' ->> 'space', '')
            || '|' || (payload{json} -> 'target' ->> 'item')
        end
        """,
        "create index decisions_of_subject on decisions (subject) where subject is not null",
    ]
}

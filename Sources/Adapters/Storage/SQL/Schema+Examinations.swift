// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What was found in cases, for their reviewers.
extension Schema {
    static let examinations = [
        // A row comes with the first evidence of a case; `waits` is 1 while there is evidence that was not looked at.
        """
        create table case_examinations (
            case_id text primary key references cases (id),
            waits {int} not null,
            attempts {int} not null,
            due_at {int} not null,
            payload text
        )
        """,
        "create index case_examinations_waiting on case_examinations (due_at) where waits = 1",
    ]
}

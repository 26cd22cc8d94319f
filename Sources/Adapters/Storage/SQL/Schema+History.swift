// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What rules were given of public events, where the operator keeps it.
extension Schema {
    static let history = [
        // `sequence` is the event's, so that the order is that of arrival; `at` is when it was received.
        """
        create table history (
            sequence {int} primary key,
            at {int} not null,
            platform text not null,
            space text not null,
            actor text not null,
            bytes {blob} not null
        )
        """,
        "create index history_by_age on history (at)",
        "create index history_of_space on history (platform, space)",
        "create index history_of_actor on history (platform, actor)",
    ]
}

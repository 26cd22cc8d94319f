// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Whom indexes of look-alikes, which lie in folders, are to forget; and what the examinations of cases need since there are such indexes.
extension Schema {
    static let lookAlikes = [
        // What was to be forgotten after `kept_until` is not written down any more: an index that is opened later begins anew.
        "create table lookalike_indexes (name text primary key, kept_until {int} not null)",
        """
        create table lookalike_forgets (
            index_name text not null,
            platform text not null,
            kind text not null,
            id text not null,
            primary key (index_name, platform, kind, id)
        )
        """,
        // When a report said that the space is public; null as soon as the platform itself has said how it is.
        "alter table spaces add column reported_at {int}",
        // 1 once no index is told of a case any more: it is told of each once.
        "alter table case_examinations add column told {int} not null default 0",
        // What was found earlier is kept in another form now: open cases are looked at again, those too that are older than the table.
        // Whoever was forgotten since they were opened does not come back by that.
        "update case_examinations set payload = null, waits = 0, attempts = 0, due_at = 0, told = 1",
        """
        insert into case_examinations (case_id, waits, attempts, due_at, told)
        select distinct e.case_id, 0, 0, 0, 1 from evidence e join cases c on c.id = e.case_id
        where c.state = 'open' and e.role <> 'preview'
        on conflict (case_id) do nothing
        """,
        "update case_examinations set waits = 1 where case_id in (select id from cases where state = 'open')",
    ]
}

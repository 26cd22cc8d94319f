# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""The peer of the ingest benchmark: the same rows into the same table, by nothing but the engine.

    bare_insert.py sqlite:PATH|postgres://… EVENTS_A_TRANSACTION SECONDS

The database has Haechi's schema. Each transaction is on the disk before the next one begins. SQLite gets prepared inserts,
PostgreSQL gets COPY: the fastest that each has. Prints rows and seconds as JSON.
"""

import io
import json
import sys
import time
from collections.abc import Callable, Iterator

COLUMNS = "platform, id, kind, space, actor, at, received_at, payload, state, attempts, due_at, note"
Row = tuple[str | int, ...]


def rows() -> Iterator[Row]:
    """What Haechi stores for the events that the load posts."""
    number = 0
    now = 1_767_225_600_000
    while True:
        number += 1
        event, space, actor = f"bare-1-{number}", f"space-{number % 50}", f"actor-{number % 1000}"
        payload = (
            f'{{"platform":"api","id":"{event}","kind":"message.posted","at":788918400.0,"receivedAt":788918400.123,'
            f'"space":{{"id":"{space}","privacy":"public"}},"actor":{{"id":"{actor}"}},"item":{{"id":"item-{event}",'
            f'"text":"안녕하세요, an ordinary message of an ordinary length, number {number}","media":[]}}}}'
        )
        yield ("api", event, "message.posted", space, actor, now, now, payload, "queued", 0, now, "")


def into_sqlite(path: str) -> Callable[[list[Row]], None]:
    import sqlite3

    database = sqlite3.connect(path, isolation_level=None)
    assert database.execute("pragma journal_mode").fetchone() == ("wal",)
    database.execute("pragma synchronous = full")
    statement = f"insert into events ({COLUMNS}) values ({', '.join('?' * 12)})"

    def write(batch: list[Row]) -> None:
        database.execute("begin immediate")
        database.executemany(statement, batch)
        database.execute("commit")

    return write


def into_postgresql(url: str) -> Callable[[list[Row]], None]:
    import psycopg2

    database = psycopg2.connect(url)
    cursor = database.cursor()
    cursor.execute("show fsync")
    assert cursor.fetchone() == ("on",)
    cursor.execute("set synchronous_commit = on")
    database.commit()

    def write(batch: list[Row]) -> None:
        # No value has a character that COPY's text form would escape.
        text = "".join("\t".join(map(str, row)) + "\n" for row in batch)
        cursor.copy_expert(f"copy events ({COLUMNS}) from stdin", io.StringIO(text))
        database.commit()

    return write


def main() -> None:
    url, size, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    write = into_sqlite(url.removeprefix("sqlite:")) if url.startswith("sqlite:") else into_postgresql(url)
    source = rows()
    written, spent = 0, 0.0
    while spent < seconds:
        batch = [next(source) for _ in range(size)]  # not the engine's work, so not in its time
        begin = time.perf_counter()
        write(batch)
        spent += time.perf_counter() - begin
        written += size
    print(json.dumps({"rows": written, "seconds": spent}))


main()

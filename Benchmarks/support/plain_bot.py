# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""The peer of the latency benchmark: a moderation bot as it is written by hand today.

    plain_bot.py URL ROOM KNOWN     the access token comes by standard input

An ordinary user with the right to redact in one room: long-polls /sync, downloads each picture, looks its SHA-256 up in
a set (the file KNOWN, one hash a line) and redacts. It keeps nothing: no queue, no record, no retry, no quarantine, and no
recognition of altered copies.
"""

import hashlib
import itertools
import json
import sys
from pathlib import Path
from urllib.parse import quote

import requests


def main() -> None:
    url, room = sys.argv[1:3]
    known = set(Path(sys.argv[3]).read_text().split())
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {sys.stdin.readline().strip()}"
    everything_else = {"types": []}
    filtered = {
        "room": {"rooms": [room], "timeline": {"types": ["m.room.message"]}, "state": everything_else,
                 "ephemeral": everything_else, "account_data": everything_else},
        "presence": everything_else, "account_data": everything_else,
    }  # fmt: skip
    query = {"filter": json.dumps(filtered), "timeout": 0}
    for number in itertools.count():
        answer = session.get(url + "/_matrix/client/v3/sync", params=query, timeout=60)
        answer.raise_for_status()
        body = answer.json()
        if number == 0:
            print("ready", flush=True)  # what was there before is not looked at
        else:
            for event in body.get("rooms", {}).get("join", {}).get(room, {}).get("timeline", {}).get("events", []):
                look_at(event, session, url, room, known)
        query |= {"since": body["next_batch"], "timeout": 30_000}


def look_at(event: dict, session: requests.Session, url: str, room: str, known: set[str]) -> None:
    if event["content"].get("msgtype") != "m.image":
        return
    media = event["content"]["url"].removeprefix("mxc://")
    picture = session.get(f"{url}/_matrix/client/v1/media/download/{media}", timeout=60)
    if picture.ok and hashlib.sha256(picture.content).hexdigest() in known:
        path = f"/_matrix/client/v3/rooms/{quote(room)}/redact/{quote(event['event_id'])}/plain-{event['event_id'][1:]}"
        session.put(url + path, json={"reason": "known"}, timeout=60).raise_for_status()


main()

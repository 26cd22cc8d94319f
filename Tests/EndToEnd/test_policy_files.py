# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Policy files and their lists are watched: what is written in them holds without a restart, what is wrong never does."""

import os
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.haechi import Haechi
from harness.processes import TemporaryFolder, wait_until

POLICY = """\
policy: tests.hosts
owner: tests
clauses:
  hosts.1: { en: "A listed host", ko: "목록에 있는 호스트" }
state:
  lists:
    hosts: { kind: link, source: lists/hosts.txt }
  signals:
    listed: { kind: link, list: hosts }
rules:
  - id: hosts
    stage: live
    events: [message.posted]
    when: listed.matched
    then: [ { review: {} } ]
    unknown: skip
"""


class Files:
    """A policy with a list beside it; `path` is what Haechi is told to read."""

    def __init__(self, folder: Path, layout: str):
        policies = folder / "policies"
        lists = folder / "elsewhere" if layout == "behind a link" else policies / "lists"
        policies.mkdir()
        lists.mkdir()
        if layout == "behind a link":
            (policies / "lists").symlink_to(lists)
        (policies / "hosts.yaml").write_text(POLICY)
        self.path = policies / "hosts.yaml" if layout == "one file" else policies
        self.list = lists / "hosts.txt"
        self.write("one.example")

    def write(self, host: str) -> None:
        new = self.list.with_name("hosts.new")
        new.write_text(f"# hosts that nobody wants\n{host}\n")
        new.rename(self.list)


@pytest.fixture(params=["folder", "one file", "behind a link"])
def files(request) -> Iterator[Files]:
    with TemporaryFolder("policies") as folder:
        yield Files(folder, request.param)


def judged(haechi: Haechi, host: str) -> str:
    """What becomes of a message with a link to the host: `decided` when the rule wants something, else `cleared`."""
    event = f"event-{uuid.uuid4().hex}"
    answer = haechi.post(
        "/v1/events",
        {
            "id": event, "kind": "message.posted", "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "space": {"id": "plaza", "class": "public"}, "actor": {"id": "poster"},
            "item": {"id": event, "text": f"look at https://{host}/here"},
        },
    )  # fmt: skip
    assert answer.ok, answer.text

    def state() -> str | None:
        now = haechi.get(f"/v1/events/{event}").json()["state"]
        return None if now == "queued" else now

    return wait_until("a conclusion", state, seconds=30)


def test_a_list_is_followed_without_a_restart(files):
    with Haechi(env={"HAECHI_POLICIES_PATH": str(files.path), "HAECHI_POLICIES_APPROVAL": "files"}) as haechi:
        assert judged(haechi, "one.example") == "decided"
        assert judged(haechi, "two.example") == "cleared"

        files.write("two.example")
        wait_until("the new list", lambda: judged(haechi, "two.example") == "decided", seconds=30)
        assert judged(haechi, "one.example") == "cleared"

        # A list that is gone is a mistake, not the wish to list nothing.
        files.list.unlink()
        wait_until("the complaint", lambda: "there is no file 'lists/hosts.txt'" in haechi.log, seconds=30)
        assert judged(haechi, "two.example") == "decided"

        files.write("three.example")
        os.kill(haechi.pid, signal.SIGHUP)
        wait_until("the list again", lambda: judged(haechi, "three.example") == "decided", seconds=30)
        assert judged(haechi, "two.example") == "cleared"
        assert "reading the policies again" in haechi.log

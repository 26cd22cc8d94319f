# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Every effect that a real homeserver can carry out, seen from outside, and every inverse that it has."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from harness import pictures
from harness.console import ConsoleClient
from harness.moderated import ModeratedHomeserver
from harness.processes import wait_until

KNOWN = pictures.png(pictures.pattern(9300))

POLICY = """
policy: everything
owner: tests
clauses:
  test.1: { en: "A clause for tests", ko: "시험용 조항" }
state:
  signals:
    known: { kind: sha256, bank: ncii-confirmed }
rules:
  - id: everything
    stage: live
    events: [message.posted]
    when: known.matched && known.trust == "verified"
    then:
      - preserve: {}
      - remove: { clause: test.1 }
      - suspend: { clause: test.1 }
      - lock: { clause: test.1 }
      - ban: { clause: test.1 }
      - block: { clause: test.1 }
    unknown: hold
"""


@pytest.fixture(scope="module")
def moderated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModeratedHomeserver]:
    policies = tmp_path_factory.mktemp("policies")
    (policies / "everything.yaml").write_text(POLICY)
    with ModeratedHomeserver(policies=policies) as running:
        # Asked for the picture's verdict, a server that knows it would refuse it.
        running.know_as_bad(KNOWN)
        yield running


def test_everything_is_done_and_undone(moderated):
    owner = moderated.synapse.register("owner")
    poster = moderated.synapse.register("poster")
    witness = moderated.synapse.register("witness")
    room = owner.create_room("Plaza", power={moderated.synapse.bot_user_id(): 50})
    moderated.wait_until_watched(room)
    poster.join(room)
    witness.join(room)

    event, url = poster.send_picture(room, KNOWN)
    wait_until("the actions", lambda: all_done(moderated, event, 6), seconds=60)
    assert witness.was_redacted(room, event)
    assert witness.download(url) is None
    assert standing(moderated, poster.user_id, room, owner) == {
        "suspended": True, "locked": True, "banned": True, "blocked": True,
    }  # fmt: skip

    with ConsoleClient(moderated.haechi) as console:
        decision = moderated.event_state(event)["decision"]["id"]
        console.undo(decision, "a drill")
    free = {"suspended": False, "locked": False, "banned": False, "blocked": False}
    wait_until("the undo", lambda: standing(moderated, poster.user_id, room, owner) == free, seconds=60)
    wait_until("the picture again", lambda: witness.download(url) is not None, seconds=30)
    # What the homeserver cannot take back stays, and the decision says so.
    assert witness.was_redacted(room, event)
    assert moderated.ledger_is_whole()


def all_done(moderated: ModeratedHomeserver, event: str, count: int) -> bool:
    actions = (moderated.event_state(event) or {}).get("actions", [])
    return sum(action["state"] == "done" for action in actions) >= count  # quarantine comes with remove


def standing(moderated: ModeratedHomeserver, user: str, room: str, owner) -> dict[str, bool]:
    account = moderated.admin.admin("GET", f"/v2/users/{quote(user, safe='')}")
    members = owner.client("GET", f"/rooms/{quote(room, safe='')}/state/m.room.member/{quote(user, safe='')}")
    blocked = moderated.admin.admin("GET", f"/v1/rooms/{quote(room, safe='')}/block")["block"]
    return {
        "suspended": account["suspended"], "locked": account["locked"], "banned": members["membership"] == "ban",
        "blocked": blocked,
    }  # fmt: skip

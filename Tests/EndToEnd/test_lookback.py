# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""A picture that becomes known today is found where it was posted before, and removed by one decision that a person makes."""

import json
import re
from collections.abc import Iterator

import pytest
import requests
from harness import pictures
from harness.console import ConsoleClient, make_account
from harness.moderated import ModeratedHomeserver
from harness.processes import wait_until
from test_console import Page


@pytest.fixture(scope="module")
def moderated() -> Iterator[ModeratedHomeserver]:
    with ModeratedHomeserver() as running:
        yield running


class Desk(ConsoleClient):
    """The look-back page, by forms."""

    def bulks(self) -> list[str]:
        return re.findall(r'action="/console/lookback/([\w-]+)"', self._get("/console/lookback").text)

    def page(self) -> str:
        return self._get("/console/lookback").text

    def choose(self, bulk: str, choice: str, reason: str = "") -> None:
        self._post(f"/console/lookback/{bulk}", self._get("/console/lookback"), {"choice": choice, "reason": reason})


@pytest.fixture(scope="module")
def desk(moderated) -> Iterator[Desk]:
    with Desk(moderated.haechi, "boss") as running:
        yield running


def concluded(moderated, event: str) -> None:
    wait_until("a conclusion", lambda: (moderated.event_state(event) or {}).get("state") == "cleared", seconds=30)


def learn(moderated, desk: Desk, data: bytes, name: str) -> str:
    """Puts a picture into the bank and returns the bulk decision that follows from it."""
    before = set(desk.bulks())
    (moderated.haechi.folder / name).write_bytes(data)
    done = moderated.haechi.run("bank", "add", "--bank", "ncii-confirmed", "--source", "desk", name)
    assert done.status == 0, done.errors
    new = wait_until("the bulk decision", lambda: set(desk.bulks()) - before, seconds=20)
    assert len(new) == 1
    return new.pop()


def test_earlier_copies_are_found_previewed_removed_and_taken_back(moderated, desk, browser):
    sender = moderated.synapse.register("early")
    picture = pictures.pattern(710, 480)
    rooms = [moderated.watched_room(sender, f"Early {number}") for number in range(3)]
    copies = [pictures.png(picture), pictures.jpeg(picture.resize((360, 360)), 70), pictures.png(picture)]
    posts = [sender.send_picture(room, data) for room, data in zip(rooms, copies, strict=True)]
    other, _ = sender.send_picture(rooms[0], pictures.png(pictures.pattern(711, 480)))
    for event, _ in [*posts, (other, "")]:
        concluded(moderated, event)
    # A room that closes takes what was seen in it along.
    sender.make_invite_only(rooms[2])
    wait_until("the bot's leaving", lambda: rooms[2] not in moderated.synapse.bot().joined_rooms(), seconds=30)

    bulk = learn(moderated, desk, pictures.png(picture), "early.png")
    assert "<strong>2</strong>" in desk.page(), "two in open rooms, none in the closed one"
    assert not sender.was_redacted(rooms[0], posts[0][0]), "nothing happens before a person says so"

    page = Page(moderated.haechi, browser)
    make_account(moderated.haechi, "hana")
    browser.driver.delete_all_cookies()
    page.log_in()
    page.open("/console/lookback")
    page.looks_right("lookback")

    desk.choose(bulk, "start")
    for room, (event, url) in list(zip(rooms, posts, strict=True))[:2]:
        wait_until("the redaction", lambda room=room, event=event: sender.was_redacted(room, event), seconds=30)
        wait_until("the quarantine", lambda url=url: sender.download(url) is None, seconds=30)
    assert not sender.was_redacted(rooms[0], other)
    assert not sender.was_redacted(rooms[2], posts[2][0])
    wait_until("the end", lambda: re.search(r'class="state done"', desk.page()), seconds=30)

    desk.choose(bulk, "undo", "the wrong picture")
    for _, url in posts[:2]:
        wait_until("the picture again", lambda url=url: sender.download(url) is not None, seconds=30)
    assert moderated.haechi.run("ledger", "verify").status == 0
    page.open("/console/lookback")
    page.looks_right("lookback-taken-back")


def test_a_copy_that_is_gone_is_left_alone_and_a_restart_forgets_nothing(moderated, desk):
    sender = moderated.synapse.register("late")
    picture = pictures.pattern(720, 480)
    rooms = [moderated.watched_room(sender, f"Late {number}") for number in range(2)]
    posts = [sender.send_picture(room, pictures.png(picture)) for room in rooms]
    for event, _ in posts:
        concluded(moderated, event)
    moderated.haechi.kill()
    moderated.haechi.start()
    sender.redact(rooms[0], posts[0][0])
    bulk = learn(moderated, desk, pictures.png(picture), "late.png")
    desk.choose(bulk, "start")
    wait_until("the redaction", lambda: sender.was_redacted(rooms[1], posts[1][0]), seconds=30)
    stats = moderated.haechi.run("lookback", "stats")
    assert stats.status == 0 and re.search(r"^all\t[1-9]", stats.output, re.MULTILINE), stats
    whole = moderated.haechi.run("lookback", "verify")
    assert whole.status == 0 and "whole" in whole.output, whole


def test_a_person_s_sightings_go_when_the_platform_says_so(moderated, desk):
    sender = moderated.synapse.register("leaver")
    room = moderated.watched_room(sender, "Leaving")
    picture = pictures.pattern(730, 480)
    event, _ = sender.send_picture(room, pictures.png(picture))
    concluded(moderated, event)
    (moderated.haechi.folder / "hashed.png").write_bytes(pictures.png(picture))
    hash = json.loads(moderated.haechi.run("hash", "image", "hashed.png").output)["pdq"]
    wait_until("the sighting", lambda: moderated.haechi.run("lookback", "sweep", hash).status == 0, seconds=20)
    gone = requests.delete(
        moderated.haechi.url + "/v1/lookback", params={"platform": "matrix", "actor": sender.user_id},
        headers=moderated.headers(), timeout=30,
    )  # fmt: skip
    assert gone.status_code == 202, gone.text
    wait_until("the forgetting", lambda: moderated.haechi.run("lookback", "sweep", hash).status == 1, seconds=20)


# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""The check before acceptance: a refused sender is told the clause, the reason and where to appeal."""

from collections.abc import Iterator

import pytest
from harness import pictures
from harness.matrix import MatrixError
from harness.moderated import ModeratedHomeserver
from harness.processes import wait_until

KNOWN = pictures.png(pictures.pattern(9100))


@pytest.fixture(scope="module")
def moderated() -> Iterator[ModeratedHomeserver]:
    with ModeratedHomeserver(module=True) as running:
        running.know_as_bad(KNOWN)
        yield running


def test_a_known_picture_is_refused_with_reasons(moderated):
    sender = moderated.synapse.register("sender")
    room = moderated.watched_room(sender, "Guarded")
    with pytest.raises(MatrixError) as refusal:
        sender.send_picture(room, KNOWN)
    assert refusal.value.status == 403
    text = str(refusal.value)
    assert "ncii" in text and "https://haechi.example/appeal" in text


def test_harmless_posts_pass(moderated):
    sender = moderated.synapse.register("friendly")
    room = moderated.watched_room(sender, "Friendly")
    event, _ = sender.send_picture(room, pictures.png(pictures.pattern(5)))
    wait_until("a conclusion", lambda: (moderated.event_state(event) or {}).get("state") == "cleared", seconds=20)


def test_when_haechi_does_not_answer_posts_pass_and_are_caught_up_with(moderated):
    sender = moderated.synapse.register("lucky")
    room = moderated.watched_room(sender, "Unguarded")
    moderated.haechi.pause()
    try:
        event, url = sender.send_picture(room, KNOWN)
    finally:
        moderated.haechi.resume()
    wait_until("the redaction", lambda: sender.was_redacted(room, event), seconds=60)
    wait_until("the quarantine", lambda: sender.download(url) is None, seconds=30)

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""The module inside a real Synapse: what it lets out of the homeserver, what it refuses, and that it never stands in the way."""

import secrets
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from harness import pictures
from harness.matrix import MatrixClient, MatrixError
from harness.megolm import MegolmSender
from harness.processes import PeerFailed
from harness.recorder import Recorder, Request
from harness.synapse import Module, Synapse

TOKEN = "module-token"
DEADLINE_MS = 1000  # generous, so that a busy machine does not turn an answer into silence

ALLOW = 200, {"verdict": "allow"}
REFUSE = (
    200,
    {
        "verdict": "refuse",
        "clause": "ncii.2",
        "reason": "Sexual images made or shared without consent",
        "appeal": "https://haechi.example/appeal/7",
    },
)


def allow(request: Request) -> tuple[int, object]:
    return ALLOW


def refuse(request: Request) -> tuple[int, object]:
    return REFUSE


@pytest.fixture(scope="module")
def verdicts() -> Iterator[Recorder]:
    with Recorder(allow) as recorder:
        yield recorder


@pytest.fixture(scope="module")
def synapse(verdicts: Recorder) -> Iterator[Synapse]:
    with Synapse(module=Module(verdicts.url, TOKEN, DEADLINE_MS)) as running:
        yield running


@pytest.fixture(scope="module")
def mallory(synapse: Synapse) -> MatrixClient:
    return synapse.register("mallory")


@pytest.fixture(autouse=True)
def fresh(verdicts: Recorder) -> None:
    verdicts.answer = allow
    verdicts.clear()


@pytest.fixture
def canary() -> str:
    """A text that occurs nowhere else."""
    return "canary-" + secrets.token_hex(12)


def test_a_public_message_is_asked_about_in_the_form_of_the_http_api(verdicts, mallory):
    room = mallory.create_room("square")
    event = mallory.send_text(room, "hello, 안녕하세요")

    [request] = verdicts.requests
    assert (request.method, request.path) == ("POST", "/v1/verdicts")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    asked = request.json()
    sent_at = mallory.event(room, event)["origin_server_ts"]
    assert asked == {
        "platform": "matrix",
        "id": event,
        "kind": "message.posted",
        "at": asked["at"],
        "space": {"id": room, "class": "public"},
        "actor": {"id": mallory.user_id},
        "item": {"id": event, "text": "hello, 안녕하세요", "media": []},
    }
    whole, fraction = asked["at"].removesuffix("Z").split(".")
    assert int(fraction) == sent_at % 1000
    assert whole == time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(sent_at // 1000))


def test_a_picture_and_its_preview_are_named(verdicts, mallory):
    room = mallory.create_room("gallery")
    picture = mallory.upload(pictures.png(pictures.pattern(1)))
    preview = mallory.upload(pictures.jpeg(pictures.pattern(2)), "image/jpeg")
    info = {"mimetype": "image/png", "thumbnail_url": preview, "thumbnail_info": {"mimetype": "image/jpeg"}}
    mallory.send(room, {"msgtype": "m.image", "body": "a.png", "url": picture, "info": info})

    assert verdicts.requests[-1].json()["item"]["media"] == [
        {"id": picture, "url": picture, "type": "image/png"},
        {"id": preview, "url": preview, "type": "image/jpeg"},
    ]


def test_a_refused_sender_learns_the_clause_the_reason_and_where_to_appeal(verdicts, mallory):
    room = mallory.create_room("refusals")
    verdicts.answer = refuse
    with pytest.raises(MatrixError) as refused:
        mallory.send_text(room, "refused")

    assert refused.value.status == 403
    assert refused.value.body == {
        "errcode": "M_FORBIDDEN",
        "error": "This message was not accepted under ncii.2: Sexual images made or shared without consent"
        " (appeal at https://haechi.example/appeal/7)",
        "dev.haechi.clause": "ncii.2",
        "dev.haechi.reason": "Sexual images made or shared without consent",
        "dev.haechi.appeal": "https://haechi.example/appeal/7",
    }
    assert "refused" not in [event["content"].get("body") for event in mallory.messages(room)]


def test_the_new_content_of_an_edit_counts(verdicts, mallory):
    room = mallory.create_room("edits")
    event = mallory.send_text(room, "harmless")
    verdicts.answer = lambda request: REFUSE if request.json()["item"]["text"] == "bad now" else ALLOW
    with pytest.raises(MatrixError) as refused:
        mallory.edit_text(room, event, "bad now")
    assert refused.value.body["dev.haechi.clause"] == "ncii.2"


def test_formatted_text_that_says_something_else_is_asked_about_too(verdicts, mallory):
    room = mallory.create_room("formatted")
    mallory.send(room, {
        "msgtype": "m.text", "body": "harmless", "format": "org.matrix.custom.html", "formatted_body": "<b>ba</b>d &amp; ugly",
    })  # fmt: skip
    assert verdicts.requests[-1].json()["item"]["text"] == "harmless\nbad & ugly"


def asked_media(request: Request) -> list[str]:
    return [media["url"] for media in request.json()["item"]["media"]]


@pytest.mark.parametrize("tag", [
    '<img src="{}">', "<IMG alt='>' SRC={} >", '<b data-mx-x=" {}?width=9">x</b>', '<img src="mxc://{}"',
])  # fmt: skip
@pytest.mark.parametrize("hidden", [False, True])
def test_pictures_within_formatted_text_are_named(verdicts, mallory, tag, hidden):
    room = mallory.create_room("inline")
    address = "mxc://h.example/A-b_1"
    written = address.replace("c:/", "&#0000099&colon;&sol;") if hidden else address
    mallory.send(room, {"msgtype": "m.text", "body": "x", "formatted_body": tag.format(written) + tag.format("mxc://h//a")})
    assert verdicts.requests[-1].json()["item"]["media"] == [{"id": address, "url": address, "type": "application/octet-stream"}]


def test_no_more_media_are_named_than_haechi_takes_and_files_come_first(verdicts, mallory):
    room = mallory.create_room("many")
    tags = "".join(f'<img src="mxc://h/{n // 2}">' for n in range(100))
    mallory.send(room, {"msgtype": "m.image", "body": "x", "url": "mxc://h/file", "formatted_body": tags})
    assert asked_media(verdicts.requests[-1]) == ["mxc://h/file", *(f"mxc://h/{n}" for n in range(31))]


def test_an_address_or_type_that_haechi_would_not_take_does_not_spoil_the_question(verdicts, mallory):
    room = mallory.create_room("spoiled")
    info = {"mimetype": "picture", "thumbnail_url": "mxc://h/a b"}
    mallory.send(room, {"msgtype": "m.image", "body": "x", "url": "mxc://h/file", "info": info})
    assert verdicts.requests[-1].json()["item"]["media"] == [
        {"id": "mxc://h/file", "url": "mxc://h/file", "type": "application/octet-stream"}
    ]


@pytest.mark.parametrize("new", [{"msgtype": "m.text", "body": "fine"}, {}, None])
def test_an_edit_that_points_at_nothing_is_asked_about_as_it_is_shown(verdicts, mallory, new):
    room = mallory.create_room("pointless")
    mallory.send(room, {
        "msgtype": "m.image", "body": "shown", "url": "mxc://h/outer", "m.new_content": new,
        "m.relates_to": {"rel_type": "m.replace"},  # from afar also with an unknown id, which Synapse takes from no local client
    })  # fmt: skip
    assert asked_media(verdicts.requests[-1]) == ["mxc://h/outer"]
    assert verdicts.requests[-1].json()["item"]["text"] == ("fine\nshown" if new else "shown")


def test_both_versions_of_an_edit_are_asked_about(verdicts, mallory):
    room = mallory.create_room("both")
    event = mallory.send_text(room, "harmless")

    def version(name: str, star: str) -> dict[str, object]:
        return {
            "msgtype": "m.image", "body": f"{star}new", "formatted_body": f'{star}<i>new</i><img src="mxc://h/{name}-inline">',
            "url": f"mxc://h/{name}", "info": {"thumbnail_url": "mxc://h/small"},
        }  # fmt: skip

    relation = {"rel_type": "m.replace", "event_id": event}
    mallory.send(room, version("outer", "* ") | {"m.new_content": version("new", ""), "m.relates_to": relation})
    assert asked_media(verdicts.requests[-1]) == [
        f"mxc://h/{name}" for name in ("outer", "small", "new", "outer-inline", "new-inline")
    ]
    assert verdicts.requests[-1].json()["item"]["text"] == "new"

    mallory.send(room, {"msgtype": "m.text", "body": "* other", "m.new_content": version("new", ""), "m.relates_to": relation})
    assert verdicts.requests[-1].json()["item"]["text"] == "new\n* other"


def test_odd_content_stops_neither_the_sender_nor_the_question(verdicts, mallory):
    room = mallory.create_room("odd")
    first = mallory.send_text(room, "first")
    mallory.send(room, {
        "msgtype": "m.text", "body": "odd", "formatted_body": [], "url": {}, "info": "x",
        "m.relates_to": {"rel_type": "m.replace", "event_id": first}, "m.new_content": None,
    })  # fmt: skip
    assert verdicts.requests[-1].json()["item"] | {"id": ""} == {"id": "", "text": "odd", "media": []}


@pytest.mark.parametrize("history", ["invited", "joined"])
def test_a_room_whose_history_is_for_members_only_is_private(verdicts, mallory, canary, history):
    room = mallory.create_room("members only", history=history)
    mallory.send_text(room, canary)
    assert verdicts.requests == []


def test_nothing_of_a_private_room_leaves_the_homeserver(verdicts, mallory, canary):
    verdicts.answer = refuse
    room = mallory.create_room(f"private {canary}", public=False)
    event = mallory.send_text(room, canary)
    mallory.edit_text(room, event, f"{canary} again")
    mallory.send_picture(room, pictures.png(pictures.pattern(3)), caption=canary)
    assert verdicts.requests == []


def test_nothing_of_an_encrypted_room_leaves_the_homeserver(verdicts, mallory, canary):
    room = mallory.create_room("encrypted", encrypted=True)
    mallory.send(room, MegolmSender(room).encrypt({"msgtype": "m.text", "body": canary}), "m.room.encrypted")
    mallory.send_text(room, canary)  # a careless client may still send plain text there
    assert verdicts.requests == []


@pytest.mark.parametrize("change", [MatrixClient.make_invite_only, MatrixClient.make_encrypted])
def test_a_room_that_stops_being_public_is_private_for_the_very_next_message(verdicts, mallory, canary, change):
    room = mallory.create_room("soon private")
    mallory.send_text(room, "still public")
    assert len(verdicts.requests) == 1

    change(mallory, room)
    mallory.send_text(room, canary)
    assert len(verdicts.requests) == 1
    assert canary.encode() not in verdicts.everything()


def test_a_room_that_becomes_public_is_asked_about(verdicts, mallory):
    room = mallory.create_room("soon public", public=False)
    mallory.send_text(room, "still private")
    mallory.set_state(room, "m.room.join_rules", {"join_rule": "public"})
    mallory.send_text(room, "now public")
    assert [request.json()["item"]["text"] for request in verdicts.requests] == ["now public"]


@pytest.mark.parametrize("answer", [(500, {}), (401, {}), (200, []), (200, {"verdict": "?"}), (200, None)])
def test_an_answer_that_is_no_verdict_lets_the_message_pass(verdicts, mallory, answer):
    room = mallory.create_room("strange answers")
    verdicts.answer = lambda request: answer
    assert mallory.send_text(room, "hello")
    assert len(verdicts.requests) == 1


def test_a_slow_haechi_delays_a_message_by_the_deadline_at_most(verdicts, synapse, mallory, canary):
    room = mallory.create_room("slow")
    mallory.send_text(room, "warm")
    held = threading.Event()
    verdicts.answer = lambda request: REFUSE if held.wait(30) else ALLOW
    try:
        begin = time.monotonic()
        event = mallory.send_text(room, canary)
        took = time.monotonic() - begin
    finally:
        held.set()
    assert DEADLINE_MS / 1000 <= took < DEADLINE_MS / 1000 + 2
    assert mallory.event(room, event)["content"]["body"] == canary
    assert canary not in synapse.log
    assert synapse.log.count("messages pass unchecked") == 1  # said once a minute, however many messages


def test_messages_pass_while_haechi_is_away():
    with socket.socket() as reserved:  # bound but not listening: connections are refused
        reserved.bind(("127.0.0.1", 0))
        module = Module(f"http://127.0.0.1:{reserved.getsockname()[1]}", TOKEN)
        with Synapse(module=module) as synapse:
            alice = synapse.register("alice")
            room = alice.create_room("unwatched")
            begin = time.monotonic()
            assert alice.send_text(room, "hello")
            assert time.monotonic() - begin < 2


def test_a_mistake_in_the_settings_is_said_at_the_start():
    with pytest.raises(PeerFailed, match="deadline_ms must be between 10 and 5000"):
        with Synapse(module=Module("http://127.0.0.1:1", TOKEN, deadline_ms=0)):
            pass

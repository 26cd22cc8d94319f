# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""What rules remember: counts go on after a crash, neither less nor more; labels by hand change what rules do at once."""

import datetime
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from harness.haechi import Haechi
from harness.processes import TemporaryFolder, wait_until

TOKEN = "a token for the tests of counts and labels"
SETTINGS = {
    "HAECHI_POLICIES_APPROVAL": "files",
    "HAECHI_API_TOKENS": f"tests={TOKEN},reader=another token for these tests",
    "HAECHI_API_RULE_TOKENS": "tests",
}
POLICY = """\
policy: tests.state
owner: tests
clauses:
  t.1: { en: "A clause for tests", ko: "시험 조항" }
state:
  labels:
    example_trusted: { on: actor }
    example_wave: { on: actor, expires: 1h }
    example_quiet: { on: space, expires: 2h }
  counters:
    example_posts: { events: [message.posted], key: [actor.id], window: 1h, warming: count }
    example_posters: { events: [message.posted], key: [links], window: 1h, distinct: actor.id, warming: count }
    example_soon: { events: [message.posted], key: [actor.id], window: 4s }
    example_late: { events: [message.posted], key: [actor.id], window: 1h }
rules:
  - id: many
    stage: live
    events: [message.posted]
    when: actor.id.startsWith("many") && example_posts >= 4 && !("example_trusted" in actor.labels) && !("example_quiet" in space.labels)
    then: [ { review: { clause: t.1 } } ]
  - id: wave
    stage: live
    events: [message.posted]
    when: example_posters >= 3
    then: [ { review: { clause: t.1 } }, { label: { name: example_wave } } ]
    unknown: skip
  - id: labelled
    stage: live
    events: [message.posted]
    when: '"example_wave" in actor.labels && text.contains("again")'
    then: [ { review: { clause: t.1 } } ]
  - id: soon
    stage: live
    events: [message.posted]
    when: actor.id.startsWith("soon") && example_soon >= 1
    then: [ { review: { clause: t.1 } } ]
    unknown: hold
  - id: late
    stage: live
    events: [message.posted]
    when: actor.id.startsWith("late") && example_late >= 1
    then: [ { review: { clause: t.1 } } ]
    unknown: skip
"""
NUMBERS = itertools.count()


class Square:
    """A platform's public room: posts to it are events of the API."""

    def __init__(self, haechi: Haechi, policy: Path):
        self.haechi = haechi
        self.policy = policy
        self.headers = {"Authorization": f"Bearer {TOKEN}"}

    def event(self, actor: str, text: str = "harmless words") -> dict:
        number = next(NUMBERS)
        now = datetime.datetime.now(datetime.UTC).isoformat().replace("+00:00", "Z")
        return {
            "id": f"event-{number}", "kind": "message.posted", "at": now, "space": {"id": "square", "class": "public"},
            "actor": {"id": actor}, "item": {"id": f"item-{number}", "text": text},
        }  # fmt: skip

    def send(self, event: dict) -> str:
        """As a platform would: again and again until it is acknowledged."""

        def acknowledged() -> str | None:
            try:
                answer = self.haechi.post("/v1/events", event, headers=self.headers)
            except requests.RequestException:
                return None
            return answer.json()["results"][0]["result"] if answer.ok else None

        return wait_until("an acknowledgement", acknowledged)

    def outcome(self, event: dict) -> dict:
        def concluded() -> dict | None:
            answer = self.haechi.get(f"/v1/events/{event['id']}", headers=self.headers)
            return answer.json() if answer.ok and answer.json()["state"] != "queued" else None

        return wait_until("a conclusion", concluded)

    def post(self, actor: str, text: str = "harmless words") -> str | None:
        """What was decided about a new post, in words; nothing when no rule cared."""
        event = self.event(actor, text)
        assert self.send(event) == "accepted"
        return self.outcome(event).get("decision", {}).get("reason")

    def crash(self) -> None:
        self.haechi.kill()
        self.haechi.start()

    def api(self, method: str, path: str, token: str = TOKEN, **options) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, self.haechi.url + path, headers=headers, timeout=30, **options)

    def labels(self, actor: str) -> list[dict]:
        answer = self.api("GET", "/v1/labels", params={"platform": "api", "actor": actor})
        assert answer.ok, answer.text
        return answer.json()["labels"]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryFolder("policies") as made:
        (made / "state.yaml").write_text(POLICY)
        yield made


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def square(request, folder) -> Iterator[Square]:
    env = {**SETTINGS, "HAECHI_POLICIES_PATH": str(folder)}
    if request.param == "postgresql":
        env["HAECHI_DATABASE_URL"] = request.getfixturevalue("postgresql").create_database("state")
    with Haechi(env=env) as haechi:
        yield Square(haechi, folder / "state.yaml")
        done = haechi.run("ledger", "verify")
        assert done.status == 0, done.errors


def test_the_fifth_post_fires_wherever_the_server_is_killed(square):
    for actor in ["many-1", "many-2"]:
        assert [square.post(actor) for _ in range(4)] == [None] * 4, "four are not enough"
        assert "many" in square.post(actor)
    for killed_after in range(1, 5):
        actor = f"many-killed-{killed_after}"
        seen = []
        for number in range(4):
            seen.append(square.post(actor))
            if number + 1 == killed_after:
                square.crash()
        assert seen == [None] * 4, f"killed after {killed_after}: something was counted twice"
        assert "many" in square.post(actor), f"killed after {killed_after}: something was not counted"


def test_killed_while_an_event_is_worked_on(square):
    """The event is accepted, and the kill comes at once: it is concluded by the next process, and counts once."""
    for turn in range(4):
        actor = f"many-turn-{turn}"
        for _ in range(3):
            assert square.post(actor) is None
        event = square.event(actor)
        assert square.send(event) == "accepted"
        square.crash()
        assert square.send(event) == "duplicate", "the platform has not heard the answer and sends it again"
        assert "decision" not in square.outcome(event)
        assert "many" in square.post(actor), "four have been counted"


def test_what_is_delivered_again_counts_once(square):
    event = square.event("many-again")
    assert square.send(event) == "accepted"
    for _ in range(5):
        assert square.send(event) == "duplicate"
    assert "decision" not in square.outcome(event)
    assert [square.post("many-again") for _ in range(3)] == [None] * 3
    assert "many" in square.post("many-again")


def test_different_accounts_with_one_link_are_counted_and_labelled(square):
    text = "look at https://wave.example/offer please"
    assert square.post("waver-0", text) is None
    assert square.post("waver-0", text) is None, "the same account is one"
    assert square.post("waver-1", text) is None
    assert square.post("waver-2", "https://other.example/offer") is None, "another link"
    assert square.post("waver-2", text) is None
    square.crash()
    assert "wave" in square.post("waver-3", text)
    (label,) = square.labels("waver-3")
    assert label["name"] == "example_wave" and label["by"].startswith("rules:wave@") and not label["manual"], label
    assert square.post("waver-3", "harmless") is None
    assert "labelled" in square.post("waver-3", "here I am again")
    assert square.post("waver-1", "here I am again") is None, "only who posted last has it"
    square.crash()
    assert "labelled" in square.post("waver-3", "and again")


def test_a_counter_that_warms_up_is_unknown_and_then_is_not(square):
    assert square.post("late-1") is None and square.post("late-1") is None, "unknown: skip, for an hour from the first start"
    with_new_counter = POLICY.replace("window: 4s", "window: 5s")
    square.policy.write_text(with_new_counter)
    try:
        held = wait_until("the new counter", lambda: square.post(f"soon-{next(NUMBERS)}"), seconds=20)
        assert "soon cannot tell" in held and "warm" in held, held
        # Warm after its window: somebody's first post is none after another.
        wait_until("a warm counter", lambda: square.post(f"soon-{next(NUMBERS)}") is None, seconds=20)
        assert square.post("soon-twice") is None
        fired = square.post("soon-twice")
        assert "soon" in fired and "cannot tell" not in fired, fired
        # It stays warm after a crash, and the counters that did not change go on.
        square.crash()
        assert square.post("soon-later") is None
        fired = square.post("soon-later")
        assert "soon" in fired and "cannot tell" not in fired, fired
    finally:
        square.policy.write_text(POLICY)


def test_a_label_by_hand_changes_what_a_rule_does_at_once_and_after_a_crash(square):
    for _ in range(5):
        square.post("many-friend")
    assert "many" in square.post("many-friend")
    whom = ["--platform", "api", "--actor", "many-friend"]
    done = square.haechi.run("label", "set", "example_trusted", *whom, "--reason", "known for years", "--as", "hana")
    assert done.status == 0 and "without an end" in done.output, done
    assert square.post("many-friend") is None
    square.crash()
    assert square.post("many-friend") is None
    (label,) = square.labels("many-friend")
    assert label["manual"] and label["by"] == "person:hana" and label["reason"] == "known for years", label
    listed = square.haechi.run("label", "list", "--name", "example_trusted")
    assert "example_trusted\tactor\tapi\tmany-friend\tmanual\tperson:hana" in listed.output, listed
    done = square.haechi.run("label", "unset", "example_trusted", *whom, "--reason", "no more", "--as", "bo")
    assert done.status == 0, done
    assert "many" in square.post("many-friend")
    assert not square.labels("many-friend")
    shown = square.haechi.run("ledger", "show")
    assert "label.set" in shown.output and "label.unset" in shown.output and "person:hana" in shown.output, shown


def test_a_person_who_takes_a_label_off_has_the_last_word(square):
    text = "look at https://wave.example/second please"
    whom = ["--platform", "api", "--actor", "judged"]
    done = square.haechi.run("label", "unset", "example_wave", *whom, "--hours", "3", "--reason", "a mistake", "--as", "hana")
    assert done.status == 0 and "until" in done.output, done
    for number in range(3):
        assert square.post(f"second-{number}", text) is None
    assert "wave" in square.post("judged", text)
    assert not square.labels("judged"), "the rule wanted it, and a person had said no"


def test_labels_by_the_api(square):
    body = {"platform": "api", "space": "square", "hours": 2, "reason": "a quiet day"}
    assert square.api("PUT", "/v1/labels/example_quiet", token="another token for these tests", json=body).status_code == 403
    for _ in range(5):
        square.post("many-loud")
    assert "many" in square.post("many-loud")
    answer = square.api("PUT", "/v1/labels/example_quiet", json=body)
    assert answer.ok and answer.json()["labels"][0]["by"] == "person:api:tests", answer.text
    assert square.post("many-loud") is None
    where = {"platform": "api", "space": "square", "reason": "over", "hours": 1}
    answer = square.api("DELETE", "/v1/labels/example_quiet", params=where)
    assert answer.ok and answer.json() == {"labels": []}, answer.text
    assert "many" in square.post("many-loud")


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["example_trustd", "--platform", "api", "--actor", "a"], ["example_trustd", "state.labels", "example_trusted", "--force"]),
        (["example_trusted", "--platform", "api", "--space", "a"], ["declared for actors"]),
        (["example_trusted", "--platform", "api"], ["either --actor or --space"]),
        (["example_trusted", "--platform", "api", "--actor", "a", "--hours", "0"], ["hours", "1 to 87600"]),
    ],
)
def test_a_wrong_label_is_explained(square, arguments, parts):
    done = square.haechi.run("label", "set", *arguments, "--reason", "why", "--as", "hana")
    assert done.status != 0 and not done.output, done
    assert all(part in done.errors for part in parts), done.errors
    assert not square.labels("a")

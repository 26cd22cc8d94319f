# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""A faulty version of a rule is put in, acts on too much, is stopped by itself, and everything that it did is taken back."""

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from harness import pictures
from harness.console import ConsoleClient, make_account
from harness.moderated import API_TOKEN, ModeratedHomeserver
from harness.processes import TemporaryFolder, wait_until
from test_console import Page

# The right version acts on known pictures that come with an invitation; the faulty one lost its second condition.
POLICY = """\
policy: tests.wave
owner: tests
clauses:
  wave.1: {{ en: "A known picture sent in a wave", ko: "무더기로 보낸 알려진 사진" }}
state:
  signals:
    known: {{ kind: pdq, bank: ncii-confirmed, radius: 31 }}
rules:
  - id: wave
    stage: {stage}
    events: [message.posted]
    when: {when}
    then: {then}
    unknown: skip
"""
RIGHT = "known.matched && actor.id == 'never'"
FAULTY = "known.matched"
HIDES = "[ { quarantine: { clause: wave.1 } } ]"
LOCKS = "[ { quarantine: { clause: wave.1 } }, { lock: { clause: wave.1 } } ]"
PICTURE = pictures.pattern(880, 480)
# Each copy has bytes of its own: the homeserver hides all media with the same bytes at once.
QUALITIES = itertools.count(40)
REMOVES = "[ { preserve: {} }, { remove: { clause: wave.1 } } ]"


class Policies:
    """A folder of policy files that a test rewrites while the server runs."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.file = folder / "wave.yaml"

    def write(self, when: str, then: str = HIDES, stage: str = "live") -> None:
        self.put(POLICY.format(when=json.dumps(when), then=then, stage=stage))

    def put(self, text: str) -> None:
        new = self.folder / "wave.new"
        new.write_text(text)
        new.rename(self.file)


@pytest.fixture(scope="module")
def policies() -> Iterator[Policies]:
    with TemporaryFolder("policies") as folder:
        made = Policies(folder)
        made.write(RIGHT)
        yield made


@pytest.fixture(scope="module")
def moderated(policies) -> Iterator[ModeratedHomeserver]:
    settings = {
        "HAECHI_POLICIES_APPROVAL": "files",
        "HAECHI_POLICIES_STOP_EVENTS": "20",
        "HAECHI_POLICIES_STOP_SHARE_PERMILLE": "200",
        "HAECHI_API_RULE_TOKENS": "tests",
    }
    with ModeratedHomeserver(policies=policies.folder, settings=settings) as running:
        (running.haechi.folder / "known.png").write_bytes(pictures.png(PICTURE))
        done = running.haechi.run("bank", "add", "--bank", "ncii-confirmed", "known.png")
        assert done.status == 0, done.errors
        yield running


class Desk(ConsoleClient):
    def rules(self) -> str:
        return self._get("/console/rules").text

    def switch(self, mode: str, reason: str) -> None:
        self._post("/console/rules/switch", self._get("/console/rules"), {"mode": mode, "reason": reason})


def rules(moderated) -> dict:
    answer = moderated.haechi.get("/v1/rules", headers=moderated.headers())
    assert answer.ok, answer.text
    return answer.json()


def loaded(moderated) -> dict:
    return next(rule for rule in rules(moderated)["rules"] if rule["loaded"])


def metrics(moderated) -> str:
    return moderated.haechi.get("/metrics", headers=moderated.headers()).text


def change(moderated, path: str, body: dict | None = None, method: str = "POST") -> requests.Response:
    return requests.request(
        method, moderated.haechi.url + "/v1/rules" + path, json=body, headers=moderated.headers(), timeout=30
    )


def use(moderated, policies, *arguments, **options) -> dict:
    """Rewrites the file and waits until the running server judges by it."""
    before = loaded(moderated)["version"]
    policies.write(*arguments, **options)
    wait_until("the new version", lambda: loaded(moderated)["version"] != before, seconds=20)
    return loaded(moderated)


def copy() -> bytes:
    return pictures.jpeg(PICTURE, next(QUALITIES))


def post(moderated, sender, room: str, count: int) -> list[tuple[str, str]]:
    posts = [sender.send_picture(room, copy()) for _ in range(count)]
    for event, _ in posts:
        wait_until("a decision", lambda event=event: (moderated.event_state(event) or {}).get("state") == "decided", seconds=60)
    return posts


def states(moderated, event: str) -> dict[str, str]:
    return {action["effect"]: action["state"] for action in moderated.event_state(event)["actions"]}


def settled(moderated, posts) -> None:
    for event, _ in posts:
        wait_until(
            "the actions", lambda event=event: "pending" not in states(moderated, event).values(), seconds=60
        )  # fmt: skip


def test_a_faulty_version_is_stopped_by_itself_and_all_it_did_is_taken_back(moderated, policies, browser):
    sender = moderated.synapse.register("waver")
    room = moderated.watched_room(sender, "Waves")
    faulty = use(moderated, policies, FAULTY)
    assert faulty["stage"] == "live", faulty

    # At most 200 in a thousand, of 20 events or more: four are quarantined, the fifth is one too many.
    posts = post(moderated, sender, room, 12)
    settled(moderated, posts)
    stop = wait_until("the stop", lambda: rules(moderated)["stops"], seconds=20)[0]
    assert stop["cause"] == "share" and stop["version"] == f"wave@{faulty['version']}", stop
    done = [url for event, url in posts if states(moderated, event) == {"quarantine": "done"}]
    held = [event for event, _ in posts if states(moderated, event) == {"quarantine": "held"}]
    assert len(done) == 4 and len(held) == 8, (done, held)
    assert all(sender.download(url) is None for url in done)
    others = [url for event, url in posts if event in held]
    assert all(sender.download(url) is not None for url in others), "nothing more is hidden"

    notes = moderated.haechi.get("/ready").json()
    assert notes["ready"] and any("is stopped" in note for note in notes["notes"]), notes
    assert "haechi_rules_stopped 1" in metrics(moderated)
    assert "a rule was stopped" in moderated.haechi.log

    # It holds after a crash too, whatever is posted.
    moderated.haechi.kill()
    moderated.haechi.start()
    more = post(moderated, sender, room, 2)
    settled(moderated, more)
    assert all(states(moderated, event) == {"quarantine": "held"} for event, _ in more)

    page = Page(moderated.haechi, browser)
    make_account(moderated.haechi, "hana")
    browser.driver.delete_all_cookies()
    page.log_in()
    page.open("/console/rules")
    page.looks_right("rules-stopped")

    version = f"wave@{faulty['version']}"
    preview = moderated.haechi.run("policy", "undo", version, "--preview")
    assert preview.status == 0 and "can be taken back\tquarantine\t4" in preview.output, preview
    assert "wait, and will be cancelled\tquarantine\t10" in preview.output, preview
    page.open(f"/console/rules/versions/{version}")
    page.looks_right("rule-undo")

    # One decision every second, and killed in the middle.
    started = moderated.haechi.run(
        "policy", "undo", version, "--as", "hana", "--reason", "it lost a condition", "--pace", "60"
    )
    assert started.status == 0, started
    wait_until("the first ones", lambda: rules(moderated)["undos"][0]["undone"] >= 2, seconds=30)
    moderated.haechi.kill()
    moderated.haechi.start()
    assert rules(moderated)["undos"][0]["state"] == "running"
    undo = wait_until(
        "the end", lambda: next((u for u in rules(moderated)["undos"] if u["state"] == "done"), None), seconds=90
    )
    assert undo["undone"] == 14 and undo["failed"] == 0 and undo["irreversible"] == {}, undo
    for url in done:
        wait_until("the picture again", lambda url=url: sender.download(url) is not None, seconds=30)
    listed = moderated.haechi.run("policy", "undo")
    assert "undone 14" in listed.output, listed
    assert moderated.ledger_is_whole()
    page.open("/console/rules")
    page.looks_right("rules-undone")
    page.open("/console/language/ko?return=/console/rules")
    page.looks_right("rules-korean")
    page.open("/console/language/en?return=/console/rules")


def test_what_cannot_be_taken_back_is_told(moderated, policies):
    sender = moderated.synapse.register("remover")
    room = moderated.watched_room(sender, "Removals")
    version = use(moderated, policies, FAULTY, REMOVES)["version"]
    event, url = post(moderated, sender, room, 1)[0]
    wait_until("the redaction", lambda: sender.was_redacted(room, event), seconds=30)
    settled(moderated, [(event, url)])
    preview = change(moderated, f"/versions/wave@{version}/undo", method="GET").json()
    assert preview["irreversible"] == {"remove": 1} and preview["reversible"] == {"quarantine": 1}, preview
    assert change(moderated, f"/versions/wave@{version}/undo", {"reason": "a mistake"}).ok
    undo = wait_until(
        "the end", lambda: next((u for u in rules(moderated)["undos"] if u["version"].endswith(version) and u["state"] == "done"), None), seconds=60
    )  # fmt: skip
    assert undo["irreversible"] == {"remove": 1}
    wait_until("the picture again", lambda: sender.download(url) is not None, seconds=30)
    assert sender.was_redacted(room, event), "Matrix brings no message back"


def test_a_locked_account_is_unlocked_again(moderated, policies):
    sender = moderated.synapse.register("locked")
    room = moderated.watched_room(sender, "Locks")
    version = use(moderated, policies, FAULTY, LOCKS)["version"]
    event, _ = sender.send_picture(room, copy())
    wait_until("the lock", lambda: states_or_none(moderated, event).get("lock") == "done", seconds=60)
    user = f"{moderated.synapse.url}/_synapse/admin/v2/users/{sender.user_id}"
    admin = {"Authorization": f"Bearer {moderated.admin.token}"}
    assert requests.get(user, headers=admin, timeout=30).json()["locked"]
    assert change(moderated, f"/versions/wave@{version}/undo", {"reason": "a mistake"}).ok
    wait_until("the unlocking", lambda: not requests.get(user, headers=admin, timeout=30).json()["locked"], seconds=60)


def states_or_none(moderated, event: str) -> dict[str, str]:
    state = moderated.event_state(event)
    return {action["effect"]: action["state"] for action in state["actions"]} if state else {}


def test_the_switch_holds_everything_and_survives_a_restart(moderated, policies):
    use(moderated, policies, FAULTY + " && true")
    sender = moderated.synapse.register("switched")
    room = moderated.watched_room(sender, "Switches")
    with Desk(moderated.haechi, "boss") as desk:
        desk.switch("case-only", "something is wrong")
        assert "Rules open cases only" in desk.rules()
        posts = post(moderated, sender, room, 1)
        assert states(moderated, posts[0][0]) == {"quarantine": "held"}
        moderated.haechi.kill()
        moderated.haechi.start()
        assert rules(moderated)["mode"] == "case-only"
    done = moderated.haechi.run("policy", "switch", "normal", "--as", "bo", "--reason", "it is over")
    assert done.status == 0, done
    wait_until("the switch", lambda: "haechi_rules_case_only 0" in metrics(moderated), seconds=15)
    posts = post(moderated, sender, room, 1)
    wait_until("the quarantine", lambda: sender.download(posts[0][1]) is None, seconds=30)


def test_a_bad_file_never_replaces_a_good_one(moderated, policies):
    before = loaded(moderated)["version"]
    good = policies.file.read_text()
    policies.put(good.replace("when:", "whenever:"))
    problems = wait_until("the problem", lambda: rules(moderated)["file_problems"], seconds=20)
    assert any("wave.yaml" in problem and "whenever" in problem for problem in problems), problems
    assert loaded(moderated)["version"] == before
    ready = moderated.haechi.get("/ready").json()
    assert ready["ready"] and any("policy files are not used" in note for note in ready["notes"])
    assert re.search(r"^haechi_policy_file_problems [1-9]", metrics(moderated), re.MULTILINE)
    # Nor does a folder that is empty for a moment.
    policies.file.rename(policies.folder / "wave.away")
    wait_until("the other problem", lambda: "no policy file" in str(rules(moderated)["file_problems"]), seconds=20)
    assert loaded(moderated)["version"] == before
    (policies.folder / "wave.away").unlink()
    policies.put(good)
    wait_until("nothing wrong", lambda: not rules(moderated)["file_problems"], seconds=20)
    assert loaded(moderated)["version"] == before


def test_two_people_and_a_back_test_let_a_version_act(tmp_path):
    """On a platform of its own, by the command line and the API; nothing acts before both have agreed."""
    from harness.haechi import Haechi

    policies = Policies(tmp_path)
    policies.write(RIGHT)
    env = {
        "HAECHI_POLICIES_PATH": str(tmp_path),
        "HAECHI_API_TOKENS": f"tests={API_TOKEN},reader=another-token-for-tests",
        "HAECHI_API_RULE_TOKENS": "tests",
    }
    with Haechi(env=env) as haechi:
        policies.write(FAULTY)
        wait_until("the new version", lambda: "shadow" in haechi.run("policy", "status").output, seconds=30)
        status = haechi.run("policy", "status").output
        assert re.search(r"^wave\t[0-9a-f]+\tlive\tshadow\t.*nobody has agreed", status, re.MULTILINE), status
        refused = haechi.run("policy", "promote", "--as", "hana", "--reason", "it did well", "wave", "live")
        assert refused.status == 65 and "back-test" in refused.errors, refused
        reader = {"Authorization": "Bearer another-token-for-tests"}
        asked = requests.put(
            haechi.url + "/v1/rules/switch", json={"mode": "case-only", "reason": "careful"}, headers=reader, timeout=30
        )
        assert asked.status_code == 200, "everybody may stop"
        back = requests.put(
            haechi.url + "/v1/rules/switch", json={"mode": "normal", "reason": "again"}, headers=reader, timeout=30
        )
        assert back.status_code == 403, back.text

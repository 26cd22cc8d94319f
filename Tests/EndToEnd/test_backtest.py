# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""What rules were given is kept where that is wanted; a changed rule is back-tested on it, promoted on that ground, and then acts."""

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import pictures
from harness.haechi import Finished, Haechi, haechi_binary
from harness.processes import wait_until
from harness.webhooks import WebhookReceiver

TOKEN = "a-token-for-the-tests"
SECRET = "a webhook secret for tests"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
POLICY = """\
policy: tests.flood
owner: tests
clauses:
  flood.1: {{ en: "A known picture", ko: "알려진 사진" }}
state:
  signals:
    known: {{ kind: sha256, bank: known }}
rules:
  - id: flood
    stage: live
    events: [message.posted]
    when: {when}
    then: [ {{ preserve: {{}} }}, {{ remove: {{ clause: flood.1 }} }} ]
    unknown: skip
    at_most: 100%
  - id: edits
    stage: live
    events: [message.edited]
    when: {when}
    then: [ {{ preserve: {{}} }}, {{ remove: {{ clause: flood.1 }} }} ]
    unknown: skip
"""
NEVER = "known.matched && actor.id == 'nobody'"
BROAD = "known.matched && actor.id != 'friend'"
PICTURE = pictures.png(pictures.pattern(1212))
CANARY = "canary-of-the-attic"


class World:
    """A platform that sends its events to a Haechi with a history of a week."""

    def __init__(self, folder: Path, platform: WebhookReceiver):
        self.policies = folder / "policies"
        self.policies.mkdir()
        self.platform = platform
        self.write(NEVER)
        self.haechi = Haechi(env={
            "HAECHI_POLICIES_PATH": str(self.policies), "HAECHI_API_TOKENS": f"tests={TOKEN}", "HAECHI_HISTORY_DAYS": "7",
            "HAECHI_WEBHOOK_URL": platform.url, "HAECHI_WEBHOOK_SECRET": SECRET,
        })  # fmt: skip

    def write(self, when: str) -> None:
        new = self.policies / "flood.new"
        new.write_text(POLICY.format(when=json.dumps(when)))
        new.rename(self.policies / "flood.yaml")

    def know_the_picture(self) -> None:
        (self.haechi.folder / "known.png").write_bytes(PICTURE)
        done = self.run("bank", "add", "--bank", "known", "known.png")
        assert done.status == 0, done.errors
        uploaded = self.haechi.post("/v1/media", headers={**HEADERS, "Content-Type": "image/png"}, data=PICTURE)
        assert uploaded.ok, uploaded.text

    def run(self, *arguments: str) -> Finished:
        return self.haechi.run(*arguments)

    def post(self, event: str, *, space: str = "plaza", actor: str = "ari", text: str = "good morning", picture: bool = False) -> str:
        """Sends an event and waits for its conclusion; returns its state."""
        media = [{"id": f"{event}-m", "type": "image/png", "sha256": hashlib.sha256(PICTURE).hexdigest()}] if picture else []
        answer = self.haechi.post("/v1/events", headers=HEADERS, body={
            "id": event, "kind": "message.posted", "at": "2026-11-22T12:00:00Z", "space": {"id": space, "class": "public"},
            "actor": {"id": actor}, "item": {"id": event, "text": text, "media": media},
        })  # fmt: skip
        assert answer.ok, answer.text

        def state() -> str | None:
            got = self.haechi.get(f"/v1/events/{event}", headers=HEADERS).json()["state"]
            return None if got == "queued" else got

        return wait_until("its conclusion", state, seconds=30)

    def status(self, rule: str = "flood") -> str:
        lines = self.run("policy", "status").output.splitlines()
        return next(line for line in lines if line.startswith(f"{rule}\t"))

    def removed(self) -> set[str]:
        return {one["target"]["item"]["id"] for one in self.platform.accepted if one.get("effect") == "remove"}


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    with WebhookReceiver(SECRET) as platform:
        made = World(tmp_path_factory.mktemp("backtest"), platform)
        with made.haechi:
            made.know_the_picture()
            yield made


def rule(done: Finished, name: str = "flood") -> dict:
    assert done.status == 0, done
    return next(one for one in json.loads(done.output)["rules"] if one["rule"] == name)


def test_a_version_acts_on_the_ground_of_a_back_test(world):
    for number in range(6):
        assert world.post(f"text-{number}") == "cleared"
    for number in range(3):
        assert world.post(f"bad-{number}", picture=True) == "cleared", "the first version acts on nobody"
    assert world.post("attic-1", space="attic", picture=True, text=CANARY) == "cleared"
    assert world.post("friendly", actor="friend", picture=True) == "cleared"

    world.write(BROAD)
    wait_until("the new version", lambda: "\tlive\tshadow\t" in world.status(), seconds=30)
    assert world.post("shadow-1", picture=True) == "cleared", "nobody has agreed"
    version = f"flood@{world.status().split(chr(9))[1]}"

    # What it said while it had no say.
    shadow = rule(world.run("policy", "shadow-report", version, "--json"))
    assert shadow["fired"] == 1 and shadow["destructive"] == 1 and shadow["effects"] == {"preserve": 1, "remove": 1}, shadow
    assert [one["event"] for one in shadow["new_examples"]] == ["shadow-1"]

    # What it would have done all along; the same again, to the byte.
    first = world.run("policy", "backtest", "flood", "--json")
    found = rule(first)
    assert (found["events"], found["fired"], found["newly_acting"]) == (12, 5, 5), found
    assert {one["event"] for one in found["new_examples"]} == {"bad-0", "bad-1", "bad-2", "attic-1", "shadow-1"}
    assert world.run("policy", "backtest", "flood", "--json").output == first.output
    text = world.run("policy", "backtest", "flood")
    assert text.status == 0 and "flood" in text.output, text
    for shown in [first.output, text.output, text.errors]:
        assert CANARY not in shown and "good morning" not in shown

    # A space that closes is gone from it, and from the database.
    closed = world.haechi.post("/v1/events", headers=HEADERS, body={
        "id": "close", "kind": "space.changed", "at": "2026-11-22T12:30:00Z", "space": {"id": "attic", "class": "private"},
    })  # fmt: skip
    assert closed.ok, closed.text
    found = rule(world.run("policy", "backtest", "flood", "--json"))
    assert (found["events"], found["fired"]) == (11, 4), found
    database = world.haechi.folder / "var"
    kept = b"".join(file.read_bytes() for file in database.glob("haechi.db*"))
    assert b"good morning" in kept and CANARY.encode() not in kept

    # Nothing was recorded so far, so nothing may rest on it.
    refused = world.run("policy", "promote", "--as", "hana", "--reason", "it does well", "flood", "live")
    assert refused.status == 65 and "haechi policy backtest flood --record" in refused.errors, refused
    recorded = world.run("policy", "backtest", "flood", "--record", "--as", "hana")
    assert recorded.status == 0 and f"of {version} is recorded" in recorded.errors, recorded
    promoted = world.run("policy", "promote", "--as", "hana", "--reason", "it does well", "flood", "live")
    assert promoted.status == 0 and "waits for a second person" in promoted.output, promoted
    request = promoted.output.split()[-1]
    own = world.run("policy", "approve", request, "--as", "hana")
    assert own.status == 65 and "another person" in own.errors, own
    assert world.run("policy", "approve", request, "--as", "bo").status == 0
    wait_until("the stage", lambda: "\tlive\tlive\t" in world.status(), seconds=15)
    # The running server follows within seconds.
    later: list[str] = []

    def decides() -> bool:
        later.append(f"later-{len(later)}")
        return world.post(later[-1], picture=True) == "decided"

    wait_until("a decision", decides, seconds=30, every=0.5)
    wait_until("the removal", lambda: world.removed() == {later[-1]}, seconds=30)

    ledger = world.run("ledger", "show").output
    [entry] = [json.loads(line.split("\t")[2]) for line in ledger.splitlines() if '"rule.back-tested"' in line]
    assert entry["subject"] == version and entry["actor"] == "person:hana", entry
    assert entry["facts"]["events"] == "11" and entry["facts"]["source"] == "history"
    assert world.run("ledger", "verify").status == 0

    # It acted once, and would again: nothing is new there.
    found = rule(world.run("policy", "backtest", "flood", "--json"))
    fired = 4 + len(later)
    assert (found["fired"], found["same"], found["newly_acting"]) == (fired, 1, fired - 1), found


def test_a_back_test_over_nothing_proves_nothing(world):
    done = world.run("policy", "backtest", "edits", "--record", "--as", "hana")
    assert done.status == 65 and "no event of its kinds" in done.errors, done
    late = world.run("policy", "backtest", "flood", "--from", "2999-01-01")
    assert late.status == 66 and "no event of this time" in late.errors, late


def test_a_rule_is_named_rightly(world):
    done = world.run("policy", "backtest", "flod")
    assert done.status == 65 and "'flod'" in done.errors and "edits, flood" in done.errors, done
    done = world.run("policy", "backtest", "flood@0000")
    assert done.status == 65 and "flood@0000" in done.errors, done
    done = world.run("policy", "shadow-report", "flod")
    assert done.status == 65 and "'flod'" in done.errors, done
    assert world.run("policy", "backtest", "--record", "flood").status == 64
    assert world.run("policy", "backtest", "--record", "--as", "hana").status == 64


def test_without_a_history_it_says_how_to_get_one(world):
    with Haechi(env={"HAECHI_POLICIES_PATH": str(world.policies)}) as haechi:
        done = haechi.run("policy", "backtest", "flood")
        assert done.status == 66 and "history.days is 0" in done.errors and "--events" in done.errors, done
        asked = haechi.run("policy", "shadow-report", "flood")
        assert asked.status == 66 and "history.days is 0" in asked.errors, asked


def test_what_is_kept_goes_when_the_setting_does(tmp_path):
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / "Policies").mkdir()
    (folder / "Policies" / "flood.yaml").write_text(POLICY.format(when=json.dumps(NEVER)))
    env = {"HAECHI_API_TOKENS": f"tests={TOKEN}"}

    def kept() -> bool:
        return CANARY.encode() in b"".join(file.read_bytes() for file in (folder / "var").glob("haechi.db*"))

    with Haechi(env={**env, "HAECHI_HISTORY_DAYS": "3"}, folder=folder) as haechi:
        haechi.post("/v1/events", headers=HEADERS, body={
            "id": "one", "kind": "message.posted", "at": "2026-11-22T12:00:00Z", "space": {"id": "plaza", "class": "public"},
            "actor": {"id": "ari"}, "item": {"id": "one", "text": CANARY},
        })  # fmt: skip
        wait_until("its record", lambda: haechi.run("policy", "backtest").status == 0, seconds=30)
        assert kept()
    with Haechi(env=env, folder=folder) as haechi:
        wait_until("the deletion", lambda: haechi.run("policy", "backtest").status == 66, seconds=30)
        wait_until("no trace", lambda: not kept(), seconds=10)
        assert re.search(r"events=1.* history deleted", haechi.log) and CANARY not in haechi.log


def test_events_of_a_file(world, tmp_path):
    known = {"known": {"trust": "verified"}}

    def line(number: int, **more) -> str:
        event = {
            "kind": "message.posted", "at": f"2026-11-22T12:00:{number:02}Z", "space": {"id": "s", "class": "public"},
            "actor": {"id": "ari"}, "item": {"id": str(number), "text": "hello", "media": [{"id": "m", "type": "image/png"}]},
        }  # fmt: skip
        return json.dumps({**event, **more})

    good = [line(0), line(1, signals=known), "", line(2, space={"id": "s", "class": "private"}), line(3, signals=known, id="x")]
    file = tmp_path / "events.ndjson"
    file.write_text("\n".join(good) + "\n")
    done = world.run("policy", "backtest", "flood", "--events", str(file), "--json")
    found = rule(done)
    assert (found["events"], found["fired"]) == (3, 2), found
    assert [one["event"] for one in found["new_examples"]] == ["line-2", "x"]
    assert "not public, at which no rule looks: 1" in done.errors

    for bad, why in [("no JSON", "the event"), ('{"kind":"message.posted"}', "no 'at'"), (line(1, kind="message.sent"), "kind: expected one of message.posted, ")]:
        file.write_text("\n".join([*good, bad]))
        done = world.run("policy", "backtest", "flood", "--events", str(file))
        assert done.status == 65 and f"{file}:6:" in done.errors and why in done.errors and "expected" in done.errors, done
        assert done.output == ""
    missing = world.run("policy", "backtest", "flood", "--events", str(tmp_path / "nowhere"))
    assert missing.status == 66 and "nowhere" in missing.errors, missing


def test_a_million_events_have_the_same_outcome_in_two_processes():
    """Two processes, because each has its own seed for the order of sets and dictionaries."""
    bench = haechi_binary().with_name("haechi-bench")
    # Unoptimised, a million take a quarter of an hour.
    events = 1_000_000 if "release" in str(bench) else 20_000
    command = [bench, "backtest", "--events", str(events), "--seed", "7", "--json"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outcomes = [json.loads(process.communicate(timeout=600)[0]) for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert outcomes[0]["events"] == outcomes[1]["events"] == events
    assert outcomes[0]["times that a rule fired"] > 0
    assert re.fullmatch(r"[0-9a-f]{64}", outcomes[0]["hash"]) and outcomes[0]["hash"] == outcomes[1]["hash"]

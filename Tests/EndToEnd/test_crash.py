# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Nothing that was acknowledged is lost and nothing is done twice, however often Haechi is killed."""

import collections
import os
import random
import threading
import time

import pytest
import requests
from harness import pictures
from harness.haechi import REPOSITORY, Haechi
from harness.processes import free_port, wait_until
from harness.webhooks import WebhookReceiver

SECRET = "a webhook secret for tests"
EVENTS = 1000
KILLS = 30


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_killed_at_random_moments(engine, postgresql, record_property):
    seed = int(os.environ.get("HAECHI_TEST_SEED", time.time_ns() % 1_000_000))
    print(f"\nseed {seed} (HAECHI_TEST_SEED={seed} repeats it)")
    chance = random.Random(seed)
    known = pictures.png(pictures.pattern(9200, size=64))
    with WebhookReceiver(SECRET) as platform:
        env = {
            "HAECHI_POLICIES_PATH": str(REPOSITORY / "Policies"),
            "HAECHI_WEBHOOK_URL": platform.url,
            "HAECHI_WEBHOOK_SECRET": SECRET,
        }
        if engine == "postgresql":
            env["HAECHI_DATABASE_URL"] = postgresql.create_database(f"crash_{seed}")
        with Haechi(env=env, port=free_port()) as haechi:
            (haechi.folder / "known.png").write_bytes(known)
            done = haechi.run("bank", "add", "--bank", "ncii-confirmed", "known.png")
            assert done.status == 0, done.errors
            haechi.stop()  # the next start knows the bank from its first event on
            haechi.start()
            flow = Flow(haechi, known, chance)
            sender = threading.Thread(target=flow.run)
            sender.start()
            kills = 0
            while kills < KILLS or sender.is_alive():
                if kills < KILLS:
                    # Any moment: while starting, accepting, deciding, acting.
                    time.sleep(chance.uniform(0.02, 0.6))
                    haechi.kill()
                    kills += 1
                    flow.kills = kills
                    haechi.start(wait=chance.random() < 0.5)
                elif not haechi.running:
                    haechi.start()
                else:
                    sender.join(0.5)
            haechi.wait_ready()
            assert flow.error is None, flow.error
            assert len(flow.acknowledged) == EVENTS

            waiting = wait_until("terminal states", lambda: Nothing(flow.not_terminal()), seconds=120, every=0.5)
            assert not waiting.what
            wait_until("the last deliveries", lambda: flow.bad <= {a["target"]["item"]["id"] for a in removals(platform)}, seconds=60)
            ids = collections.defaultdict(set)
            for action in removals(platform):
                ids[action["target"]["item"]["id"]].add(action["id"])
            twice = {item: actions for item, actions in ids.items() if len(actions) > 1}
            assert not twice, "an item was removed by two different actions"
            assert set(ids) == flow.bad, "something else was removed"
            assert not platform.rejected
            done = haechi.run("ledger", "verify")
            assert done.status == 0, done.errors
            repeats = len(removals(platform)) - len(ids)
            print(f"{engine}: {kills} kills, {len(ids)} removals, {repeats} deliveries repeated with the same key")
            record_property("kills", kills)


def removals(platform: WebhookReceiver) -> list[dict]:
    return [action for action in list(platform.accepted) if action["effect"] == "remove"]


class Nothing:
    """A finished wait whose result is 'nothing is missing'."""

    def __init__(self, what):
        self.what = what

    def __bool__(self) -> bool:
        return not self.what


class Flow:
    """Posts events until each is acknowledged; every tenth has the known picture."""

    def __init__(self, haechi: Haechi, known: bytes, chance: random.Random):
        self._haechi = haechi
        self._known = known
        self._digest = pictures.sha256(known)
        self.acknowledged: list[str] = []
        self.bad: set[str] = set()
        self.error: BaseException | None = None
        self.kills = 0
        self._sizes = [chance.choice([1, 1, 2, 5, 10]) for _ in range(EVENTS)]

    def run(self) -> None:
        try:
            number = 0
            while number < EVENTS:
                size = min(self._sizes[number], EVENTS - number)
                batch = [self._event(n) for n in range(number, number + size)]
                self._send(batch)
                self.acknowledged += [event["id"] for event in batch]
                number += size
                # Spread over all the kills.
                while number >= EVENTS * (self.kills + 1) / (KILLS + 1) and self.kills < KILLS:
                    time.sleep(0.01)
        except BaseException as error:
            self.error = error

    def _event(self, number: int) -> dict:
        item = {"id": f"item-{number}", "text": f"harmless words {number}"}
        if number % 10 == 0:
            item["media"] = [{"id": f"media-{number}", "type": "image/png", "sha256": self._digest}]
            self.bad.add(item["id"])
        return {
            "id": f"event-{number}", "kind": "message.posted", "at": "2026-01-01T00:00:00Z",
            "space": {"id": "square", "class": "public"}, "actor": {"id": f"actor-{number % 7}"}, "item": item,
        }  # fmt: skip

    def _send(self, batch: list[dict]) -> None:
        """As a platform would: again and again until it is acknowledged."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if any("media" in event["item"] for event in batch):
                    self._post("/v1/media", data=self._known, headers={"Content-Type": "image/png"})
                answer = self._post("/v1/events", json=batch)
                results = [result["result"] for result in answer.json()["results"]]
                assert set(results) <= {"accepted", "duplicate"}, results
                return
            except requests.RequestException:
                time.sleep(0.02)
        raise TimeoutError("a batch was never acknowledged")

    def _post(self, path: str, **options) -> requests.Response:
        answer = requests.post(self._haechi.url + path, timeout=10, **options)
        if answer.status_code >= 500:
            raise requests.RequestException(answer.text)
        assert answer.ok, answer.text
        return answer

    def not_terminal(self) -> list[str]:
        waiting = []
        with requests.Session() as session:
            for event in self.acknowledged:
                answer = session.get(f"{self._haechi.url}/v1/events/{event}", timeout=10)
                assert answer.ok, f"{event} was acknowledged and is not there: {answer.status_code}"
                body = answer.json()
                if body["state"] == "queued" or any(a["state"] in ("pending", "held") for a in body.get("actions", [])):
                    waiting.append(event)
        return waiting

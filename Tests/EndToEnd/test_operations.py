# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""What an operator relies on: stopping, the ledger, platforms that are down, metrics, and a disk that is full."""

import contextlib
import math
import re
import secrets
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from harness import pictures
from harness.console import ConsoleClient, make_account
from harness.haechi import REPOSITORY, Haechi
from harness.processes import TemporaryFolder, wait_until
from harness.recorder import Recorder, Request
from harness.webhooks import WebhookReceiver

SECRET = "a webhook secret for tests"
KNOWN = pictures.png(pictures.pattern(8500))
TERMINAL = {"cleared", "decided", "failed", "withdrawn"}


def settings(platform: Recorder | None = None, **env: str) -> dict[str, str]:
    env = {"HAECHI_POLICIES_PATH": str(REPOSITORY / "Policies"), **env}
    if platform:
        env |= {"HAECHI_WEBHOOK_URL": platform.url, "HAECHI_WEBHOOK_SECRET": SECRET}
    return env


def event(id: str, *, bad: bool = False, space: str = "public", text: str = "harmless") -> dict:
    item: dict = {"id": f"item-{id}", "text": text}
    if bad:
        item["media"] = [{"id": f"media-{id}", "type": "image/png", "sha256": pictures.sha256(KNOWN)}]
    return {
        "id": id, "kind": "message.posted", "at": "2026-01-01T00:00:00Z", "space": {"id": f"{space} square", "class": space},
        "actor": {"id": "actor"}, "item": item,
    }  # fmt: skip


def know_as_bad(haechi: Haechi) -> None:
    answer = haechi.post("/v1/fingerprints", [
        {"bank": "ncii-confirmed", "kind": "sha256", "value": pictures.sha256(KNOWN), "trust": "verified", "source": "test"},
    ])  # fmt: skip
    assert answer.ok, answer.text


def send_bad(haechi: Haechi, id: str) -> None:
    assert requests.post(haechi.url + "/v1/media", timeout=30, data=KNOWN, headers={"Content-Type": "image/png"}).ok
    answer = haechi.post("/v1/events", event(id, bad=True))
    assert answer.ok, answer.text


def status(haechi: Haechi, id: str) -> dict:
    answer = haechi.get(f"/v1/events/{id}")
    assert answer.ok, f"{id} was acknowledged and is not there: {answer.status_code}"
    return answer.json()


def ended(haechi: Haechi, id: str, seconds: float = 30) -> dict:
    def look() -> dict | None:
        found = status(haechi, id)
        return found if found["state"] in TERMINAL else None

    return wait_until(f"the end of {id}", look, seconds)


def action(haechi: Haechi, id: str, effect: str = "remove") -> dict | None:
    return next((one for one in status(haechi, id)["actions"] if one["effect"] == effect), None)


# Stopping


class Stream:
    """Posts small batches one after the other from several threads, and remembers what was acknowledged."""

    def __init__(self, haechi: Haechi, threads: int = 4):
        self._haechi = haechi
        self._over = threading.Event()
        self._lock = threading.Lock()
        self.acknowledged: list[str] = []
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(threads)]

    def __enter__(self) -> "Stream":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _run(self, thread: int) -> None:
        number = 0
        while not self._over.is_set():
            batch = [event(f"flow-{thread}-{number + n}", bad=n == 0) for n in range(5)]
            number += 5
            try:
                answer = self._haechi.post("/v1/events", batch)
            except requests.RequestException:
                return  # it stopped
            if answer.ok:
                with self._lock:
                    self.acknowledged += [one["id"] for one in answer.json()["results"] if one["result"] == "accepted"]


def test_sigterm_while_events_flow_ends_in_good_order_and_loses_nothing():
    with WebhookReceiver(SECRET) as platform, Haechi(env=settings(platform)) as haechi:
        know_as_bad(haechi)
        assert requests.post(haechi.url + "/v1/media", timeout=30, data=KNOWN, headers={"Content-Type": "image/png"}).ok
        with Stream(haechi) as flow:
            wait_until("a flow of events", lambda: len(flow.acknowledged) > 200)
            started = time.monotonic()
            assert haechi.stop() == 0, haechi.log[-3000:]
            assert time.monotonic() - started < 10
        assert "stopped" in haechi.log
        haechi.start()
        for id in flow.acknowledged:
            assert ended(haechi, id)["state"] in {"cleared", "decided"}
        answer = haechi.post("/v1/events", event(flow.acknowledged[0]))
        assert answer.json()["results"][0]["result"] == "duplicate"
        assert haechi.run("ledger", "verify").status == 0


def test_an_open_page_does_not_hinder_the_stop():
    with Haechi(env=settings()) as haechi, ConsoleClient(haechi) as client:
        with client._session.get(haechi.url + "/console/stream", stream=True, timeout=30) as page:
            assert page.ok and page.headers["Content-Type"].startswith("text/event-stream")
            lines = page.iter_lines()
            assert next(lines)
            started = time.monotonic()
            assert haechi.stop() == 0, haechi.log[-3000:]
            assert time.monotonic() - started < 10


UNFINISHED = {
    "silent": b"",
    "kept open": b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n",
    "half a head": b"GET /live HTTP/1.1\r\nHo",
    "half a body": b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{",
}


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in UNFINISHED.items()])
def test_an_unfinished_connection_does_not_hinder_the_stop(data):
    with Haechi(env=settings()) as haechi, contextlib.ExitStack() as wires:
        for _ in range(8):  # so that each of the server's threads has some
            wires.enter_context(socket.create_connection(("127.0.0.1", haechi.port), timeout=10)).sendall(data)
        for _ in range(20):  # answered after them: what they sent has been read
            assert haechi.get("/live").ok
        started = time.monotonic()
        assert haechi.stop() == 0, haechi.log[-3000:]
        assert time.monotonic() - started < 10


# The ledger


@pytest.fixture(scope="module")
def recorded() -> Iterator[tuple[Haechi, str]]:
    """A Haechi that has done something and was stopped, and the head that was noted on the way."""
    with WebhookReceiver(SECRET) as platform, Haechi(env=settings(platform)) as haechi:
        make_account(haechi, "mina")
        know_as_bad(haechi)
        send_bad(haechi, "first")
        wait_until("the removal", lambda: (action(haechi, "first") or {}).get("state") == "done")
        noted = haechi.run("ledger", "head").output.strip()
        send_bad(haechi, "second")
        wait_until("the removal", lambda: (action(haechi, "second") or {}).get("state") == "done")
        assert haechi.run("ledger", "verify").status == 0, "beside the server"
        assert haechi.stop() == 0
        yield haechi, noted


class Copy:
    """A copy of the database to tamper with."""

    def __init__(self, haechi: Haechi, path: Path):
        self._haechi = haechi
        self._path = path
        with contextlib.closing(sqlite3.connect(haechi.folder / "var" / "haechi.db")) as source, self.open() as target:
            source.backup(target)

    @contextlib.contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self._path)) as connection, connection:
            yield connection

    @property
    def length(self) -> int:
        with self.open() as sql:
            return sql.execute("select max(sequence) from ledger").fetchone()[0]

    def verify(self, *arguments: str):
        return self._haechi.run("ledger", "verify", "--database", f"sqlite:{self._path}", *arguments)


@pytest.fixture
def copy(recorded, tmp_path) -> Copy:
    return Copy(recorded[0], tmp_path / "copy.db")


def assert_broken(done, *says: str) -> None:
    assert done.status == 1, done
    assert "BROKEN" in done.errors and "all linked" not in done.output
    for part in says:
        assert part in done.errors, done.errors


def test_an_untouched_copy_is_whole(copy, recorded):
    done = copy.verify()
    assert done.status == 0, done.errors
    assert f"{copy.length} entries, all linked" in done.output
    assert copy.length >= 6
    done = copy.verify("--head", recorded[1])
    assert done.status == 0, done.errors


def test_a_changed_entry_is_found(copy):
    for number in [1, copy.length // 2, copy.length]:
        with copy.open() as sql:
            [before] = sql.execute("select canonical from ledger where sequence = ?", [number]).fetchone()
            changed = re.sub(r"[a-z]", lambda found: "b" if found[0] == "a" else "a", before)
            assert changed != before
            sql.execute("update ledger set canonical = ? where sequence = ?", [changed, number])
        assert_broken(copy.verify(), f"entry {number} ")
        with copy.open() as sql:
            sql.execute("update ledger set canonical = ? where sequence = ?", [before, number])
        assert copy.verify().status == 0


def test_one_changed_letter_is_found(copy):
    with copy.open() as sql:
        [number] = sql.execute("select min(sequence) from ledger where canonical like '%operator%'").fetchone()
        sql.execute("update ledger set canonical = replace(canonical, 'operator', 'operatos') where sequence = ?", [number])
        sql.execute("update ledger set canonical = replace(canonical, '\"at\"', '\"aT\"') where sequence = ?", [copy.length])
        assert sql.execute("select count(*) from ledger where canonical like '%operatos%'").fetchone() == (1,)
    assert_broken(copy.verify(), f"entry {number} ")


def test_a_missing_last_entry_is_found(copy):
    end = copy.length
    with copy.open() as sql:
        sql.execute("delete from ledger where sequence = ?", [end])
    assert_broken(copy.verify(), f"ends at entry {end - 1}", f"head says {end}")


def test_a_missing_middle_entry_is_found(copy):
    number = copy.length // 2
    with copy.open() as sql:
        sql.execute("delete from ledger where sequence = ?", [number])
    assert_broken(copy.verify(), f"entry {number} ")


def test_entries_that_changed_places_are_found(copy):
    with copy.open() as sql:
        rows = dict(sql.execute("select sequence, canonical from ledger where sequence in (2, 3)").fetchall())
        for number, other in [(2, 3), (3, 2)]:
            sql.execute("update ledger set canonical = ? where sequence = ?", [rows[other], number])
    assert_broken(copy.verify(), "entry 2 ")


def test_an_added_entry_is_found(copy):
    end = copy.length
    with copy.open() as sql:
        sql.execute("insert into ledger select ?, canonical, hash from ledger where sequence = ?", [end + 1, end])
    assert_broken(copy.verify(), str(end + 1))


def test_an_emptied_ledger_is_found(copy):
    with copy.open() as sql:
        sql.execute("delete from ledger")
    assert_broken(copy.verify())


def test_a_cut_with_a_matching_head_is_found_by_the_noted_head(copy, recorded):
    noted = int(recorded[1].split(":")[0])
    with copy.open() as sql:
        sql.execute("delete from ledger where sequence >= ?", [noted])
        sequence, hash = sql.execute("select sequence, hash from ledger order by sequence desc limit 1").fetchone()
        sql.execute("update ledger_head set sequence = ?, hash = ?", [sequence, hash])
    assert copy.verify().status == 0, "the reason why heads are kept elsewhere"
    assert_broken(copy.verify("--head", recorded[1]), "noted head")


def test_a_head_of_another_chain_is_not_believed(copy, recorded):
    sequence, _, hash = recorded[1].partition(":")
    assert_broken(copy.verify("--head", f"{sequence}:{'0' * len(hash)}"), "noted head")
    assert_broken(copy.verify("--head", f"{int(sequence) + 1}:{hash}"), "noted head")
    done = copy.verify("--head", "nonsense")
    assert done.status not in (0, 1) and "SEQUENCE:HASH" in done.errors


# Platforms


def test_a_platform_that_is_down_is_asked_again_until_it_is_done():
    down = threading.Event()
    down.set()

    def answer(_: Request) -> tuple[int, dict]:
        return (500, {}) if down.is_set() else (200, {})

    with Recorder(answer) as platform, Haechi(env=settings(platform)) as haechi:
        know_as_bad(haechi)
        send_bad(haechi, "bad")

        def removals() -> list[Request]:
            return [request for request in platform.requests if request.json()["effect"] == "remove"]

        wait_until("repeated tries", lambda: len(removals()) >= 3)
        assert action(haechi, "bad")["state"] == "pending"
        assert "500" in action(haechi, "bad")["note"]
        down.clear()
        wait_until("the removal", lambda: action(haechi, "bad")["state"] == "done", seconds=60)
        # Each try is recognisable as the same.
        assert len({request.headers["idempotency-key"] for request in removals()}) == 1
        done = len(removals())
        send_bad(haechi, "later")
        wait_until("the next removal", lambda: (action(haechi, "later") or {}).get("state") == "done")
        assert len(removals()) == done + 1, "done means that it is not sent again"


def test_a_platform_that_is_not_there_is_asked_again():
    with Recorder() as gone:
        port = gone.port
    with Haechi(env=settings(gone)) as haechi:
        know_as_bad(haechi)
        send_bad(haechi, "bad")
        wait_until("a failed try", lambda: (action(haechi, "bad") or {}).get("note"))
        assert action(haechi, "bad")["state"] == "pending"
        with Recorder(port=port):
            wait_until("the removal", lambda: action(haechi, "bad")["state"] == "done", seconds=60)


def test_a_platform_that_refuses_is_believed_and_the_note_says_so():
    with Recorder(lambda request: (400, {})) as platform, Haechi(env=settings(platform)) as haechi:
        know_as_bad(haechi)
        send_bad(haechi, "bad")
        wait_until("the failure", lambda: (action(haechi, "bad") or {}).get("state") == "failed")
        assert "400" in action(haechi, "bad")["note"]
        assert len([request for request in platform.requests if request.json()["effect"] == "remove"]) == 1
        assert 'haechi_actions{state="failed"}' in haechi.get("/metrics").text
        assert "action failed" in haechi.log


def test_signatures_hold_for_one_time_one_body_and_one_secret():
    with WebhookReceiver(SECRET) as platform, Haechi(env=settings(platform)) as haechi:
        know_as_bad(haechi)
        send_bad(haechi, "bad")
        delivery = platform.wait_for("the removal", lambda request: b'"remove"' in request.body)
        sent = int(delivery.headers["haechi-timestamp"])
        assert abs(time.time() - sent) < 60

        # A receiver that forgives any age: what still fails does so for its signature.
        patient, stranger = WebhookReceiver(SECRET, window_seconds=10**9), WebhookReceiver("another secret of tests")
        assert patient.is_genuine(delivery) and platform.is_genuine(delivery)
        older = replace(delivery, headers={**delivery.headers, "haechi-timestamp": str(sent - 3600)})
        assert not patient.is_genuine(older), "a recorded request could be given a new time"
        assert not patient.is_genuine(replace(delivery, body=delivery.body.replace(b"remove", b"notify")))
        assert not stranger.is_genuine(delivery)
        assert not platform.rejected


# Privacy


def test_nothing_of_cleared_and_private_messages_stays():
    canary = f"canary{secrets.token_hex(12)}"
    with WebhookReceiver(SECRET) as platform, Haechi(env=settings(platform, HAECHI_LOG_LEVEL="trace")) as haechi:
        answer = haechi.post("/v1/events", [
            event("cleared", text=f"public {canary}"), event("private", space="private", text=f"private {canary}"),
            event("encrypted", space="encrypted", text=f"encrypted {canary}"),
        ])  # fmt: skip
        assert [one["result"] for one in answer.json()["results"]] == ["accepted", "dropped", "dropped"]
        assert ended(haechi, "cleared")["state"] == "cleared"
        assert haechi.post("/v1/verdicts", event("asked", text=f"asked {canary}")).json()["verdict"] == "allow"
        wrong = requests.post(
            haechi.url + "/v1/events", data=f'{{"id": "{canary}', headers={"Content-Type": "application/json"}, timeout=30
        )
        assert wrong.status_code == 400
        assert haechi.stop() == 0
        assert_nowhere(haechi, canary)
        assert b"canary" not in platform.everything()


def assert_nowhere(haechi: Haechi, canary: str) -> None:
    """No file in the working folder, database and log among them, has the canary."""
    files = [path for path in haechi.folder.rglob("*") if path.is_file()]
    assert {"haechi.db", "haechi.log"} <= {path.name for path in files}
    for path in files:
        content = path.read_bytes()
        place = content.find(canary.encode())
        assert place < 0, f"{path.name}: {content[place - 60 : place + 60]!r}"


# Metrics

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:[a-zA-Z_]\w*=\"(?:[^\"\\\n]|\\[\\\"n])*\",?)*)\}})? (\S+)( -?\d+)?")
LABEL = re.compile(r"([a-zA-Z_]\w*)=\"((?:[^\"\\\n]|\\[\\\"n])*)\"")


def parse_metrics(text: str) -> dict[tuple[str, frozenset], float]:
    """Prometheus' text format 0.0.4, with everything that it demands; raises AssertionError with the line that is wrong."""
    assert text.endswith("\n")
    samples: dict[tuple[str, frozenset], float] = {}
    types: dict[str, str] = {}
    finished: set[str] = set()
    current = ""
    for line in text.splitlines():
        if found := re.fullmatch(rf"# (HELP|TYPE) ({NAME}) (.*)", line):
            family = found[2]
            assert family not in finished, f"twice: {line}"
            if family != current:
                finished.add(current)
                current = family
            if found[1] == "TYPE":
                assert family not in types, f"twice: {line}"
                assert found[3] in {"counter", "gauge", "histogram", "summary", "untyped"}, line
                types[family] = found[3]
            continue
        assert not line.startswith("#") and line, f"neither comment nor sample: {line!r}"
        sample = SAMPLE.fullmatch(line)
        assert sample, f"no sample: {line!r}"
        name, labels, value = sample[1], LABEL.findall(sample[2] or ""), float(sample[3].replace("Inf", "inf"))
        assert len({key for key, _ in labels}) == len(labels), f"a label twice: {line}"
        family = re.sub(r"_(bucket|sum|count)$", "", name) if types.get(name) is None else name
        assert family == current, f"outside of its family: {line}"
        assert family in types, f"without a type: {line}"
        if types[family] == "counter":
            assert value >= 0, line
        key = (name, frozenset(labels))
        assert key not in samples, f"twice: {line}"
        samples[key] = value
    for family in [name for name, kind in types.items() if kind == "histogram"]:
        check_histogram(family, samples)
    return samples


def check_histogram(family: str, samples: dict[tuple[str, frozenset], float]) -> None:
    """Buckets only grow, and the last has all."""
    series: dict[frozenset, list[tuple[float, float]]] = {}
    for (name, labels), value in samples.items():
        if name == f"{family}_bucket":
            [bound] = [float(v.replace("Inf", "inf")) for k, v in labels if k == "le"]
            series.setdefault(frozenset(one for one in labels if one[0] != "le"), []).append((bound, value))
    assert series, family
    for labels, buckets in series.items():
        buckets.sort()
        counts = [count for _, count in buckets]
        assert counts == sorted(counts), (family, labels)
        assert math.isinf(buckets[-1][0]) and counts[-1] == samples[(f"{family}_count", labels)]
        assert (f"{family}_sum", labels) in samples


def test_metrics_are_prometheus_text_and_count_what_waits():
    with WebhookReceiver(SECRET) as platform, Haechi(env=settings(platform)) as haechi:
        know_as_bad(haechi)
        send_bad(haechi, 'quoted " name')
        send_bad(haechi, "bad")
        assert haechi.post("/v1/events", [event("a"), event("b"), event("c", space="private")]).ok
        for id in ["a", "b", "bad"]:
            ended(haechi, id)
        wait_until("the removal", lambda: action(haechi, "bad")["state"] == "done")
        wait_until("the other removal", lambda: action(haechi, 'quoted " name')["state"] == "done")
        haechi.get("/v1/events/none")
        answer = haechi.get("/metrics")
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        samples = parse_metrics(answer.text)

        def value(name: str, **labels: str) -> float:
            return samples[(name, frozenset(labels.items()))]

        assert value("haechi_events", state="queued") == 0
        assert value("haechi_events", state="cleared") == 2
        assert value("haechi_events", state="decided") == 2
        assert value("haechi_actions", state="pending") == 0
        assert value("haechi_actions", state="held") == 0
        assert value("haechi_actions", state="done") >= 2
        assert value("haechi_oldest_waiting_seconds", what="event") == 0
        assert value("haechi_oldest_waiting_seconds", what="action") == 0
        assert value("haechi_events_received_total", result="accepted") == 4
        assert value("haechi_events_received_total", result="dropped") == 1
        assert value("haechi_webhook_answers_total", status="2xx") >= 2
        assert value("haechi_time_to_removal_seconds_count") >= 2


def test_the_backlog_is_seen_while_a_platform_is_down():
    with Recorder(lambda request: (503, {})) as platform, Haechi(env=settings(platform)) as haechi:
        know_as_bad(haechi)
        send_bad(haechi, "bad")

        def waiting() -> bool:
            samples = parse_metrics(haechi.get("/metrics").text)
            age = samples[("haechi_oldest_waiting_seconds", frozenset({("what", "action")}))]
            return age > 1 and samples[("haechi_actions", frozenset({("state", "pending")}))] >= 1

        wait_until("the waiting action in the metrics", waiting)


# A full disk


class SmallDisk:
    """A file system of a few megabytes in memory, unmounted whatever happens."""

    def __init__(self, megabytes: int = 6):
        self._folder = TemporaryFolder("disk")
        self._megabytes = megabytes
        self.path = self._folder.path

    def __enter__(self) -> "SmallDisk":
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={self._megabytes}m", "tmpfs", self.path], capture_output=True, text=True
        )
        if done.returncode != 0:
            self._folder.__exit__()
        assert done.returncode == 0, f"mounting needs root: {done.stderr}"
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "--lazy", self.path], check=False)
        self._folder.__exit__()

    def fill(self) -> None:
        """Takes all that is free."""
        with (self.path / "filler").open("ab", buffering=0) as file:
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(4096))

    def free(self) -> None:
        (self.path / "filler").unlink()


class Flood:
    """Sends more at once than the database's own files have room for, until it is refused."""

    def __init__(self, haechi: Haechi):
        self.acknowledged: list[str] = []
        self.unkept: list[str] = []
        self._haechi = haechi
        # In a list, since a refusal itself is false.
        [self.answer] = wait_until("a refusal", self._refused, seconds=60, every=0.001)

    def _refused(self) -> list[requests.Response]:
        batch = [event(f"full-{secrets.token_hex(8)}", text="harmless " * 5_000) for _ in range(100)]
        answer = self._haechi.post("/v1/events", batch)
        (self.acknowledged if answer.ok else self.unkept).extend(one["id"] for one in batch)
        return [] if answer.ok else [answer]


def test_a_full_disk_loses_nothing_that_was_acknowledged():
    with SmallDisk() as disk, Haechi(env=settings(HAECHI_DATABASE_URL=f"sqlite:{disk.path}/haechi.db")) as haechi:
        assert haechi.post("/v1/events", event("before")).ok
        assert ended(haechi, "before")["state"] == "cleared"
        disk.fill()
        flood = Flood(haechi)
        assert flood.answer.status_code >= 500, flood.answer.text
        assert flood.answer.json()["error"]["message"]
        assert haechi.running, haechi.log[-3000:]
        for id in flood.acknowledged:
            status(haechi, id)  # is there
        for id in flood.unkept:
            assert haechi.get(f"/v1/events/{id}").status_code == 404

        disk.free()
        wait_until("room again", lambda: haechi.post("/v1/events", event("after")).ok, seconds=20)
        for id in [*flood.acknowledged, "after"]:
            assert ended(haechi, id)["state"] == "cleared"
        assert haechi.get("/ready").status_code == 200
        assert haechi.run("ledger", "verify").status == 0
        assert haechi.stop() == 0
        haechi.start()
        for id in ["before", *flood.acknowledged, "after"]:
            assert status(haechi, id)["state"] == "cleared"


def test_a_full_disk_is_said_aloud():
    with SmallDisk() as disk, Haechi(env=settings(HAECHI_DATABASE_URL=f"sqlite:{disk.path}/haechi.db")) as haechi:
        disk.fill()
        answer = Flood(haechi).answer
        assert answer.status_code == 503 and answer.headers.get("Retry-After"), f"the sender should come again: {answer.text}"
        told = [haechi.get("/ready").text, answer.text, haechi.log]
        assert any("space" in text for text in told), told

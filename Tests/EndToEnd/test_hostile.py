# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Whatever is sent, the server lives on, says no clearly, and still finds what it is there to find."""

import base64
import io
import itertools
import json
import os
import random
import socket
import struct
import time
import zlib
from collections.abc import Callable, Iterator

import pytest
import requests
from harness import pictures
from harness.haechi import REPOSITORY, Haechi
from harness.processes import wait_until
from harness.recorder import Recorder
from harness.webhooks import WebhookReceiver

SECRET = "a webhook secret for tests"
KNOWN = pictures.png(pictures.pattern(8300))
TERMINAL = {"cleared", "decided", "failed"}
_numbers = itertools.count(1)


def new_event(**item: object) -> dict:
    number = next(_numbers)
    return {
        "id": f"event-{number}", "kind": "message.posted", "at": "2026-01-01T00:00:00Z",
        "space": {"id": "square", "class": "public"}, "actor": {"id": "actor"}, "item": {"id": f"item-{number}", **item},
    }  # fmt: skip


class World:
    """A Haechi that knows one picture as bad, and a platform that receives its actions."""

    def __init__(self, **env: str):
        self.platform = WebhookReceiver(SECRET)
        env = {
            "HAECHI_POLICIES_PATH": str(REPOSITORY / "Policies"), "HAECHI_WEBHOOK_URL": self.platform.url,
            "HAECHI_WEBHOOK_SECRET": SECRET, **env,
        }  # fmt: skip
        self.haechi = Haechi(env=env)
        self.pid = 0

    def __enter__(self) -> "World":
        self.platform.__enter__()
        try:
            self.haechi.__enter__()
            self.pid = self._listener()
            value = pictures.sha256(KNOWN)
            answer = self.haechi.post("/v1/fingerprints", [
                {"bank": "ncii-confirmed", "kind": "sha256", "value": value, "trust": "verified", "source": "test"},
            ])  # fmt: skip
            assert answer.ok, answer.text
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.haechi.__exit__(None, None, None)
        self.platform.__exit__(None, None, None)

    def _listener(self) -> int:
        """The process as its database's lock names it: a new start would name another."""
        text = (self.haechi.folder / "var" / "haechi.db.lock").read_text()
        return int(text.removeprefix("process ").strip("\0\n "))

    # Sending

    def upload(self, data: bytes, type: str = "image/png") -> requests.Response:
        return requests.post(self.haechi.url + "/v1/media", data=data, headers={"Content-Type": type}, timeout=60)

    def send(self, event: dict) -> dict:
        """Hands an event in and waits until it has ended; returns its status."""
        answer = self.haechi.post("/v1/events", event)
        assert answer.ok, answer.text
        return self.ended(event["id"])

    def ended(self, id: str, seconds: float = 60) -> dict:
        def state() -> dict | None:
            status = self.haechi.get(f"/v1/events/{id}").json()
            return status if status["state"] in TERMINAL else None

        return wait_until(f"the end of {id}", state, seconds)

    def judge(self, data: bytes, type: str = "image/png") -> dict:
        """Uploads bytes as a picture and posts a message with it."""
        answer = self.upload(data, type)
        assert answer.ok, answer.text
        return self.send(new_event(media=[{"id": f"media-{next(_numbers)}", "type": type, "sha256": answer.json()["sha256"]}]))

    def raw(self, data: bytes, seconds: float = 10) -> bytes:
        """What comes back to these bytes until the server closes or is silent for a second."""
        with socket.create_connection(("127.0.0.1", self.haechi.port), timeout=seconds) as wire:
            answer = b""
            try:
                wire.sendall(data)
                wire.settimeout(1)
                while part := wire.recv(65536):
                    answer += part
            except (TimeoutError, ConnectionError):
                pass
            return answer

    # What must hold after everything

    def assert_well(self) -> None:
        """The same process, ready, and it still removes the known picture."""
        assert self.haechi.running, self.haechi.log[-3000:]
        assert self._listener() == self.pid, "another process"
        wait_until("/ready", lambda: self.haechi.get("/ready").status_code == 200)
        event = new_event(media=[{"id": f"media-{next(_numbers)}", "type": "image/png", "sha256": pictures.sha256(KNOWN)}])
        assert self.upload(KNOWN).ok
        assert self.send(event)["state"] == "decided"
        item = event["item"]["id"]
        wait_until("the removal", lambda: any(self._removes(action, item) for action in list(self.platform.accepted)))
        assert not self.platform.rejected

    @staticmethod
    def _removes(action: dict, item: str) -> bool:
        return action["effect"] == "remove" and action["target"]["item"]["id"] == item


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        yield running


@pytest.fixture(autouse=True)
def still_well(request) -> Iterator[None]:
    yield
    if "world" in request.fixturenames:
        request.getfixturevalue("world").assert_well()


# Bodies

GOOD = json.dumps(new_event(text="harmless")).encode()
JSON = "application/json"


def wrong(**changes: object) -> bytes:
    return json.dumps({**new_event(text="harmless"), **changes}).encode()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="empty"),
        pytest.param(b"{", 400, id="one brace"),
        pytest.param(GOOD[:-1], 400, id="truncated"),
        pytest.param(GOOD + b"}", 400, id="something after it"),
        pytest.param(GOOD.replace(b"harmless", b"\xff\xfe"), 400, id="no UTF-8"),
        pytest.param(GOOD.replace(b"harmless", b"\xed\xa0\x80"), 400, id="a surrogate in UTF-8"),
        pytest.param(GOOD.replace(b"harmless", b"\\ud800"), 400, id="half a surrogate pair"),
        pytest.param(GOOD.replace(b"harmless", b"a\x00b"), 400, id="a control character"),
        pytest.param(GOOD.decode().encode("utf-16"), 400, id="UTF-16"),
        pytest.param(b"[" * 100_000, 400, id="nested without end"),
        pytest.param(b"[" * 4_000_000 + b"]" * 4_000_000, 400, id="nested 4,000,000 deep"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400, id="objects 100,000 deep"),
        pytest.param(b"1e999999999", 400, id="a huge number"),
        pytest.param(b"null", 422, id="null"),
        pytest.param(b"3", 422, id="a number"),
        pytest.param(b"[1, null, []]", 422, id="an array of other things"),
        pytest.param(b"{}", 422, id="an empty object"),
        pytest.param(wrong(id=7), 422, id="a number as id"),
        pytest.param(wrong(id=""), 422, id="an empty id"),
        pytest.param(wrong(id="x" * 1_000_000), 422, id="an endless id"),
        pytest.param(wrong(at="yesterday"), 422, id="no time"),
        pytest.param(wrong(kind="message.sent"), 422, id="an unknown kind"),
        pytest.param(wrong(space=[]), 422, id="an array as space"),
        pytest.param(wrong(item={"id": "i", "media": {}}), 422, id="an object as media"),
        pytest.param(wrong(item={"id": "i", "media": [{"id": "m", "sha256": "no"}]}), 422, id="no hash"),
        pytest.param(b"[" + b",".join([b"{}"] * 1_001) + b"]", 422, id="1,001 events"),
        pytest.param(b'"' + b"a" * (9 << 20) + b'"', 413, id="9 MiB"),
    ],
)  # fmt: skip
def test_a_wrong_body_is_refused_with_a_reason(world, body, status):
    for path in ["/v1/events", "/v1/verdicts"]:
        answer = requests.post(world.haechi.url + path, data=body, headers={"Content-Type": JSON}, timeout=60)
        # A check takes no list, so it may say no to one for another reason.
        wanted = {status} if path == "/v1/events" else {400, 413, 422}
        assert answer.status_code in wanted, (path, answer.status_code, answer.text[:300])
        error = answer.json()["error"]
        assert error["code"] and error["message"]


@pytest.mark.parametrize("type", ["", "text/plain", "application/xml", "multipart/form-data", "json", "a/b;" * 1000])
def test_another_content_type_is_refused(world, type):
    for path in ["/v1/events", "/v1/verdicts", "/v1/reports", "/v1/fingerprints", "/v1/media"]:
        answer = requests.post(world.haechi.url + path, data=GOOD, headers={"Content-Type": type}, timeout=30)
        assert answer.status_code == 415, (path, answer.status_code, answer.text)


def test_one_bad_line_refuses_all_lines(world):
    good = new_event(text="harmless")
    body = json.dumps(good).encode() + b"\n{broken\n"
    headers = {"Content-Type": "application/x-ndjson"}
    answer = requests.post(world.haechi.url + "/v1/events", data=body, headers=headers, timeout=30)
    assert answer.status_code == 400 and "line 2" in answer.json()["error"]["message"]
    assert world.haechi.get(f"/v1/events/{good['id']}").status_code == 404


def test_odd_ids_in_paths_are_not_found(world):
    for path in ["%00", "%ff%fe", "..%2f..%2fetc%2fpasswd", "x" * 7_000, "%", "' or 1=1 --"]:
        answer = world.raw(f"GET /v1/events/{path.replace(' ', '%20')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400")), (path[:30], answer[:200])


# Wires


POST = b"POST /v1/events HTTP/1.1\r\nHost: x\r\n"
GET = b"GET /live HTTP/1.1\r\nHost: x\r\n"


def request_head(length: int, extra: bytes = b"") -> bytes:
    return POST + b"Content-Type: application/json\r\n" + extra + f"Content-Length: {length}\r\n\r\n".encode()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64), id="a TLS greeting"),
        pytest.param(bytes(range(256)) * 100, id="all bytes"),
        pytest.param(b"GET / HTTP/9.9\r\n\r\n", id="an unknown version"),
        pytest.param(POST + b"Content-Length: -5\r\n\r\n", id="a negative length"),
        pytest.param(POST + b"Content-Length: 99999999999999999999999\r\n\r\n", id="an endless length"),
        pytest.param(POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="two lengths"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n", id="a wrong chunk"),
        pytest.param(GET + b"".join(b"X-%d: y\r\n" % n for n in range(20_000)) + b"\r\n", id="20,000 headers"),
        pytest.param(GET + b"X: " + b"a" * 2_000_000 + b"\r\n\r\n", id="a header of 2 MB"),
        pytest.param(b"GET /" + b"a" * 2_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", id="a path of 2 MB"),
        pytest.param(GET + b"X: a\x00b\r\n\r\n", id="a zero byte in a header"),
    ],
)
def test_what_is_no_http_is_refused_or_cut_off(world, data):
    answer = world.raw(data)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer[:200]


def test_pipelined_requests_are_answered_in_order_until_the_garbage(world):
    event = json.dumps(new_event(text="harmless")).encode()
    answer = world.raw(request_head(len(event)) + event + b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n" + b"\x00garbage\r\n\r\n" * 50)
    accepted, live = answer.find(b'"accepted"'), answer.find(b'"live":true')
    assert 0 <= accepted < live, answer[:500]
    assert answer.count(b"HTTP/1.1 200") == 2


def test_half_open_sockets_keep_nobody_out(world):
    begun = [b"", b"P", POST, request_head(1000) + b'{"id": "ha', request_head(8_000_000) + b"[" * 1000]
    open_sockets = []
    try:
        for number in range(300):
            wire = socket.create_connection(("127.0.0.1", world.haechi.port), timeout=10)
            wire.sendall(begun[number % len(begun)])
            if number % 3 == 0:
                wire.shutdown(socket.SHUT_WR)
            open_sockets.append(wire)
        world.assert_well()
    finally:
        for number, wire in enumerate(open_sockets):
            if number % 2:  # ends with a reset instead of in good order
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            wire.close()


def test_random_bytes_on_the_wire(world):
    seed = int(os.environ.get("HAECHI_TEST_SEED", time.time_ns() % 1_000_000))
    print(f"\nseed {seed} (HAECHI_TEST_SEED={seed} repeats it)")
    chance = random.Random(seed)
    event = json.dumps(new_event(text="harmless")).encode()
    whole = request_head(len(event), b"Connection: close\r\n") + event
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        with socket.create_connection(("127.0.0.1", world.haechi.port), timeout=10) as wire:
            try:
                wire.sendall(bytes(data))
                wire.shutdown(socket.SHUT_WR)
                answer = wire.recv(65536)
            except ConnectionError:
                continue
        assert not answer.startswith(b"HTTP/1.1 5"), (seed, bytes(data), answer[:300])


# Pictures


def encoded(format: str, seed: int = 8100, size: int = 128) -> bytes:
    out = io.BytesIO()
    pictures.pattern(seed, size).save(out, format)
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_claiming(width: int, height: int, data: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)  # one bit a pixel, grey
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def bomb(width: int, height: int) -> bytes:
    """All zero rows: 50 MB that pack into some tens of kilobytes, and 400 million pixels."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    return png_claiming(width, height, b"".join(packer.compress(row) for _ in range(height)) + packer.flush())


FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp", "AVIF": "image/avif"}


def test_an_empty_picture_is_refused(world):
    answer = world.upload(b"")
    assert answer.status_code == 422 and "at least one byte" in answer.text


def test_a_picture_that_is_too_large_is_refused(world):
    answer = world.upload(bytes(21 << 20))
    assert answer.status_code == 413 and str(20 << 20) in answer.text


@pytest.mark.parametrize("format", FORMATS)
def test_cut_pictures_come_to_an_end(world, format):
    whole = encoded(format)
    end = len(whole)
    for length in sorted({1, 3, 8, 12, 20, 30, 40, end // 4, end // 2, end * 3 // 4, end - 12, end - 1}):
        assert world.judge(whole[:length], FORMATS[format])["state"] in TERMINAL, length


UNREADABLE: list[tuple[str, Callable[[], bytes]]] = [
    ("a header of 60000x60000", lambda: png_claiming(60_000, 60_000, zlib.compress(bytes(100)))),
    ("a header of 2147483647x2147483647", lambda: png_claiming(2**31 - 1, 2**31 - 1, zlib.compress(bytes(100)))),
    ("a bomb of 20000x20000", lambda: bomb(20_000, 20_000)),
    ("no pixels at all", lambda: png_claiming(0, 0, zlib.compress(b""))),
    ("JPEG's first bytes and then words", lambda: b"\xff\xd8\xff\xe0" + b"words " * 500),
    ("a GIF of 65535x65535", lambda: b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;"),
]  # fmt: skip


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in UNREADABLE])
def test_what_cannot_be_looked_at_is_not_taken_for_clean(world, make):
    data = make()
    started = time.monotonic()
    status = world.judge(data)
    assert status["state"] == "decided", status
    assert time.monotonic() - started < 30


NO_PICTURE: list[tuple[str, Callable[[], bytes]]] = [
    ("RIFF that is no WebP", lambda: b"RIFF\x10\x00\x00\x00WAVE" + bytes(16)),
    ("SVG", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
    ("PDF", lambda: b"%PDF-1.7\n" + bytes(200)),
    ("TIFF", lambda: encoded("TIFF")),
    ("zeros", lambda: bytes(5_000_000)),
    ("noise", lambda: random.Random(1).randbytes(100_000)),
]  # fmt: skip


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in NO_PICTURE])
def test_what_is_no_picture_comes_to_an_end(world, make):
    assert world.judge(make())["state"] in TERMINAL


@pytest.mark.parametrize("format", ["BMP", "TIFF"])
def test_a_picture_in_a_format_that_is_not_read_is_not_taken_for_clean(world, format):
    """Many programs show these to people: a known picture must not pass by being saved in another format."""
    out = io.BytesIO()
    pictures.pattern(8300).save(out, format)
    status = world.judge(out.getvalue(), f"image/{format.lower()}")
    assert status["state"] == "decided", status


# 64 x 48 pixels of a smooth pattern, written by libheif with x265; and six frames of another one, by FFmpeg with libx264.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAAAAAER"
    "AAAEAAQAAAAABoQABAAAAAAAAAJwAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbw"
    "AAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBB"
    "Zbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAAB"
    "AAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAAKRtZGF0AAAAmCgBrzbpx2bxi5+"
    "y10DvDyMaRihuzlt2W4qUI1MF6/nUqFD53bBvl5VXrRSwRySesSHEJEIg4j5WWb3v/XkUNEp8QZoKEf+uwS7MKnLIZ27Y5TWPNLXvGt1Bu2LxXVjIaO"
    "CXOQYvprgzDi+yj7YAkijeQcGt9VR92ueuldGTLzkSMmg3IcDD3Eam8obWzXFLZFowzVeFGLnP"
)  # fmt: skip
VIDEO = base64.b64decode(
    "AAAAIGZ0eXBpc29tAAACAGlzb21pc28yYXZjMW1wNDEAAAAIZnJlZQAAAt5tZGF0AAACQwYF//8/3EXpvebZSLeWLNgg2SPu73gyNjQgLSBjb3JlIDE"
    "2NSAtIEguMjY0L01QRUctNCBBVkMgY29kZWMgLSBDb3B5bGVmdCAyMDAzLTIwMjUgLSBodHRwOi8vd3d3LnZpZGVvbGFuLm9yZy94MjY0Lmh0bWwgLS"
    "BvcHRpb25zOiBjYWJhYz0wIHJlZj0xIGRlYmxvY2s9MDowOjAgYW5hbHlzZT0wOjAgbWU9ZGlhIHN1Ym1lPTAgcHN5PTEgcHN5X3JkPTEuMDA6MC4wM"
    "CBtaXhlZF9yZWY9MCBtZV9yYW5nZT0xNiBjaHJvbWFfbWU9MSB0cmVsbGlzPTAgOHg4ZGN0PTAgY3FtPTAgZGVhZHpvbmU9MjEsMTEgZmFzdF9wc2tp"
    "cD0xIGNocm9tYV9xcF9vZmZzZXQ9MCB0aHJlYWRzPTEgbG9va2FoZWFkX3RocmVhZHM9MSBzbGljZWRfdGhyZWFkcz0wIG5yPTAgZGVjaW1hdGU9MSB"
    "pbnRlcmxhY2VkPTAgYmx1cmF5X2NvbXBhdD0wIGNvbnN0cmFpbmVkX2ludHJhPTAgYmZyYW1lcz0wIHdlaWdodHA9MCBrZXlpbnQ9MyBrZXlpbnRfbW"
    "luPTEgc2NlbmVjdXQ9MCBpbnRyYV9yZWZyZXNoPTAgcmM9Y3JmIG1idHJlZT0wIGNyZj00MC4wIHFjb21wPTAuNjAgcXBtaW49MCBxcG1heD02OSBxc"
    "HN0ZXA9NCBpcF9yYXRpbz0xLjQwIGFxPTAAgAAAAB1liIQ6EYFxYAAgP1iVnwakgo0DNg0QEy4wBRSRTgAAAA5BmiCriFt4hbcIVrFE4AAAABBBmkBK"
    "4QUfvqP3wR9VsfW2AAAAImWIggWhGAdx8AAQBawcDDtT4NQkFEQojAO4+ErOJDRSReAAAAANQZogq4hbfW31rxC2wAAAAA1BmkBK4QW31t9bfW2AAAA"
    "DLm1vb3YAAABsbXZoZAAAAAAAAAAAAAAAAAAAA+gAAASwAAEAAAEAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAQAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIAAAJYdHJhawAAAFx0a2hkAAAAAwAAAAAAAAAAAAAAAQAAAAAAAASwAAAAAAAAAAAAAAAAAAAAAAABA"
    "AAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAQAAAAAAgAAAAIAAAAAAAJGVkdHMAAAAcZWxzdAAAAAAAAAABAAAEsAAAAAAAAQAAAAAB0G1kaWEA"
    "AAAgbWRoZAAAAAAAAAAAAAAAAAAAKAAAADAAVcQAAAAAAC1oZGxyAAAAAAAAAAB2aWRlAAAAAAAAAAAAAAAAVmlkZW9IYW5kbGVyAAAAAXttaW5mAAA"
    "AFHZtaGQAAAABAAAAAAAAAAAAAAAkZGluZgAAABxkcmVmAAAAAAAAAAEAAAAMdXJsIAAAAAEAAAE7c3RibAAAAKdzdHNkAAAAAAAAAAEAAACXYXZjMQ"
    "AAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAgACAASAAAAEgAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABj//wAAAC1hdmNDA"
    "ULACv/hABVnQsAK2iWhAAADAAEAAAMACg8SJqABAAVozgOcgAAAABRidHJ0AAAAAAAAEugAAAAAAAAAGHN0dHMAAAAAAAAAAQAAAAYAAAgAAAAAGHN0"
    "c3MAAAAAAAAAAgAAAAEAAAAEAAAAHHN0c2MAAAAAAAAAAQAAAAEAAAAGAAAAAQAAACxzdHN6AAAAAAAAAAAAAAAGAAACaAAAABIAAAAUAAAAJgAAABE"
    "AAAARAAAAFHN0Y28AAAAAAAAAAQAAADAAAABidWR0YQAAAFptZXRhAAAAAAAAACFoZGxyAAAAAAAAAABtZGlyYXBwbAAAAAAAAAAAAAAAAC1pbHN0AA"
    "AAJal0b28AAAAdZGF0YQAAAAEAAAAATGF2ZjYyLjEyLjEwMg=="
)  # fmt: skip


@pytest.mark.parametrize("format", ["heic", "avif"])
def test_a_harmless_picture_of_a_phone_is_cleared(world, format):
    """Where its decoder is installed it is looked at, so it is not left to people as unreadable."""
    data = HEIC if format == "heic" else encoded("AVIF", 8301)
    assert world.judge(data, f"image/{format}")["state"] == "cleared"


def test_broken_pictures_of_phones_and_videos_come_to_an_end(world):
    seed = int(os.environ.get("HAECHI_TEST_SEED", time.time_ns() % 1_000_000))
    print(f"\nseed {seed} (HAECHI_TEST_SEED={seed} repeats it)")
    chance = random.Random(seed)
    originals = {"image/heic": HEIC, "image/avif": encoded("AVIF", 8302, 96), "video/mp4": VIDEO}
    for number in range(45):
        type = list(originals)[number % 3]
        data = mutated(originals[type], chance)
        if number % 2:  # The magic stays: without it nothing is decoded.
            data = originals[type][:24] + data[24:]
        assert world.judge(data, type)["state"] in TERMINAL, (seed, number)


def test_the_bomb_is_small_on_the_wire():
    assert len(bomb(20_000, 20_000)) < 200_000


def test_a_wrong_media_type_hides_nothing(world):
    """The known picture, claimed to be a video, or its bytes with another picture's name."""
    for type in ["video/mp4", "image/gif", "application/octet-stream", "audio/ogg"]:
        answer = world.upload(KNOWN, type)
        assert answer.ok
        status = world.send(new_event(media=[{"id": f"media-{next(_numbers)}", "type": type, "sha256": answer.json()["sha256"]}]))
        assert "remove" in [action["effect"] for action in status["actions"]], (type, status)


def test_the_known_picture_among_broken_ones_is_found(world):
    broken = [world.upload(KNOWN[:length]).json()["sha256"] for length in (10, 500)]
    hashes = [broken[0], pictures.sha256(KNOWN), broken[1]]
    status = world.send(new_event(media=[{"id": f"media-{next(_numbers)}", "sha256": one} for one in hashes]))
    assert "remove" in [action["effect"] for action in status["actions"]], status


def test_the_same_name_and_address_with_other_bytes_are_looked_at_anew(world):
    harmless = world.upload(pictures.png(pictures.pattern(8101))).json()["sha256"]
    world.upload(KNOWN)
    name = {"id": f"media-{next(_numbers)}", "type": "image/png", "url": "http://127.0.0.1:9/picture.png"}
    assert world.send(new_event(media=[{**name, "sha256": harmless}]))["state"] == "cleared"
    status = world.send(new_event(media=[{**name, "sha256": pictures.sha256(KNOWN)}]))
    assert "remove" in [action["effect"] for action in status["actions"]], status


def test_200_mutations(world):
    seed = int(os.environ.get("HAECHI_TEST_SEED", time.time_ns() % 1_000_000))
    print(f"\nseed {seed} (HAECHI_TEST_SEED={seed} repeats it)")
    chance = random.Random(seed)
    whole = [encoded(format, 8102, 96) for format in FORMATS]
    events = []
    for _ in range(200):
        data = mutated(chance.choice(whole), chance)
        answer = world.upload(data)
        assert answer.ok, (seed, answer.text)
        media = {"id": f"media-{next(_numbers)}", "type": "image/png", "sha256": answer.json()["sha256"]}
        events.append(new_event(media=[media]))
    answer = world.haechi.post("/v1/events", events)
    assert answer.ok and {one["result"] for one in answer.json()["results"]} == {"accepted"}
    for event in events:
        assert world.ended(event["id"])["state"] in TERMINAL


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Changed bytes, a lost piece, a doubled piece, a cut end, or nothing but noise."""
    changed = bytearray(data)
    match chance.randrange(5):
        case 0:
            for _ in range(chance.randint(1, 40)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
        case 1:
            start = chance.randrange(len(changed))
            del changed[start : start + chance.randint(1, 200)]
        case 2:
            start = chance.randrange(len(changed))
            changed[start:start] = changed[start : start + chance.randint(1, 2_000)]
        case 3:
            del changed[chance.randint(1, len(changed) - 1) :]
        case 4:
            kept = chance.choice([0, 8, 33])
            changed[kept:] = chance.randbytes(chance.randint(1, 4_000))
    return bytes(changed)


# Addresses


def picture_server(data: bytes) -> Recorder:
    """Answers every request; the recorder's answers are JSON, which no decoder reads: only whether it is asked counts here."""
    return Recorder(lambda request: (200, {"size": len(data)}))


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/picture.png", "http://localhost:{port}/picture.png",
        "http://[::ffff:127.0.0.1]:{port}/picture.png", "http://[::1]:{port}/picture.png",
        "http://2130706433:{port}/picture.png", "http://0x7f.1:{port}/picture.png", "http://0.0.0.0:{port}/picture.png",
        "http://user@127.0.0.1:{port}/picture.png", "http://127.0.0.1.:{port}/picture.png",
    ],
)  # fmt: skip
def test_addresses_inside_are_never_asked(world, address):
    with picture_server(KNOWN) as inside:
        event = new_event(media=[{"id": f"media-{next(_numbers)}", "type": "image/png", "url": address.format(port=inside.port)}])
        answer = world.haechi.post("/v1/events", event)
        if answer.status_code != 422:
            assert answer.ok, answer.text
            assert world.ended(event["id"])["state"] == "decided", "unknown was taken for clean"
        assert inside.requests == []


def test_addresses_inside_are_not_asked_for_on_allowed_ports_either():
    with World(HAECHI_FETCH_PORTS="any") as world, picture_server(KNOWN) as inside:
        status = world.send(new_event(media=[{"id": "m", "type": "image/png", "url": f"{inside.url}/picture.png"}]))
        assert status["state"] == "decided"
        assert inside.requests == []
        host = f"127.0.0.1:{inside.port}"
        for address in ["file:///etc/hostname", f"ftp://{host}/a", f"gopher://{host}/a", "data:image/png;base64,AAAA"]:
            event = new_event(media=[{"id": f"media-{next(_numbers)}", "url": address}])
            if world.haechi.post("/v1/events", event).status_code != 422:
                assert world.ended(event["id"])["state"] == "decided", address
        assert inside.requests == []
        world.assert_well()


@pytest.fixture(scope="module")
def inside() -> Iterator[World]:
    """One that may fetch from this machine."""
    with World(HAECHI_FETCH_ALLOW_NETWORKS="127.0.0.0/8", HAECHI_FETCH_PORTS="any") as running:
        yield running


def test_an_allowed_network_is_asked(inside):
    with picture_server(KNOWN) as server:
        event = new_event(media=[{"id": f"media-{next(_numbers)}", "url": f"{server.url}/picture.png"}])
        assert inside.haechi.post("/v1/events", event).ok
        request = server.wait_for("the fetch", lambda request: request.path == "/picture.png")
        assert request.method == "GET" and "authorization" not in request.headers
        assert inside.ended(event["id"])["state"] in TERMINAL
    inside.assert_well()


class Redirector(Recorder):
    """Sends everybody on to another address, and serves a picture at `/end`."""

    def __init__(self, location: str):
        super().__init__()
        self._location = location

    def _handler(self) -> type:
        recorder, base = self, super()._handler()

        class Handler(base):
            def do_GET(self) -> None:
                recorder.requests_seen.append(self.path)
                location = recorder._location
                self.send_response(200 if self.path == "/end" else 302)
                data = KNOWN if self.path == "/end" else b""
                self.send_header("Location", location)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        recorder.requests_seen: list[str] = []
        return Handler


def test_an_allowed_redirect_is_followed_to_the_known_picture(inside):
    with Redirector("/end") as server:
        status = inside.send(new_event(media=[{"id": f"media-{next(_numbers)}", "url": f"{server.url}/start"}]))
        assert server.requests_seen == ["/start", "/end"]
        assert "remove" in [action["effect"] for action in status["actions"]], status


@pytest.mark.parametrize(
    "location",
    ["http://169.254.169.254/latest", "http://10.0.0.1/", "http://[fd00::1]/", "file:///etc/hostname", "ftp://127.0.0.1/a"],
)
def test_a_redirect_to_a_refused_address_is_not_followed(inside, location):
    with Redirector(location) as server:
        started = time.monotonic()
        status = inside.send(new_event(media=[{"id": f"media-{next(_numbers)}", "url": f"{server.url}/start"}]))
        # Refused at once; an attempt to connect would be tried again, and take seconds.
        assert time.monotonic() - started < 5
        assert status["state"] == "decided" and status["attempts"] <= 1, status
        assert server.requests_seen == ["/start"]
    inside.assert_well()


def test_a_circle_of_redirects_ends(inside):
    with Redirector("/again") as server:
        status = inside.send(new_event(media=[{"id": f"media-{next(_numbers)}", "url": f"{server.url}/start"}]))
        assert status["state"] == "decided"
        assert 1 < len(server.requests_seen) <= 5


def test_a_server_that_sends_without_end_is_left(inside):
    """Each answer is one byte longer than the limit, or says nothing of its length."""
    big = 21 << 20

    class Endless(Redirector):
        def _handler(self) -> type:
            recorder, base = self, Recorder._handler(self)

            class Handler(base):
                def do_GET(self) -> None:
                    recorder.requests_seen.append(self.path)
                    self.send_response(200)
                    self.end_headers()
                    try:
                        for _ in range(big >> 20):
                            self.wfile.write(bytes(1 << 20))
                    except OSError:
                        pass
                    self.close_connection = True

            recorder.requests_seen = []
            return Handler

    with Endless("") as server:
        status = inside.send(new_event(media=[{"id": f"media-{next(_numbers)}", "url": f"{server.url}/endless"}]))
        assert status["state"] == "decided"
        assert len(server.requests_seen) == 1, "too large is final"
    inside.assert_well()


def test_only_the_path_and_the_query_are_asked_for(inside):
    with picture_server(KNOWN) as server:
        inside.send(new_event(media=[{"id": f"media-{next(_numbers)}", "url": f"{server.url}/a?b=c#d"}]))
        assert [(request.method, request.path, request.body) for request in server.requests] == [("GET", "/a?b=c", b"")]

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""What a file says of its own origin is read and verified in the sandbox, and nothing is fetched for it."""

import http.server
import io
import json
import os
import struct
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import c2pa
import pytest
from harness import pictures
from harness.haechi import REPOSITORY, Haechi, haechi_binary
from harness.processes import wait_until
from harness.provenance import CAPTURED, MADE_BY_MACHINE, Authority
from PIL import Image, PngImagePlugin

NATIVE = Path(os.environ.get("HAECHI_NATIVE", REPOSITORY / "native")).resolve()


class Worker:
    """The decoder as haechi starts it: one message in, one answer out."""

    def __init__(self, *arguments: str | Path):
        binary = os.environ.get("HAECHI_MEDIA_WORKER", haechi_binary().resolve().with_name("haechi-media-worker"))
        self._process = subprocess.Popen(
            [str(binary), *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={}
        )
        self.greeting = self._receive()

    def _receive(self) -> str:
        assert self._process.stdout
        head = self._process.stdout.read(4)
        assert len(head) == 4, "the worker ended"
        return self._process.stdout.read(struct.unpack("<I", head)[0]).decode()

    def lines(self, file: bytes) -> list[str]:
        body = b"provenance=1 dihedrals=0 video=key\n" + file
        assert self._process.stdin
        self._process.stdin.write(struct.pack("<I", len(body)) + body)
        self._process.stdin.flush()
        answer = self._receive().split("\n\n")[0].split("\n")
        kept = ("manifest", "signer", "claim", "mark", "unsupported", "undecodable")
        return [line for line in answer if line.split(" ")[0] in kept]

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        assert self._process.wait(30) == 0


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("camera maker")


@pytest.fixture(scope="module")
def verifying(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """A worker whose operator trusts the authority."""
    anchors = tmp_path_factory.mktemp("trust") / "anchors.pem"
    anchors.write_bytes(authority.anchor)
    with Worker("--native", NATIVE, "--trust-anchors", anchors) as worker:
        assert " c2pa=on " in worker.greeting + " ", "scripts/bootstrap models has not run"
        yield worker


def jpeg() -> bytes:
    return pictures.jpeg(pictures.pattern(7))


def of_kind(kind: str) -> bytes:
    out = io.BytesIO()
    pictures.pattern(7).save(out, kind)
    return out.getvalue()


SIGNER = "signer Tests, camera maker signer"
MARK = "mark digital-source-type c2pa trainedAlgorithmicMedia"


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "gif"])
def test_a_signature_of_somebody_on_the_trust_list_is_trusted(authority: Authority, verifying: Worker, kind: str):
    signed = authority.sign(of_kind(kind), f"image/{kind}")
    assert verifying.lines(signed) == ["manifest trusted", SIGNER, "claim pattern maker", MARK]


def test_a_camera_says_what_it_is(authority: Authority, verifying: Worker):
    lines = verifying.lines(authority.sign(jpeg(), source=CAPTURED))
    assert lines == ["manifest trusted", SIGNER, "claim pattern maker", "mark digital-source-type c2pa digitalCapture"]


def test_a_signature_of_somebody_else_is_untrusted(verifying: Worker):
    lines = verifying.lines(Authority("somebody élse").sign(jpeg()))
    # The name is the certificate's, which is whatever its maker wrote, and not the program's own.
    signer = "signer Tests, somebody ?lse signer"
    assert lines == ["manifest untrusted signingCredential.untrusted", signer, "claim pattern maker", MARK]


def test_without_a_trust_list_nobody_is_trusted(authority: Authority):
    with Worker("--native", NATIVE) as worker:
        assert worker.lines(authority.sign(jpeg()))[0] == "manifest untrusted signingCredential.untrusted"


def test_a_file_that_was_changed_afterwards_is_invalid(authority: Authority, verifying: Worker):
    changed = bytearray(authority.sign(jpeg()))
    changed[-1000] ^= 1
    lines = verifying.lines(bytes(changed))
    assert lines[0] == "manifest invalid assertion.dataHash.mismatch"
    assert not any(line.startswith("signer") for line in lines), "nobody signed what does not hold"


def test_a_manifest_of_another_picture_is_invalid(authority: Authority, verifying: Worker):
    signed = authority.sign(of_kind("png"), "image/png")
    start = signed.index(b"caBX") - 4
    chunk = signed[start : start + 12 + struct.unpack(">I", signed[start : start + 4])[0]]
    other = pictures.png(pictures.pattern(8))
    forged = other[:33] + chunk + other[33:]
    assert verifying.lines(forged)[0].startswith("manifest invalid")


@pytest.mark.parametrize(
    ("content", "state"),
    [
        ("-----BEGIN CERTIFICATE-----\nMAMBAgM=\n-----END CERTIFICATE-----\n", "invalid"),
        ("a letter", "invalid"), ("\0" * 99, "invalid"), ("", "unreadable"), (None, "unreadable"),
    ],
    ids=["hollow", "letter", "zeros", "empty", "pipe"],
)  # fmt: skip
def test_a_bad_trust_list_is_announced_and_manifests_are_verified_without_it(content, state, authority: Authority, tmp_path: Path):
    anchors = tmp_path / "anchors.pem"
    if content is None:
        # Nobody writes to it: it must not be waited for.
        os.mkfifo(anchors)
    else:
        anchors.write_text(content)
    with Worker("--native", NATIVE, "--trust-anchors", anchors) as worker:
        assert f" c2pa=on trust={state} " in worker.greeting
        signed = authority.sign(jpeg())
        assert worker.lines(signed)[0] == "manifest untrusted signingCredential.untrusted"
        changed = bytearray(signed)
        changed[-1000] ^= 1
        assert worker.lines(bytes(changed))[0] == "manifest invalid signingCredential.untrusted assertion.dataHash.mismatch"


def test_a_trust_list_that_turns_bad_shows_where_operators_look(authority: Authority, tmp_path: Path, monkeypatch):
    """It is right when the server starts, and no more when a decoder does."""
    anchors, worker = tmp_path / "anchors.pem", tmp_path / "worker"
    real = os.environ.get("HAECHI_MEDIA_WORKER", haechi_binary().resolve().with_name("haechi-media-worker"))
    worker.write_text(f"#!/bin/sh\necho a letter > {anchors}\nexec {real} \"$@\"\n")
    worker.chmod(0o755)
    monkeypatch.setenv("HAECHI_MEDIA_WORKER", str(worker))
    settings = [f"provenance.trust_anchors_file={anchors}", f"models.native_path={NATIVE}", "models.workers=0"]
    arguments = [part for setting in settings for part in ("--set", setting)]
    anchors.write_bytes(authority.anchor)
    with Haechi(arguments=arguments, env={"HAECHI_MEDIA_WORKER": str(worker)}) as haechi:
        signals = wait_until(
            "a decoder has said how it stands with the list",
            lambda: "trust-list" in (now := haechi.get("/ready").json()["signals"]) and now,
        )
        assert signals["signed-provenance"] == "on"
        assert signals["trust-list"].startswith("off: provenance.trust_anchors_file has no certificates that can be used")
        assert 'haechi_signal_on{signal="trust-list"} 0' in haechi.get("/metrics").text
    anchors.write_bytes(authority.anchor)
    command = [str(haechi_binary().resolve()), "media", "doctor", "--json", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    said = json.loads(done.stdout)["signals"]
    assert said["signed manifests"] == "on, without your trust list", done.stderr
    assert said["trust list"].startswith("off: provenance.trust_anchors_file has no certificates that can be used")


def test_without_the_library_a_manifest_is_there_and_unverified(authority: Authority):
    with Worker() as worker:
        assert " c2pa=off" in worker.greeting
        assert worker.lines(authority.sign(jpeg())) == ["manifest unverified", MARK]
        assert worker.lines(jpeg()) == ["manifest none"]


def test_an_empty_store_is_there_and_unverified(verifying: Worker):
    store = bytes.fromhex("000000266a756d620000001e6a756d646332706100110010800000aa00389b71036332706100")
    picture = pictures.png(pictures.pattern(7))
    chunk = struct.pack(">I", len(store)) + b"caBX" + store + bytes(4)
    assert verifying.lines(picture[:33] + chunk + picture[33:])[0].startswith("manifest unverified")


def test_unsigned_marks_are_read(verifying: Worker):
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "a harbour\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1", zip=True)
    text.add_itxt(
        "XML:com.adobe.xmp",
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        f'i:DigitalSourceType="{MADE_BY_MACHINE}"/></rdf:RDF></x:xmpmeta>',
        zip=True,
    )
    out = io.BytesIO()
    pictures.pattern(7).save(out, "PNG", pnginfo=text)
    lines = verifying.lines(out.getvalue())
    assert sorted(lines) == [
        "manifest none",
        "mark digital-source-type xmp trainedAlgorithmicMedia",
        "mark generator png-text a1111",
    ]
    assert "harbour" not in "".join(lines)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_as_a_common_library_writes_it(verifying: Worker, kind: str):
    exif = Image.Exif()
    exif[0x0131] = "ComfyUI 0.3"
    out = io.BytesIO()
    pictures.pattern(7).save(out, kind, exif=exif)
    assert verifying.lines(out.getvalue()) == ["manifest none", "mark generator exif comfyui"]


def test_a_manifest_that_lies_elsewhere_is_not_fetched(authority: Authority, verifying: Worker):
    asked: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}/manifest"
    remote = authority.sign(jpeg(), elsewhere=address)
    # A store that is no manifest, so that the library is asked at all, beside the address.
    both = authority.sign(of_kind("png"), "image/png", elsewhere=address)
    store = bytes.fromhex("000000266a756d620000001e6a756d646332706100110010800000aa00389b71036332706100")
    both = both[:33] + struct.pack(">I", len(store)) + b"caBX" + store + bytes(4) + both[33:]
    try:
        assert verifying.lines(remote) == ["manifest elsewhere"]
        assert verifying.lines(both)[0].split(" ")[1] in ("elsewhere", "unverified")
        assert asked == []
        # The library itself does fetch when nobody forbids it: so the list above would not have stayed empty by chance.
        with pytest.raises(c2pa.C2paError):
            c2pa.Reader("image/jpeg", io.BytesIO(remote)).json()
        assert asked == ["/manifest"]
    finally:
        server.shutdown()

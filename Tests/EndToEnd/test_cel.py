# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""`haechi cel` evaluates and checks expressions, runs conformance tests, and agrees with another engine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from harness.haechi import REPOSITORY, haechi_binary

SAMPLE = REPOSITORY / "Tests/CELTests/Resources/Conformance"
EVENT = {"links": [{"host": "a.example"}], "age": "90m", "score": 0.75, "count": 3}


def run(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(part) for part in (haechi_binary().resolve(), "cel", *arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60)


@pytest.fixture
def event(tmp_path: Path) -> Path:
    (tmp_path / "event.json").write_text(json.dumps(EVENT))
    return tmp_path / "event.json"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("links.exists(l, l.host.endsWith('.example')) && score > 0.5", "true"),
        ("age < duration('2h')", "true"),
        ("{'n': count + 1, 'who': links.map(l, l.host)}", '{"n": 4, "who": ["a.example"]}'),
        ("timestamp('2024-01-01T00:00:00Z') + age", '"2024-01-01T01:30:00Z"'),
    ],
)
def test_an_expression_is_evaluated_over_an_event(expression, value, event):
    done = run("eval", expression, "--input", event, "--declare", "age=duration")
    assert (done.returncode, done.stdout, done.stderr) == (0, value + "\n", "")


def test_the_parts_of_an_expression_are_traced(event):
    done = run("eval", "count > 2 && score > 0.5", "--input", event, "--trace")
    assert [line.split("  ", 1)[1] for line in done.stdout.splitlines()[:-1]] == [
        "count  =  3", "count > 2  =  true", "score  =  0.75", "score > 0.5  =  true", "count > 2 && score > 0.5  =  true",
    ]  # fmt: skip
    assert done.stdout.endswith("\ntrue\n")


def test_what_goes_wrong_is_drawn_with_its_place(event):
    done = run("eval", "count > 2 &&\n  10 / (count - 3) > 1", "--input", event)
    assert done.returncode == 1 and done.stdout == ""
    assert "2:3: " in done.stderr and "\n    10 / (count - 3) > 1\n    ^^^^^^^^^^^^^^^^\n" in done.stderr

    done = run("check", "age < '1h'", "--declare", "age=duration")
    assert done.returncode == 1
    assert "1:5: " in done.stderr and 'duration(\'1h\')' in done.stderr and done.stderr.endswith("      ^\n")


def test_right_expressions_are_told_with_type_and_cost(tmp_path):
    (tmp_path / "rule.cel").write_text("labels.exists(l, l == 'new')\n")
    done = run("check", "1 + 1", tmp_path / "rule.cel", "--declare", "labels=list(string)")
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("int, cost ") and second.startswith(f"{tmp_path / 'rule.cel'}: bool, cost at least ")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["eval", "1", "--input", "nowhere.json"], 66), (["check", "x", "--declare", "x=integer"], 64), (["eval"], 64),
        (["conformance", "nowhere"], 66), (["eval", "1", "--batch"], 64),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(arguments, status):
    done = run(*arguments)
    assert done.returncode == status and done.stdout == "" and done.stderr != ""


def test_requests_are_answered_one_a_line():
    requests = [
        {"expr": "x + 1", "bindings": {"x": {"t": "int", "v": "1"}}, "types": {"x": {"kind": "int"}}},
        {"expr": "1 / 0"}, {"expr": "1 +"}, {"bindings": {}},
    ]  # fmt: skip
    done = run("eval", "--batch", stdin="".join(json.dumps(request) + "\n" for request in requests) + "no JSON\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers[0] == {"value": {"t": "int", "v": "2"}, "type": "int"}
    assert [next(iter(answer)) for answer in answers] == ["value", "error", "refused", "refused", "refused"]


def test_the_projects_own_conformance_tests_pass():
    done = run("conformance", SAMPLE, "--by-file")
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1].endswith(" passed, 0 failed, 0 skipped")
    assert int(done.stdout.splitlines()[-1].split()[0]) >= 250


def test_a_conformance_test_that_fails_is_named(tmp_path):
    tests = [
        {"id": "own/right", "expr": "1 + 1", "expect": {"kind": "value", "value": {"t": "int", "v": "2"}}},
        {"id": "own/wrong", "expr": "1 + 1", "expect": {"kind": "value", "value": {"t": "uint", "v": "2"}}},
    ]
    (tmp_path / "own.json").write_text(json.dumps({"tests": tests}))
    done = run("conformance", tmp_path / "own.json")
    assert done.returncode == 1
    assert "FAILED own/wrong" in done.stdout and "own/right" not in done.stdout
    assert done.stdout.endswith("1 passed, 1 failed, 0 skipped\n")


if sys.version_info >= (3, 11):  # The other engine has no build for older versions.

    def test_random_expressions_come_to_the_same_in_another_engine():
        script = REPOSITORY / "Tests/Fuzz/cel_differential.py"
        command = [sys.executable, str(script), "--count", "1500", "--seed", "20240229", "--haechi", str(haechi_binary().resolve())]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        assert " 0 differences" in done.stdout

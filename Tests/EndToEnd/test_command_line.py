# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""The command line says what is wrong, where, and what was expected; and what it refuses it leaves undone."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from harness import pictures
from harness.haechi import REPOSITORY, Finished, Haechi, haechi_binary

SOMETHING = "log:\n  level: info\n"
HASH = "0123456789abcdef" * 4
COMMANDS = [
    "", "serve", "config", "config check", "config keys", "account", "account create", "account list", "account disable", "bank",
    "bank add", "bank import", "bank export", "bank list", "bank show", "bank create", "bank stats", "bank verify", "bank imports", "bank approve",
    "bank refuse", "bank source", "bank retire", "match", "hash", "hash image", "hash video", "lookback", "lookback stats",
    "lookback sweep", "lookback verify", "media", "media doctor", "media examine", "model", "model list", "model show", "model check", "model calibrate", "model train-intent", "policy", "policy check", "policy test",
    "policy explain", "policy backtest", "policy shadow-report", "policy status", "policy promote", "policy approve", "policy refuse", "policy stops", "policy undo", "policy switch",
    "label", "label list", "label set", "label unset", "cel", "cel eval", "cel check",
    "cel conformance", "ledger", "ledger verify", "ledger head", "ledger show", "similar",
]  # fmt: skip


def run(*arguments: str | Path, cwd: Path, env: dict[str, str] | None = None) -> Finished:
    command = [str(part) for part in (haechi_binary().resolve(), *arguments)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HAECHI_")}
    done = subprocess.run(
        command, cwd=cwd, env={**clean, **(env or {})}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def check(tmp_path: Path, yaml: str = SOMETHING, *flags: str, env: dict[str, str] | None = None) -> Finished:
    """`haechi config check` with this file."""
    (tmp_path / "haechi.yaml").write_text(yaml)
    return run("config", "check", "--config", "haechi.yaml", *flags, cwd=tmp_path, env=env)


def problem(done: Finished, *parts: str) -> None:
    """One printed line has all the parts, and the exit status says that the configuration is wrong."""
    assert done.status == 78, done
    assert any(all(part in line for part in parts) for line in done.errors.splitlines()), f"no line with {parts}:\n{done.errors}"


# Help


@pytest.mark.parametrize("command", COMMANDS)
def test_help_explains_each_command(command, tmp_path):
    done = run(*command.split(), "--help", cwd=tmp_path)
    assert done.status == 0, done.errors
    assert "OVERVIEW:" in done.output and f"USAGE: haechi {command}".rstrip() in done.output


def test_help_knows_no_command_that_is_not_tested_here(tmp_path):
    def subcommands(words: list[str]) -> list[str]:
        text = run(*words, "--help", cwd=tmp_path).output
        section = text.split("SUBCOMMANDS:")[1] if "SUBCOMMANDS:" in text else ""
        names = re.findall(r"^  ([a-z-]+)(?: \(default\))?(?:\s{2,}|$)", section, re.MULTILINE)
        return [" ".join([*words, name]) for name in names]

    found = subcommands([])
    assert found
    for command in list(found):
        found += subcommands([command])
    assert sorted(["", *found]) == sorted(COMMANDS)


# Configuration


@pytest.mark.parametrize(
    ("yaml", "parts"),
    [
        ("http:\n  prot: 9000\n", ["haechi.yaml:2", "'http.prot'", "did you mean 'http.port'"]),
        ("nonsense: 1\n", ["haechi.yaml:1", "'nonsense'", "haechi config keys"]),
        ("http:\n  port: many\n", ["haechi.yaml:2", "http.port", "a whole number from 0 to 65535"]),
        ("http:\n  port: 1.5\n", ["haechi.yaml:2", "http.port", "a whole number from 0 to 65535"]),
        ("http:\n  port: 65536\n", ["haechi.yaml:2", "http.port", "a whole number from 0 to 65535"]),
        ("media:\n\n  workers: 0\n", ["haechi.yaml:3", "media.workers", "from 1 to 64"]),
        ("media:\n  workers: many\n", ["haechi.yaml:2", "media.workers", "from 1 to 64, or auto"]),
        ("models:\n  workers: 0.5\n", ["haechi.yaml:2", "models.workers", "from 0 to 64, or auto"]),
        ("http:\n  port: [1, 2]\n", ["haechi.yaml:2", "http.port", "a whole number"]),
        ("log:\n  level: loud\n", ["haechi.yaml:2", "log.level", "one of trace, debug"]),
        ("enforcement:\n  mode: off\n", ["haechi.yaml:2", "enforcement.mode", "one of normal, case-only"]),
        ("webhook:\n  secret_file: nowhere/secret\n", ["haechi.yaml:2", "webhook.secret_file", "nowhere/secret"]),
        ("webhook:\n  url: ftp://platform.example\n  secret: sixteen-characters\n", ["webhook.url", "http"]),
        ("webhook:\n  url: https://platform.example\n", ["webhook.secret", "missing", "webhook.url"]),
        ("fetch:\n  allow_networks: inside\n", ["fetch.allow_networks", "10.1.0.0/16"]),
        ("fetch:\n  ports: eighty\n", ["fetch.ports"]),
        ("fetch:\n  ports: 80,99999\n", ["fetch.ports"]),
        ("database:\n  url: mysql://root@host/haechi\n", ["database.url", "sqlite:"]),
        ("http: [\n", ["haechi.yaml", "YAML"]),
        ("models:\n  server_models: nudity=open_nsfw\n", ["models.server_url", "missing", "models.server_models"]),
        ("provenance:\n  trust_anchors_file: nowhere.pem\n", ["haechi.yaml:2", "'nowhere.pem' is not there", "one certificate in PEM"]),
        ("provenance:\n  trust_anchors_file: /tmp\n", ["haechi.yaml:2", "'/tmp' is a folder", "one certificate in PEM"]),
        ("provenance:\n  trust_anchors_file: /dev/null\n", ["haechi.yaml:2", "'/dev/null' is no regular file", "PEM"]),
        ("provenance:\n  trust_anchors_file: haechi.yaml\n", ["haechi.yaml:2", "has no certificate in it", "BEGIN CERTIFICATE"]),
    ],
)
def test_a_wrong_file_is_explained_with_its_place(yaml, parts, tmp_path):
    problem(check(tmp_path, yaml), *parts)


def test_a_file_in_which_nothing_is_set_is_right(tmp_path):
    for yaml in ["", "# http:\n#   port: 9000\n"]:
        done = check(tmp_path, yaml)
        assert done.status == 0, done.errors
        assert "http.port = 8080" in done.output


def test_numbers_of_processes_follow_the_machine_unless_they_are_set(tmp_path):
    for yaml, flags, media, models in [
        (SOMETHING, [], "auto", "auto"),
        ("media:\n  workers: auto\nmodels:\n  workers: auto\n", [], "auto", "auto"),
        ('media:\n  workers: ""\nmodels:\n  workers: 0\n', [], "auto", "0"),
        (SOMETHING, ["--set", "media.workers=3", "--set", "models.workers=auto"], "3", "auto"),
    ]:  # fmt: skip
        done = check(tmp_path, yaml, *flags)
        assert done.status == 0, done.errors
        assert f"media.workers = {media} " in done.output
        assert f"models.workers = {models} " in done.output


@pytest.mark.parametrize("yaml", ["- http\n- port\n", "words\n"])
def test_a_file_that_has_no_keys_is_named(yaml, tmp_path):
    problem(check(tmp_path, yaml), "haechi.yaml")


def test_a_file_that_is_not_there_is_named(tmp_path):
    problem(run("config", "check", "--config", "missing.yaml", cwd=tmp_path), "missing.yaml", "cannot be read")


def test_a_wrong_variable_is_explained_with_its_name(tmp_path):
    problem(check(tmp_path, env={"HAECHI_HTTP_PROT": "1"}), "HAECHI_HTTP_PROT", "no such key")
    problem(check(tmp_path, env={"HAECHI_HTTP_PORT": "high"}), "HAECHI_HTTP_PORT", "a whole number from 0 to 65535")
    problem(check(tmp_path, env={"HAECHI_WEBHOOK_SECRET_FILE": "nowhere"}), "HAECHI_WEBHOOK_SECRET_FILE", "'nowhere'")


def test_a_flag_may_have_commas(tmp_path):
    done = run("config", "check", "--set", "fetch.ports=80,443,8443", "--set", "http.port=9000", cwd=tmp_path)
    assert done.status == 0, done.errors
    assert "fetch.ports = 80,443,8443" in done.output and "http.port = 9000" in done.output


def test_a_wrong_flag_is_explained_with_its_name(tmp_path):
    problem(check(tmp_path, SOMETHING, "--set", "http.prot=1"), "--set http.prot", "did you mean 'http.port'")
    problem(check(tmp_path, SOMETHING, "--set", "http.port=-1"), "--set http.port", "a whole number from 0 to 65535")
    assert check(tmp_path, SOMETHING, "--set", "http.port").status != 0


def test_matrix_names_each_companion_that_is_missing(tmp_path):
    done = check(tmp_path, "matrix:\n  homeserver_url: https://matrix.example\n  hs_token: given\n")
    for key in ["matrix.server_name", "matrix.bot_user_id", "matrix.as_token"]:
        problem(done, key, "missing", "matrix.homeserver_url")
    assert "matrix.hs_token" not in done.errors


def test_a_short_api_token_is_refused_with_its_place(tmp_path):
    done = check(tmp_path, "api:\n  tokens: good=0123456789abcdef,bad=tooshort\n")
    problem(done, "api.tokens", "entry 2", "at least 16 characters")
    problem(done, "api.tokens", "haechi.yaml:2")
    problem(check(tmp_path, env={"HAECHI_API_TOKENS": "bad=tooshort"}), "HAECHI_API_TOKENS", "at least 16 characters")


def test_all_problems_are_told_at_once(tmp_path):
    done = check(tmp_path, "http:\n  port: x\nlog:\n  level: y\n", "--set", "media.workers=0", env={"HAECHI_WRONG": "1"})
    for parts in [["haechi.yaml:2"], ["haechi.yaml:4"], ["--set media.workers"], ["HAECHI_WRONG"]]:
        problem(done, *parts)


def test_secrets_are_never_printed(tmp_path):
    secrets = {
        "api.tokens": "platform=canary-token-0123456789", "webhook.secret": "canary-secret-0123456789",
        "matrix.as_token": "canary-as-token", "matrix.hs_token": "canary-hs-token", "matrix.admin_token": "canary-admin-token",
    }  # fmt: skip
    (tmp_path / "secret").write_text("canary-in-a-file-0123456789\n")
    matrix = [
        "--set", "matrix.homeserver_url=https://matrix.example", "--set", "matrix.server_name=matrix.example",
        "--set", "matrix.bot_user_id=@haechi:matrix.example",
    ]  # fmt: skip
    good = [part for key, value in secrets.items() for part in ("--set", f"{key}={value}")]
    right = check(tmp_path, SOMETHING, *matrix, *good)
    assert right.status == 0, right.errors
    assert right.output.count("(secret)") == len(secrets)
    by_file = check(tmp_path, "webhook:\n  secret_file: secret\n", "--set", "webhook.url=https://platform.example")
    assert by_file.status == 0, by_file.errors
    bad = ["--set", "http.port=x", "--set", "api.tokens=canary=canary,canary"]
    wrong = check(tmp_path, "api:\n  tokens: [canary]\n", *good, *bad)
    assert wrong.status == 78
    for done in [right, by_file, wrong]:
        for line in (done.output + done.errors).splitlines():
            assert "canary" not in line, line


def test_a_secret_can_be_given_by_file(tmp_path):
    (tmp_path / "tokens").write_text("\nplatform=token-from-a-file-1\n\n")
    with Haechi(env={"HAECHI_API_TOKENS_FILE": str(tmp_path / "tokens")}) as haechi:
        assert haechi.get("/v1/events/none").status_code == 401
        assert haechi.get("/v1/events/none", headers={"Authorization": "Bearer token-from-a-file-1"}).status_code == 404


def test_flags_win_over_environment_and_environment_over_file(tmp_path):
    yaml = "http:\n  port: 1001\n"

    def port(done: Finished) -> str:
        assert done.status == 0, done.errors
        return next(line for line in done.output.splitlines() if line.startswith("http.port"))

    assert re.match(r"http\.port = 8080 .*default", port(check(tmp_path)))
    assert re.match(r"http\.port = 1001 .*haechi\.yaml:2", port(check(tmp_path, yaml)))
    env = {"HAECHI_HTTP_PORT": "1002"}
    assert re.match(r"http\.port = 1002 .*HAECHI_HTTP_PORT", port(check(tmp_path, yaml, env=env)))
    assert re.match(r"http\.port = 1003 .*--set", port(check(tmp_path, yaml, "--set", "http.port=1003", env=env)))


# serve


def test_listening_beyond_loopback_without_tokens_is_refused(tmp_path):
    done = run("serve", "--host", "0.0.0.0", "--port", "0", cwd=tmp_path)
    assert done.status == 78, done
    assert "0.0.0.0" in done.errors and "token" in done.errors and "127.0.0.1" in done.errors


def test_port_zero_prints_the_port_that_was_chosen():
    with Haechi() as haechi:  # started with --port 0; the printed address is what the harness reads
        assert haechi.port > 0
        assert f"listening on http://127.0.0.1:{haechi.port}" in haechi.log
        assert haechi.get("/live").status_code == 200


def test_a_second_server_on_the_same_database_is_refused():
    with Haechi() as haechi:
        done = haechi.run("serve", "--port", "0")
        assert done.status == 74, done
        assert "in use by another Haechi" in done.errors and "haechi.db" in done.errors
        assert re.search(r"process \d+", done.errors)
        assert haechi.get("/ready").status_code == 200


def test_wrong_policies_keep_the_server_from_starting(tmp_path):
    (tmp_path / "wrong.yaml").write_text("policy: [\n")
    done = run("serve", "--port", "0", "--set", "policies.path=wrong.yaml", cwd=tmp_path)
    assert done.status == 65, done
    assert "wrong.yaml:" in done.errors
    missing = run("serve", "--port", "0", "--set", "policies.path=nowhere", cwd=tmp_path)
    assert missing.status == 66, missing
    assert "nowhere" in missing.errors


# Policies

POLICY = (REPOSITORY / "Policies" / "ncii-known-copies" / "policy.yaml").read_text()


@pytest.mark.parametrize(
    ("old", "new", "at", "expected"),
    [
        ("unknown: hold", "unknown: hld", "hld", "expected: one of hold, skip"),
        ("    stage: live", "    stage: lively", "lively", "expected"),
        ("radius: 31", "radius: many", "many", "expected"),
        ("    quota:", "    qouta:", "qouta", "quota"),
        ("near_copy.matched &&", "near_cpy.matched &&", "near_cpy", "near_copy"),
    ],
)
def test_a_wrong_policy_is_explained_with_file_line_and_column(old, new, at, expected, tmp_path):
    broken = POLICY.replace(old, new, 1)
    assert broken != POLICY
    (tmp_path / "broken.yaml").write_text(broken)
    done = run("policy", "check", "broken.yaml", cwd=tmp_path)
    assert done.status == 65, done
    line = broken[: broken.index(at)].count("\n") + 1
    column = broken.index(at) - (broken.rfind("\n", 0, broken.index(at)) + 1) + 1
    assert f"broken.yaml:{line}:{column}\n" in done.errors, f"wanted {line}:{column}: {done.errors}"
    assert expected in done.errors


def test_what_is_no_yaml_is_explained_with_file_line_and_column(tmp_path):
    (tmp_path / "broken.yaml").write_text("policy: x\nrules: [\n")
    done = run("policy", "check", "broken.yaml", cwd=tmp_path)
    assert done.status == 65, done
    assert "no YAML" in done.errors and re.search(r"broken\.yaml:\d+:\d+\n", done.errors), done.errors


def test_shipped_policies_are_right_and_their_tests_pass(tmp_path):
    assert run("policy", "check", REPOSITORY / "Policies", cwd=tmp_path).status == 0
    done = run("policy", "test", REPOSITORY / "Policies", cwd=tmp_path)
    assert done.status == 0, done.errors
    assert re.search(r"[1-9]\d* passed, 0 failed", done.output)


def test_a_failing_policy_test_is_named(tmp_path):
    failing = POLICY.replace("expect: { fired: [], effects: [] }", "expect: { fired: [ncii.known-copy] }")
    (tmp_path / "failing.yaml").write_text(failing)
    done = run("policy", "test", "failing.yaml", cwd=tmp_path)
    assert done.status == 1, done
    assert "another picture stays" in done.errors and "1 failed" in done.output


# Accounts


def test_an_account_needs_a_password_that_is_long_enough(tmp_path):
    password = tmp_path / "password"
    password.write_text("eleven-char\n")
    done = run("account", "create", "--name", "mina", "--password-file", password, cwd=tmp_path)
    assert done.status != 0 and "at least 12 characters" in done.errors
    assert "eleven-char" not in done.output + done.errors
    assert run("account", "list", cwd=tmp_path).output == ""

    password.write_text("twelve-chars\n")
    done = run("account", "create", "--name", "mina", "--password-file", password, cwd=tmp_path)
    assert done.status == 0, done.errors
    assert run("account", "list", cwd=tmp_path).output == "mina\tmoderator\tactive\n"


@pytest.mark.parametrize("name", ["", "two words", "미나", "a/b", "a\nb", "x" * 65])
def test_an_account_with_a_wrong_name_is_refused(name, tmp_path):
    (tmp_path / "password").write_text("a long password\n")
    done = run("account", "create", "--name", name, "--password-file", "password", cwd=tmp_path)
    assert done.status != 0 and "expected 1 to 64 letters" in done.errors, done
    assert run("account", "list", cwd=tmp_path).output == ""


def test_a_password_file_that_is_not_there_is_named(tmp_path):
    done = run("account", "create", "--name", "mina", "--password-file", "nowhere", cwd=tmp_path)
    assert done.status != 0 and "nowhere" in done.errors


def test_disabling_an_unknown_account_is_refused(tmp_path):
    done = run("account", "disable", "--name", "nobody", cwd=tmp_path)
    assert done.status != 0 and "no account 'nobody'" in done.errors


# Banks


def test_importing_names_bad_lines_by_number_and_writes_nothing(tmp_path):
    good = f'{{"kind":"sha256","value":"{HASH}"}}'
    lines = [good, "no JSON", good, f'{{"kind":"md5","value":"{HASH}"}}', '{"kind":"pdq","value":"12"}', good]
    (tmp_path / "hashes.ndjson").write_text("\n".join(lines) + "\n")
    done = run("bank", "import", "--bank", "known", "hashes.ndjson", cwd=tmp_path)
    assert done.status == 65, done
    assert re.findall(r"hashes\.ndjson:(\d+):", done.errors) == ["2", "4", "5"]
    assert "64 hexadecimal digits" in done.errors
    assert run("bank", "list", cwd=tmp_path).output == ""
    assert run("ledger", "head", cwd=tmp_path).output == "0:empty\n"

    (tmp_path / "hashes.ndjson").write_text(good + "\n")
    assert run("bank", "import", "--bank", "known", "hashes.ndjson", cwd=tmp_path).status == 0
    assert "known\tsha256\tverified\t1\n" in run("bank", "list", cwd=tmp_path).output


def test_importing_counts_empty_lines_too(tmp_path):
    (tmp_path / "hashes.ndjson").write_text(f'{{"kind":"sha256","value":"{HASH}"}}\n\n\nno JSON\n')
    done = run("bank", "import", "--bank", "known", "hashes.ndjson", cwd=tmp_path)
    assert done.status == 65, done
    assert "hashes.ndjson:4:" in done.errors


def test_a_file_to_import_that_is_not_there_is_named(tmp_path):
    done = run("bank", "import", "--bank", "known", "nowhere.ndjson", cwd=tmp_path)
    assert done.status != 0 and "nowhere.ndjson" in done.errors


def test_adding_what_cannot_be_decoded_names_it_and_writes_nothing(tmp_path):
    (tmp_path / "good.png").write_bytes(pictures.png(pictures.pattern(6001)))
    (tmp_path / "cut.png").write_bytes(pictures.png(pictures.pattern(6002))[:40])  # longer pieces are shown by browsers, and read
    (tmp_path / "words.png").write_text("no picture")
    done = run("bank", "add", "--bank", "known", "good.png", "cut.png", "words.png", "missing.png", cwd=tmp_path)
    assert done.status == 65, done
    for name in ["cut.png", "words.png", "missing.png"]:
        assert name in done.errors
    assert "good.png" not in done.errors
    assert run("bank", "list", cwd=tmp_path).output == ""

    assert run("bank", "add", "--bank", "known", "good.png", cwd=tmp_path).status == 0
    assert "known\tpdq\tverified\t1\nknown\tsha256\tverified\t1\n" in run("bank", "list", cwd=tmp_path).output

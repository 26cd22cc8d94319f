# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""The documentation is true: its commands run, its policies and configurations are right, its code is in the sources, its links lead
somewhere."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import pytest
from harness import pictures
from harness.haechi import REPOSITORY, Haechi, haechi_binary
from harness.processes import wait_until
from harness.recorder import Request
from harness.webhooks import WebhookReceiver
from requests.structures import CaseInsensitiveDict

TOKEN = "a-token-for-the-docs"
SECRET = "a-secret-for-the-docs"
TESTED = [
    "README.md", "docs/howto/use-the-http-api.md", "docs/howto/use-cel.md", "docs/operations.md",
    "docs/howto/bring-a-detector.md", "docs/howto/calibrate-a-model.md",
]  # fmt: skip
CONFIGURATIONS = ["docs/configuration.md", "docs/howto/moderate-a-matrix-server.md", "docs/howto/use-a-model-server.md"]
PAGES = sorted(
    page
    for pattern in ["*.md", "docs/**/*.md", "Benchmarks/**/*.md", "integrations/**/*.md", "Policies/**/*.md"]
    for page in REPOSITORY.glob(pattern)
)
HOW_TOS = sorted((REPOSITORY / "docs" / "howto").glob("*.md"))


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)


def name(page: Path) -> str:
    return str(page.relative_to(REPOSITORY))


# Commands


class Documented:
    """A Haechi whose webhooks are received, and whose folder is where a page's commands run one after the other."""

    def __init__(self, page: str):
        self.page = REPOSITORY / page
        self.receiver = WebhookReceiver(SECRET)
        env = {
            "HAECHI_POLICIES_PATH": str(REPOSITORY / "Policies"), "HAECHI_WEBHOOK_URL": self.receiver.url,
            "HAECHI_WEBHOOK_SECRET": SECRET,
        }  # fmt: skip
        if page != "README.md":  # its first steps are made without tokens
            env["HAECHI_API_TOKENS"] = f"docs={TOKEN}"
        self._haechi = Haechi(env=env)

    def __enter__(self) -> "Documented":
        self.receiver.__enter__()
        try:
            self._haechi.__enter__()
        except BaseException:
            self.receiver.__exit__(None, None, None)
            raise
        (self._haechi.folder / "picture.png").write_bytes(pictures.png(pictures.pattern(4711)))
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._haechi.__exit__(kind, error, trace)
        self.receiver.__exit__(kind, error, trace)

    def run_commands(self) -> None:
        """Runs the page's tested commands; fails with the first that ends badly."""
        tested = [block for block in blocks(self.page, "sh") if block.startswith("# tested\n")]
        assert tested, f"{name(self.page)} has no tested commands"
        # Not exported: the commands of `haechi` would take them for configuration.
        prelude = (
            "set -euo pipefail\n"
            f"HAECHI_URL={self._haechi.url}\nHAECHI_TOKEN={TOKEN}\nPATH={haechi_binary().resolve().parent}:$PATH\n"
        )
        for block in tested:
            done = subprocess.run(
                ["bash", "-c", prelude + block], cwd=self._haechi.folder, stdin=subprocess.DEVNULL, capture_output=True,
                text=True, timeout=120,
            )  # fmt: skip
            said = done.stdout + done.stderr
            assert done.returncode == 0, f"{name(self.page)}:\n{block}\nended with {done.returncode}: {said}"


@pytest.mark.parametrize("page", TESTED)
def test_commands_run(page):
    with Documented(page) as world:
        world.run_commands()


@pytest.fixture(scope="module")
def with_actions() -> Iterator[Documented]:
    """After the commands of the page about the API, which lead to an action."""
    with Documented("docs/howto/use-the-http-api.md") as world:
        world.run_commands()
        yield world


def test_signature_example_agrees_with_a_real_receiver(with_actions):
    [example] = blocks(with_actions.page, "python")
    assert len([line for line in example.splitlines() if line.strip()]) <= 10
    scope: dict = {}
    exec(example, scope)

    def is_genuine(request: Request, body: bytes | None = None, secret: str = SECRET, **headers: str) -> bool:
        shown = CaseInsensitiveDict({**request.headers, **{key.replace("_", "-"): value for key, value in headers.items()}})
        return scope["is_genuine"](request.body if body is None else body, shown, secret)

    receiver = with_actions.receiver
    delivery = receiver.wait_for("the removal", lambda request: b'"remove"' in request.body)
    wait_until("its acceptance", lambda: any(one["effect"] == "remove" for one in receiver.accepted))
    assert receiver.rejected == []
    assert is_genuine(delivery)
    right = delivery.headers["haechi-signature"]
    assert is_genuine(delivery, haechi_signature=f"v1={'0' * 64}, {right}")
    assert not is_genuine(delivery, body=delivery.body + b" ")
    assert not is_genuine(delivery, secret="another")
    assert not is_genuine(delivery, haechi_signature="")
    assert not is_genuine(delivery, haechi_signature="v1=\u00e9")
    assert not is_genuine(delivery, haechi_timestamp=str(int(time.time()) - 301))
    assert not is_genuine(delivery, haechi_timestamp="soon")


# Policies and configuration


def haechi(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [str(part) for part in (haechi_binary().resolve(), *arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60)


def test_policy_examples_are_right(tmp_path):
    examples = blocks(REPOSITORY / "docs/howto/write-a-policy.md", "yaml")
    assert examples
    for number, example in enumerate(examples):
        file = tmp_path / f"example-{number}.yaml"
        file.write_text(example)
        for command in ["check", "test"]:
            done = haechi("policy", command, file, cwd=tmp_path)
            assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", CONFIGURATIONS)
def test_configuration_examples_are_right(page, tmp_path):
    examples = [block for block in blocks(REPOSITORY / page, "yaml") if block.startswith("# haechi.yaml\n")]
    assert examples
    for example in examples:
        for secret in re.findall(r"_file: (\S+)", example):
            path = tmp_path / secret
            path.parent.mkdir(exist_ok=True)
            path.write_text("platform=a-secret-of-the-test\n")
        (tmp_path / "haechi.yaml").write_text(example)
        done = haechi("config", "check", "--config", "haechi.yaml", cwd=tmp_path)
        assert done.returncode == 0, done.stderr


def test_the_table_of_keys_is_the_program_s_own(tmp_path):
    text = (REPOSITORY / "docs/configuration.md").read_text()
    written = text.split("<!-- keys -->")[1].split("<!-- /keys -->")[0].strip()
    assert written == haechi("config", "keys", "--markdown", cwd=tmp_path).stdout.strip()


# What is said of the code


@pytest.mark.parametrize("page", HOW_TOS, ids=name)
def test_swift_examples_stand_in_the_sources(page):
    files = [file for folder in ["Sources", "Tests"] for file in (REPOSITORY / folder).rglob("*.swift")]
    sources = [squeezed(file.read_text()) for file in files]
    for block in blocks(page, "swift"):
        # A line with … leaves something out; an empty line may.
        for part in re.split(r"^.*….*$|^\s*$", block, flags=re.MULTILINE):
            wanted = squeezed(part)
            assert any(wanted in source for source in sources), f"{name(page)}: no Swift file has\n{part}"


def squeezed(code: str) -> str:
    """Without comment lines, spaces and line ends: what another layout does not change."""
    return "".join("".join(line.split()) for line in code.splitlines() if not line.lstrip().startswith("//"))


def test_every_metric_is_documented_and_no_other():
    sources = "".join(file.read_text() for file in (REPOSITORY / "Sources").rglob("*.swift"))
    measured = set(re.findall(r'(?:label: |family\()"(haechi_\w+)"', sources))
    documented = set(re.findall(r"haechi_\w+", (REPOSITORY / "docs/operations.md").read_text()))
    assert documented == measured


@pytest.mark.parametrize("page", [page for page in PAGES if page in HOW_TOS or name(page) in TESTED], ids=name)
def test_files_that_are_named_exist(page):
    pattern = r"`((?:Sources|Tests|Policies|integrations|scripts|docs)/[^`\s]*)`"
    named = re.findall(pattern, page.read_text())
    missing = [path for path in named if not any(REPOSITORY.glob(path.rstrip("/")))]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, heading = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name(page)} links to {link}"
        if heading:
            assert heading in headings(target), f"{name(page)} links to {link}"


def headings(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}

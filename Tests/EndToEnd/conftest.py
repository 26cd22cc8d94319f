# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""What all end-to-end tests share."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# `harness` is found from wherever the tests are started.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness import vectors  # noqa: E402
from harness.browser import Browser  # noqa: E402
from harness.postgres import PostgreSQL  # noqa: E402


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A test without its published data has compared nothing: nobody shall take that for a pass."""
    for name in sorted(vectors.absent):
        terminalreporter.write_line(f"not compared: vectors/{name} is not beside the repository (HAECHI_SHARED names its folder)")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """One cluster for the whole run; each test makes its own database in it."""
    with PostgreSQL() as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    with Browser() as running:
        yield running

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""What all end-to-end tests share."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# `harness` is found from wherever the tests are started.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness.browser import Browser  # noqa: E402
from harness.postgres import PostgreSQL  # noqa: E402


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

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Published test data, which lies outside the repository: in `shared` beside it or where HAECHI_SHARED points."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]

# What was asked for and is not there; the end of the run tells it.
absent: set[str] = set()


def published(name: str) -> Path | None:
    """The folder `vectors/NAME`; nothing where it is absent, unless HAECHI_SHARED promised it."""
    shared = os.environ.get("HAECHI_SHARED")
    folder = Path(shared or REPOSITORY.parent / "shared") / "vectors" / name
    if folder.is_dir():
        return folder
    assert not shared, f"HAECHI_SHARED is {shared}, but there is no {folder}"
    absent.add(name)
    return None

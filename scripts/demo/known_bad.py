# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""The demo's "known bad" set: generated patterns and stand-in phrases. Nothing in it is harmful.

The pictures look the same everywhere; their bytes, and so their hashes, depend on the versions of the libraries that encode them.
"""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests" / "EndToEnd"))

from harness import pictures  # noqa: E402

SEEDS = range(9001, 9013)
PHRASES = ["test solicitation phrase", "시험용 의뢰 문구"]


@dataclass(frozen=True)
class KnownBad:
    """One picture of the set: the file's name in `known-bad/` and the hash of its bytes."""

    name: str
    sha256: str


def original(seed: int) -> bytes:
    """The very bytes that are registered."""
    return pictures.png(pictures.pattern(seed))


def altered(seed: int, quality: int) -> bytes:
    """A smaller, re-encoded copy: only a perceptual hash recognises it."""
    picture = pictures.pattern(seed)
    return pictures.jpeg(picture.resize((288, 288)), quality)


def write(folder: Path) -> list[KnownBad]:
    """Writes the pictures and `known-bad.json`, unless they are there."""
    where = folder / "known-bad"
    where.mkdir(parents=True, exist_ok=True)
    items = []
    for seed in SEEDS:
        path = where / f"{seed}.png"
        if not path.exists():
            path.write_bytes(original(seed))
        items.append(KnownBad(path.name, pictures.sha256(path.read_bytes())))
    described = {"pictures": [asdict(item) for item in items], "phrases": PHRASES}
    (folder / "known-bad.json").write_text(json.dumps(described, ensure_ascii=False, indent=1))
    return items

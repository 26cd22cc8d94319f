# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Harmless items that show what models and marks of origin say on the page of an item."""

import io
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests" / "EndToEnd"))

import known_bad  # noqa: E402
from harness import pictures, signals  # noqa: E402
from PIL import Image  # noqa: E402

COUNT = 9
# Words beside a picture that a rule in shadow waits for.
CAPTIONS = {"words in a picture": "try the test bot"}


@dataclass(frozen=True)
class Special:
    name: str
    kind: str
    bytes: bytes
    caption: str


def all_of(folder: Path) -> list[Special]:
    """What can be made here: a part whose package is missing is left out."""
    first = Image.open(io.BytesIO(known_bad.original(known_bad.SEEDS[0]))).convert("RGB")
    makers = {
        "a portrait": ("image/jpeg", signals.portrait),
        "a picture with a generator's mark": ("image/png", lambda: signals.with_generator_mark(8_101)),
        "a picture that says a model made it": ("image/jpeg", lambda: signals.with_source_type(8_102)),
        "a signed picture": ("image/jpeg", lambda: _signed(folder, "trusted")),
        "a picture signed by a stranger": ("image/jpeg", lambda: _signed(folder, "stranger")),
        "a signed picture, changed afterwards": ("image/jpeg", lambda: _tampered(folder)),
        "words in a picture": ("image/png", lambda: signals.with_text("Write to t.me/test_example", "test solicitation phrase")),
        "a video": ("video/mp4", lambda: signals.video(first)),
        "a broken picture": ("image/png", lambda: signals.broken(8_103)),
    }
    specials = []
    for name, (kind, make) in makers.items():
        try:
            specials.append(Special(name, kind, make(), CAPTIONS.get(name, name)))
        except (ImportError, AssertionError, FileNotFoundError) as missing:
            print(f"left out: {name} ({missing})", flush=True)
    return specials


def write_trust_list(folder: Path) -> Path | None:
    """Signs two pictures, one under a certificate that the demo's Haechi trusts; nothing where the library is missing."""
    where = folder / "signed"
    anchors = where / "trust.pem"
    if anchors.exists():
        return anchors
    try:
        from harness.provenance import Authority
    except ImportError:
        return None
    where.mkdir(parents=True, exist_ok=True)
    trusted, stranger = Authority("demo"), Authority("stranger")
    plain = pictures.jpeg(pictures.pattern(8_104), quality=85)
    (where / "trusted.jpg").write_bytes(trusted.sign(plain))
    (where / "stranger.jpg").write_bytes(stranger.sign(plain))
    anchors.write_bytes(trusted.anchor)
    return anchors


def _signed(folder: Path, who: str) -> bytes:
    return (folder / "signed" / f"{who}.jpg").read_bytes()


def _tampered(folder: Path) -> bytes:
    """One byte of the picture itself, near its end, is another."""
    data = bytearray(_signed(folder, "trusted"))
    data[-200] ^= 0x55
    return bytes(data)

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""How often an edited picture is still recognised, and how often a different one is taken for it. See docs/robustness.md."""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import numpy
import pdqhash
from threatexchange.signal_type.pdq.pdq_hasher import pdq_from_bytes

from support import edits, machine, pictures, tables

DOCUMENT = pictures.REPOSITORY / "docs" / "robustness.md"
METHODS = ("nearest512", "full-size", "fast")
RADII = (24, 31, 40)
GATE = 50  # hashes of less quality are neither stored nor looked up, as everybody recommends
UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Hashed:
    """One file by one method: what kind each hash is of, the bits, and which are good enough."""

    kinds: list[str]  # plain, dihedral, border, crops
    bits: numpy.ndarray  # one row of 32 bytes a hash
    qualities: list[int]


@dataclass(frozen=True)
class Column:
    """A way of asking: the method, and which hashes of the asked and of the stored picture take part."""

    title: str
    method: str
    asked: tuple[str, ...] = ("plain",)
    stored: tuple[str, ...] = ("plain",)
    inverted: bool = False


@dataclass
class Tally:
    found: dict[int, int] = field(default_factory=lambda: dict.fromkeys(RADII, 0))
    false: dict[int, int] = field(default_factory=lambda: dict.fromkeys(RADII, 0))
    asked: int = 0
    pairs: int = 0


def columns(base: str) -> list[Column]:
    turned = ("plain", "dihedral")
    framed = (*turned, "border")
    return [
        Column("nearest512", "nearest512"),
        Column("full-size", "full-size"),
        Column("fast", "fast"),
        Column("+ turned", base, turned, inverted=True),
        Column("+ border", base, framed, ("plain", "border"), inverted=True),
        Column("+ crops stored", base, framed, ("plain", "border", "crops"), inverted=True),
        Column("+ crops asked", base, (*framed, "crops"), ("plain", "border", "crops"), inverted=True),
        Column("pdqhash", "pdqhash"),
        Column("threatexchange", "threatexchange"),
    ]


def with_haechi(program: str, method: str, files: list[Path]) -> dict[str, Hashed]:
    """All hashes of the files by one method; a file that cannot be hashed is a miss."""
    options = ["--method", method, "--dihedral", "--variants", "border,crops", "--jobs", "1"]
    command = [program, "hash", "image", *options, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if len(lines) != len(files):
        raise RuntimeError(f"{len(files)} files gave {len(lines)} lines: {done.stderr[-500:]}")
    return {Path(line["file"]).stem: of_line(line) for line in lines}


def of_line(line: dict) -> Hashed:
    if "error" in line:
        return Hashed([], numpy.zeros((0, 32), numpy.uint8), [])
    found = [("plain", line["pdq"], line["quality"])]
    found += [("dihedral", pdq, line["quality"]) for pdq in line.get("dihedral", {}).values()]
    for name, variant in line.get("variants", {}).items():
        found.append(("border" if name == "trimmed" else "crops", variant["pdq"], variant["quality"]))
    return Hashed([kind for kind, _, _ in found], rows([pdq for _, pdq, _ in found]), [quality for _, _, quality in found])


def rows(hashes: list[str]) -> numpy.ndarray:
    return numpy.frombuffer(bytes.fromhex("".join(hashes)), numpy.uint8).reshape(-1, 32)


def with_pdqhash(data: bytes) -> Hashed:
    bits, quality = pdqhash.compute(numpy.asarray(edits.reopened(data)))
    return Hashed(["plain"], numpy.packbits(bits).reshape(1, 32), [quality])


def with_threatexchange(data: bytes) -> Hashed:
    """As Hasher-Matcher-Actioner hashes an upload."""
    pdq, quality = pdq_from_bytes(data)
    return Hashed(["plain"], rows([pdq]), [quality])


def hash_all(task: tuple[int, list[Path], int, str]) -> dict[tuple[str, str], Hashed]:
    """Makes every edit of one picture and hashes it by every method: {(method, edit): hashes}."""
    number, files, seed, program = task
    picture = edits.reopened(pictures.posted(files[number]))
    others = [edits.reopened(pictures.posted(files[other])) for other in neighbours(number, len(files))]
    made = {UNCHANGED: edits.jpeg(picture)}
    for _, name, edit in edits.EDITS:
        made[name] = edits.apply(edit, picture, random.Random(f"{seed}/{number}/{name}"), others)

    found: dict[tuple[str, str], Hashed] = {}
    for name, data in made.items():
        found["pdqhash", name] = with_pdqhash(data)
        found["threatexchange", name] = with_threatexchange(data)
    with tempfile.TemporaryDirectory() as scratch:
        names = list(made)
        paths = [Path(scratch) / str(place) for place in range(len(names))]
        for path, name in zip(paths, names):
            path.write_bytes(made[name])
        for method in METHODS:
            hashed = with_haechi(program, method, paths)
            found |= {(method, name): hashed[path.stem] for path, name in zip(paths, names)}
    return found


def neighbours(number: int, count: int) -> list[int]:
    """The other pictures of a collage."""
    return [(number + step) % count for step in (1, 2, 3)]


def chosen(hashed: Hashed, kinds: tuple[str, ...]) -> numpy.ndarray:
    keep = [kind in kinds and quality >= GATE for kind, quality in zip(hashed.kinds, hashed.qualities)]
    return hashed.bits[keep]


def nearest(asked: numpy.ndarray, stored: numpy.ndarray, inverted: bool) -> int:
    """The least distance between any two hashes; of the inverted picture every bit of the hash is the other one."""
    if not len(asked) or not len(stored):
        return 256
    distances = numpy.bitwise_count(asked[:, None, :] ^ stored[None, :, :]).sum(axis=2, dtype=int)
    return int(min(distances.min(), 256 - distances.max()) if inverted else distances.min())


def count(found: list[dict[tuple[str, str], Hashed]], column: Column) -> dict[str, Tally]:
    """For each edit: in how many pictures the original was found, and how many other pictures were."""
    bank = [chosen(of_one[column.method, UNCHANGED], column.stored) for of_one in found]
    result = {}
    for name in [UNCHANGED, *(name for _, name, _ in edits.EDITS)]:
        tally = result[name] = Tally()
        for number, of_one in enumerate(found):
            asked = chosen(of_one[column.method, name], column.asked)
            inside = {number, *(neighbours(number, len(found)) if name.startswith("collage") else [])}
            for other, stored in enumerate(bank):
                if other in inside and other != number:
                    continue
                distance = nearest(asked, stored, column.inverted)
                if other == number:
                    tally.asked += len(stored) > 0
                else:
                    tally.pairs += 1
                for radius in RADII:
                    counted = tally.found if other == number else tally.false
                    counted[radius] += distance <= radius
    return result


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}" if whole else "-"


def report(found: list[dict[tuple[str, str], Hashed]], ways: list[Column]) -> str:
    tallies = [count(found, column) for column in ways]
    parts = []
    head = ["edit", *(column.title for column in ways)]
    lines = []
    for group, members in groupby(edits.EDITS, key=lambda edit: edit[0]):
        for _, name, _ in members:
            lines.append([f"{group}: {name}", *(percent(tally[name].found[31], tally[name].asked) for tally in tallies)])
    asked = tallies[0][UNCHANGED].asked
    parts.append(f"Recall in per cent at radius 31, {asked} pictures an edit\n\n" + tables.table(head, lines))

    lines = []
    for radius in RADII:
        cells = []
        for tally in tallies:
            edited = [tally[name] for _, name, _ in edits.EDITS]
            cells.append(f"{100 * sum(one.found[radius] for one in edited) / sum(one.asked for one in edited):.1f}")
        lines.append([f"mean recall at radius {radius}", *cells])
    for radius in RADII:
        lines.append([f"false matches at radius {radius}", *(f"{sum(one.false[radius] for one in tally.values()):,}" for tally in tallies)])
    pairs = sum(one.pairs for one in tallies[0].values())
    parts.append(f"All edits together; false matches are out of {pairs:,} pairs of different pictures\n\n" + tables.table(head, lines))
    return "\n\n".join(parts)


def write_into(document: Path, text: str) -> None:
    """Replaces what stands between the two marks."""
    begin, end = "<!-- table: made by Benchmarks/robustness.py -->", "<!-- end of the table -->"
    before, rest = document.read_text().split(begin)
    document.write_text(f"{before}{begin}\n\n{text}\n\n{end}{rest.split(end)[1]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261122, help="of the random places and the noise (default 20261122)")
    parser.add_argument("--pictures", type=int, help="only so many, for a quick look")
    parser.add_argument("--base", choices=METHODS, default="nearest512", help="the method of the columns with + (default nearest512)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes (default: one a core)")
    parser.add_argument("--markdown", action="store_true", help="rewrite the tables in docs/robustness.md")
    options = parser.parse_args()
    program = os.environ.get("HAECHI_BIN", str(pictures.REPOSITORY / ".build" / "release" / "haechi"))

    files = pictures.fetch()[: options.pictures]
    print(f"\n# Robustness\n\n{machine.describe()}; {len(files)} pictures, {len(edits.EDITS)} edits, seed {options.seed}\n", flush=True)
    tasks = [(number, files, options.seed, program) for number in range(len(files))]
    with ProcessPoolExecutor(options.jobs) as pool:
        found = []
        for of_one in pool.map(hash_all, tasks):
            found.append(of_one)
            print(f"picture {len(found)} of {len(files)} done", file=sys.stderr, flush=True)
    text = report(found, columns(options.base))
    print(text, flush=True)
    if options.markdown:
        write_into(DOCUMENT, text)


if __name__ == "__main__":
    main()

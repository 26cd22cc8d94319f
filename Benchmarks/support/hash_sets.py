# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Generated PDQ hashes to search in and for: the same for the same seed. Rows of 32 bytes, bit 255 first."""

from pathlib import Path

import numpy

ROW = 32  # bytes
KINDS = ("uniform", "clustered")


def haystack(kind: str, size: int, seed: int) -> numpy.ndarray:
    """Uniform, or as banks are: half of it single, half in groups of up to 1,000 near copies at distance 0 to 20."""
    chance = numpy.random.default_rng([seed, size, KINDS.index(kind)])
    rows = chance.integers(0, 256, (size, ROW), numpy.uint8)
    if kind == "clustered":
        single = size // 2
        sizes = chance.integers(2, 1001, max(1, (size - single) // 2))
        group = numpy.repeat(numpy.arange(len(sizes)), sizes)[: size - single]
        rows[single:] = chance.integers(0, 256, (int(group[-1]) + 1, ROW), numpy.uint8)[group]
        flip(rows[single:], chance, farthest=20)
        rows = rows[chance.permutation(size)]
    return rows


def needles(rows: numpy.ndarray, count: int, seed: int) -> numpy.ndarray:
    """What is asked: three in ten are copies with 0 to 31 changed bits, the others are of no picture in there."""
    chance = numpy.random.default_rng([seed, len(rows), 99])
    asked = chance.integers(0, 256, (count, ROW), numpy.uint8)
    known = chance.random(count) < 0.3
    copies = rows[chance.integers(0, len(rows), int(known.sum()))].copy()
    flip(copies, chance, farthest=31)
    asked[known] = copies
    return asked


def flip(rows: numpy.ndarray, chance: numpy.random.Generator, farthest: int) -> None:
    """Changes up to so many bits of each row; now and then one bit twice, which leaves the row nearer."""
    distances = chance.integers(0, farthest + 1, len(rows))
    for step in range(farthest):
        [changed] = numpy.nonzero(step < distances)
        bits = chance.integers(0, 256, len(changed))
        rows[changed, bits // 8] ^= (1 << (bits % 8)).astype(numpy.uint8)


def store(path: Path, rows: numpy.ndarray) -> Path:
    rows.tofile(path)
    return path


def load(path: Path) -> numpy.ndarray:
    return numpy.fromfile(path, numpy.uint8).reshape(-1, ROW)

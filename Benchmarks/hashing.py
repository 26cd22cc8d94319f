# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""From a picture to its PDQ hash, beside the pdqhash and threatexchange packages, on the same files. See README.md."""

import argparse
import io
import json
import os
import resource
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy
import pdqhash
from PIL import Image
from threatexchange.signal_type.pdq.pdq_hasher import pdq_from_bytes

from support import edits, machine, pictures, tables

SIZES = (512, 1024, 2048, 4000)
METHODS = ("nearest512", "full-size", "fast")
REFERENCE = "threatexchange"  # what Hasher-Matcher-Actioner runs; ratios are to this
MOST_PIXELS = 10_000_000  # small pictures are repeated up to this, or the start would drown them
PIXELS = "512×512 gray pixels to hash"


def cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def in_process(work: Callable[[bytes], object]) -> Callable[[list[Path]], float]:
    """CPU milliseconds a picture of a Python package, in this process."""

    def measure(files: list[Path]) -> float:
        contents = [file.read_bytes() for file in files]
        begin = cpu(resource.RUSAGE_SELF)
        for content in contents:
            work(content)
        return 1000 * (cpu(resource.RUSAGE_SELF) - begin) / len(files)

    return measure


def with_program(method: str) -> Callable[[list[Path]], float]:
    """CPU milliseconds a picture of `haechi hash image`, its decoder process included and the start of both not: by how much
    more a list costs that has the files many times."""

    def run(files: list[Path]) -> float:
        begin = cpu(resource.RUSAGE_CHILDREN)
        command = [program(), "hash", "image", "--method", method, *map(str, files)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        if len(done.stdout.splitlines()) != len(files):
            raise RuntimeError(f"{len(files)} files gave {len(done.stdout.splitlines())} lines")
        return cpu(resource.RUSAGE_CHILDREN) - begin

    def measure(files: list[Path]) -> float:
        more = max(3, MOST_PIXELS // max(Image.open(files[0]).size) ** 2)
        return 1000 * (run(files * more) - run(files)) / ((more - 1) * len(files))

    return measure


def with_pdqhash(content: bytes) -> object:
    return pdqhash.compute(numpy.asarray(Image.open(io.BytesIO(content)).convert("RGB")))


def files_of(size: int, count: int, folder: Path) -> list[Path]:
    """Photographs whose longer side is that long, as JPEG of quality 85."""
    made = []
    for number, path in enumerate(pictures.fetch()[:count]):
        picture = Image.open(path).convert("RGB")
        scale = size / max(picture.size)
        made.append(folder / f"{size}-{number}.jpg")
        made[-1].write_bytes(edits.jpeg(edits.scaled(picture, scale), 85))
    return made


def pixels(rounds: int, folder: Path) -> list[tuple[str, float]]:
    """CPU microseconds from gray pixels in memory to the hash, of the same picture: ours in a program of its own."""
    gray = Image.open(pictures.fetch()[0]).convert("L").resize((512, 512), Image.Resampling.LANCZOS)
    raster = folder / "gray"
    raster.write_bytes(gray.tobytes())
    rgb = numpy.asarray(gray.convert("RGB"))  # the package takes colours only
    ours, theirs = [], []
    for _ in range(rounds):
        done = subprocess.run([bench(), "pixels", raster, "512", "--json"], capture_output=True, text=True, check=True)
        answer = json.loads(done.stdout)
        ours.append(answer["microseconds"])
        begin = cpu(resource.RUSAGE_SELF)
        for _ in range(100):
            bits, _ = pdqhash.compute(rgb)
        theirs.append(1e4 * (cpu(resource.RUSAGE_SELF) - begin))
        differ = int(answer["hash"], 16) ^ int(numpy.packbits(bits).tobytes().hex(), 16)
        if differ.bit_count() > 10:
            raise RuntimeError(f"the two hashes differ in {differ.bit_count()} bits")
    return [("Haechi", statistics.median(ours)), ("pdqhash", statistics.median(theirs))]


def program() -> str:
    return os.environ.get("HAECHI_BIN", str(pictures.REPOSITORY / ".build" / "release" / "haechi"))


def bench() -> str:
    return os.environ.get("HAECHI_BENCH", str(Path(program()).with_name("haechi-bench")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds; medians are over these (default 5)")
    parser.add_argument("--pictures", type=int, default=8, help="photographs of each size (default 8)")
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES), help="longer sides in pixels (default 512 1024 2048 4000)")
    options = parser.parse_args()

    print(f"\n# Hashing\n\n{machine.describe()}; {options.pictures} pictures a size, {options.rounds} rounds\n", flush=True)
    ways = {f"Haechi, {method}": with_program(method) for method in METHODS}
    ways |= {"pdqhash": in_process(with_pdqhash), REFERENCE: in_process(pdq_from_bytes)}
    seen: dict[tuple[str, int], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        files = {size: files_of(size, options.pictures, Path(folder)) for size in options.sizes}
        for number in range(options.rounds):
            for size in options.sizes:
                for name, measure in ways.items():
                    seen.setdefault((name, size), []).append(measure(files[size]))
            print(f"round {number + 1} of {options.rounds} done", flush=True)
        of_pixels = pixels(options.rounds, Path(folder))

    lines = []
    for name in ways:
        cells = []
        for size in options.sizes:
            ratio = statistics.median(theirs / max(mine, 1e-3) for mine, theirs in zip(seen[name, size], seen[REFERENCE, size]))
            cells += [f"{statistics.median(seen[name, size]):.1f}", f"{ratio:.1f}"]
        lines.append([name, *cells])
    head = ["CPU ms a picture, JPEG bytes to hash"] + [title for size in options.sizes for title in (f"{size} px", "×")]
    print("\n" + tables.table(head, lines))
    print(f"\n× is how many times as fast as {REFERENCE}, round by round, median\n")
    lines = [[name, f"{value:,.0f}", f"{of_pixels[-1][1] / value:.1f}"] for name, value in of_pixels]
    print(tables.table([PIXELS, "CPU µs", "×"], lines), flush=True)


if __name__ == "__main__":
    main()

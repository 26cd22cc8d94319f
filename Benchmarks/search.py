# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Exact search in PDQ hashes beside faiss and the threatexchange package, on the same hashes. See README.md."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from support import hash_sets, machine, search_peer, tables

REPOSITORY = Path(__file__).resolve().parents[1]
OURS = "Haechi"
SIZES = {"100k": 100_000, "1M": 1_000_000, "10M": 10_000_000}
# How many queries a round asks of a peer: two or three seconds of the slowest.
ASKED = {100_000: 2_000, 1_000_000: 500, 10_000_000: 50}
APPROXIMATE = [name for name in search_peer.PEERS if "IVF" in name]
SLOW_TO_BUILD = 1_000_000  # larger than this: no approximate lists, and no index of Python objects


@dataclass
class Competitor:
    """A process that has built its index and waits for lines on stdin."""

    name: str
    process: subprocess.Popen
    build: float = 0
    memory: int = 0
    rounds: list[dict] = field(default_factory=list)

    @classmethod
    def start(cls, name: str, haystack: Path, needles: Path, radius: int) -> "Competitor":
        command = [sys.executable, "-B", search_peer.__file__, name] if name != OURS else [bench(), "search", "--serve"]
        command = [*command, str(haystack), str(needles), str(radius)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        built = cls(name, process)
        answer = built.answer()
        built.build, built.memory = answer["build"], answer["memory"]
        return built

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with status {self.process.wait()}")
        return json.loads(line)

    def ask(self, verb: str, number: int) -> dict:
        print(verb, number, file=self.process.stdin, flush=True)
        return self.answer()

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait()

    def median(self, key: str) -> str:
        return f"{statistics.median(seen[key] for seen in self.rounds):.3f}"

    def per_second(self) -> list[float]:
        return [one["queries"] / max(one["cpu"], 1e-6) for one in self.rounds]


def bench() -> str:
    """The program beside `haechi`."""
    program = Path(os.environ.get("HAECHI_BIN", REPOSITORY / ".build" / "release" / "haechi"))
    return os.environ.get("HAECHI_BENCH", str(program.with_name("haechi-bench")))


def recall(found: list[list[int]], truth: set[tuple[int, int]]) -> float:
    return len({tuple(pair) for pair in found} & truth) / len(truth) if truth else 1


def compare(kind: str, size: int, options: argparse.Namespace, folder: Path) -> str:
    rows = hash_sets.haystack(kind, size, options.seed)
    haystack = hash_sets.store(folder / "hashes", rows)
    needles = hash_sets.store(folder / "queries", hash_sets.needles(rows, 20_000, options.seed))
    del rows

    names = [OURS, *options.peers]
    if size > SLOW_TO_BUILD:
        names = [name for name in names if name not in [*APPROXIMATE, "threatexchange"]]
    if "faiss flat" not in names:
        names.append("faiss flat")  # the truth
    running = [Competitor.start(name, haystack, needles, options.radius) for name in names]
    try:
        for _ in range(options.rounds):
            for one in running:
                # Ours is measured over more queries, or the clock would be too coarse.
                one.rounds.append(one.ask("go", 20_000 if one.name == OURS else ASKED[size]))
        pairs = {one.name: one.ask("matches", ASKED[size])["pairs"] for one in running}
    finally:
        for one in running:
            one.stop()
    truth = {tuple(pair) for pair in pairs["faiss flat"]}

    ours = running[0]
    lines = []
    for one in running:
        ratio = statistics.median(mine / theirs for mine, theirs in zip(ours.per_second(), one.per_second()))
        lines.append([
            one.name, tables.count(statistics.median(one.per_second())), "" if one is ours else factor(ratio),
            f"{recall(pairs[one.name], truth):.3f}", one.median("p50"), one.median("p99"), f"{one.build:.1f}",
            tables.count(one.memory / 2**20),
        ])  # fmt: skip
    head = ["index", "queries/CPU s", "Haechi is × as fast", "recall", "median ms", "p99 ms", "build CPU s", "MiB"]
    return f"{size:,} hashes, {kind}; {len(truth):,} matches for {ASKED[size]} queries\n\n" + tables.table(head, lines)


def factor(ratio: float) -> str:
    return tables.count(ratio) if ratio >= 10 else f"{ratio:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    sizes, peers = "10M needs 6 GB and several minutes (default 100k 1M)", f"of {', '.join(search_peer.PEERS)} (default all)"
    every = list(search_peer.PEERS)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=["100k", "1M"], help=sizes)
    parser.add_argument("--kinds", nargs="+", choices=hash_sets.KINDS, default=list(hash_sets.KINDS), help="default both")
    parser.add_argument("--peers", nargs="*", metavar="PEER", choices=every, default=every, help=peers)
    parser.add_argument("--radius", type=int, default=31, help="default 31; threatexchange knows no other")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds; medians are over these (default 3)")
    parser.add_argument("--seed", type=int, default=20261122)
    options = parser.parse_args()
    if options.radius != 31:
        options.peers = [name for name in options.peers if name != "threatexchange"]

    print(f"\n# Search\n\n{machine.describe()}; radius {options.radius}, {options.rounds} rounds, seed {options.seed}", flush=True)
    for size in options.sizes:
        for kind in options.kinds:
            with tempfile.TemporaryDirectory() as folder:
                print("\n" + compare(kind, SIZES[size], options, Path(folder)), flush=True)


if __name__ == "__main__":
    main()

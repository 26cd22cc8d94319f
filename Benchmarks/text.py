# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Many literals in texts beside Hyperscan and RE2's sets, on the same texts. See README.md."""

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path

import hyperscan
import re2

from support import machine, tables, texts

REPOSITORY = Path(__file__).resolve().parents[1]
Scan = Callable[[bytes], int]


def bench() -> str:
    """The program beside `haechi`."""
    program = Path(os.environ.get("HAECHI_BIN", REPOSITORY / ".build" / "release" / "haechi"))
    return os.environ.get("HAECHI_BENCH", str(program.with_name("haechi-bench")))


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def with_hyperscan(literals: list[bytes]) -> Scan:
    """Each literal told once a text, as our bits are; the callback is Python, so matches cost."""
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[re.escape(literal) for literal in literals], ids=list(range(len(literals))), elements=len(literals),
        flags=[hyperscan.HS_FLAG_SINGLEMATCH] * len(literals),
    )  # fmt: skip
    found: set[int] = set()

    def scan(text: bytes) -> int:
        found.clear()
        database.scan(text, match_event_handler=lambda number, *_: found.add(number))
        return len(found)

    return scan


def with_re2(literals: list[bytes]) -> Scan:
    patterns = re2.Set.SearchSet(options())
    for literal in literals:
        patterns.Add(re2.escape(literal))
    patterns.Compile()
    return lambda text: len(patterns.Match(text) or ())


def options() -> "re2.Options":
    chosen = re2.Options()
    chosen.encoding = re2.Options.Encoding.LATIN1  # bytes
    chosen.max_mem = 1 << 30
    return chosen


PEERS: dict[str, Callable[[list[bytes]], Scan]] = {"hyperscan": with_hyperscan, "re2 set": with_re2}


def measure_peer(make: Callable[[list[bytes]], Scan], literals: list[bytes], lines: list[bytes], rounds: int) -> dict:
    begin = cpu()
    scan = make(literals)
    build = cpu() - begin
    whole = b"\n".join(lines)
    distinct = scan(whole)
    rates, each = [], []
    for _ in range(rounds):
        begin = cpu()
        scan(whole)
        rates.append(len(whole) / (cpu() - begin) / 1e6)
        begin = cpu()
        for line in lines[:5000]:
            scan(line)
        each.append((cpu() - begin) / len(lines[:5000]) * 1e9)
    return {"rate": statistics.median(rates), "each": statistics.median(each), "build": build * 1000, "distinct": distinct}


def measure_ours(literals: list[bytes], lines: list[bytes], rounds: int) -> tuple[dict, dict]:
    with tempfile.TemporaryDirectory() as folder:
        texts_file, literals_file = Path(folder, "texts"), Path(folder, "literals")
        texts_file.write_bytes(b"\n".join(lines))
        literals_file.write_bytes(b"\n".join(literals))
        command = [bench(), "text", str(texts_file), str(literals_file), "--json", "--rounds", str(rounds)]
        by_line = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        whole = json.loads(subprocess.run([*command, "--whole"], capture_output=True, check=True).stdout)
    each = by_line["bytes"] / by_line["texts"] / by_line["markMBPerSecond"] * 1000
    row = {"rate": whole["markMBPerSecond"], "each": each, "build": whole["buildMilliseconds"], "distinct": whole["distinct"]}
    return row | {"memory": whole["memoryBytes"]}, by_line


def row(name: str, one: dict, ours: dict) -> list[str]:
    return [
        name, tables.count(one["rate"]), "" if one is ours else f"{ours['rate'] / one['rate']:.1f}", tables.count(one["each"]),
        f"{one['build']:.1f}", str(one["distinct"]), f"{one['memory'] / 1e6:.1f}" if "memory" in one else "",
    ]  # fmt: skip


def scan_tables(options: argparse.Namespace) -> dict:
    head = ["engine", "MB/CPU s", "Haechi is × as fast", "ns a message", "build CPU ms", "literals found", "MB"]
    normal = {}
    for korean in (0.0, 0.9):
        lines = texts.messages(options.messages, korean, options.seed)
        for size in options.sizes:
            literals = texts.literals(size, options.seed + 1)
            ours, normal[korean] = measure_ours(literals, lines, options.rounds)
            rows = [row("Haechi", ours, ours)]
            for name in options.peers:
                if name == "re2 set" and size > 10_000:
                    continue  # its automaton needs gigabytes
                peer = measure_peer(PEERS[name], literals, lines, options.rounds)
                if peer["distinct"] != ours["distinct"]:
                    raise RuntimeError(f"{name} found {peer['distinct']} literals, Haechi {ours['distinct']}")
                rows.append(row(name, peer, ours))
            mean = sum(map(len, lines)) / len(lines)
            what = f"{size:,} literals, {len(lines):,} messages of {mean:.0f} bytes, {'Korean' if korean else 'English'}"
            print(f"\n{what}\n\n{tables.table(head, rows)}", flush=True)
    return normal


def python_nfkc(lines: list[bytes], rounds: int) -> float:
    """The peer of `folded`: the standard library's NFKC and case folding, which keep no way back and see nothing else."""
    decoded = [line.decode(errors="replace") for line in lines]
    rates = []
    for _ in range(rounds):
        begin = cpu()
        for line in decoded:
            unicodedata.normalize("NFKC", line).casefold()
        rates.append(sum(map(len, lines)) / (cpu() - begin) / 1e6)
    return statistics.median(rates)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=[30, 300, 3_000, 100_000], help="how many literals")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS), help="default both")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=7, help="medians are over these (default 7)")
    parser.add_argument("--seed", type=int, default=20261122)
    options = parser.parse_args()
    print(f"\n# Text\n\n{machine.describe()}; {options.rounds} rounds, seed {options.seed}", flush=True)
    normal = scan_tables(options)

    views = ["exact", "visible", "folded", "skeleton", "squeezed", "leet"]
    rows = [[view, *(tables.count(normal[korean][f"{view}MBPerSecond"]) for korean in normal)] for view in views]
    peer = [tables.count(python_nfkc(texts.messages(5_000, korean, options.seed), options.rounds)) for korean in normal]
    rows.append(["Python: NFKC and casefold, no offsets", *peer])
    print(f"\nNormalisation, MB/CPU s\n\n{tables.table(['view', 'English', 'Korean'], rows)}", flush=True)


if __name__ == "__main__":
    main()

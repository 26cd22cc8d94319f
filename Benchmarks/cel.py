# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Rule conditions beside Google's C++ CEL and the Rust crate, on the same six conditions and event. See README.md."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cel_expr_python import cel as cpp
from google.protobuf import timestamp_pb2

from support import machine, tables

# The package has the name of this file, whose folder would be looked into first.
paths, sys.path = sys.path, [path for path in sys.path if Path(path).resolve() != Path(__file__).resolve().parent]
import cel as rust  # noqa: E402

sys.path = paths

REPOSITORY = Path(__file__).resolve().parents[1]
OURS = "Haechi"
GENERIC = "Haechi, generic tier"
CPP = "cel-expr-python (Google's C++)"
RUST = "common-expression-language (Rust)"
PEERS = (CPP, RUST)

# As in Native/CELSample.swift, with what each comes to on the event below.
CONDITIONS: dict[str, tuple[str, bool]] = {
    "e1": (
        'event.room.visibility == "public" && (event.signals.nsfw.score > 0.85 || event.hash.matches.exists(m, m.bank == "ncii" '
        '&& m.distance <= 31)) && !(event.author.labels.exists(l, l == "trusted"))',
        True,
    ),
    "e2": ('event.type == "message" && event.author.account_age_s < 86400 && event.stats.msgs_1m >= 20', True),
    "e3": (
        'event.text.contains("free nitro") || event.text.contains("steam gift") || event.text.contains("claim your prize")',
        False,
    ),
    "e4": (r'event.text.matches("(?i)(discord\\.gift|dlscord|steamcommunlty)\\.[a-z]{2,6}/[a-z0-9]+")', False),
    "e5": (
        'event.author.roles.exists(r, r in ["admin", "moderator", "staff"]) || event.urls.all(u, u.domain in ["example.com", '
        '"example.org", "github.com"])',
        False,
    ),
    "e6": (
        "has(event.signals.spam) && event.signals.spam.score * 0.6 + double(event.stats.msgs_1m) / 60.0 * 0.4 > 0.4 && "
        'event.created_at - event.author.joined_at < duration("10m") && size(event.text) > 0',
        True,
    ),
}


def event(at: Callable[[int], object]) -> dict[str, object]:
    return {
        "type": "message",
        "room": {"visibility": "public"},
        "signals": {"nsfw": {"score": 0.12}, "spam": {"score": 0.31}},
        "hash": {"matches": [{"bank": b, "distance": d} for b, d in (("gore", 12), ("ncii", 77), ("ncii", 14))]},
        "author": {
            "labels": ["new", "returning"],
            "roles": ["member", "verified"],
            "account_age_s": 3600,
            "joined_at": at(1_750_000_000),
        },
        "stats": {"msgs_1m": 42},
        "text": "hey all, the meeting notes from yesterday are on github now, please have a look at section four before we talk on "
        "friday; i also fixed the two broken links",
        "urls": [{"domain": domain} for domain in ("github.com", "example.org", "example.net")],
        "created_at": at(1_750_000_330),
    }


class Cpp:
    """Its event is made once and used again: only the call itself is measured, and what a call of `true` takes is left out."""

    def __init__(self) -> None:
        self.env = cpp.NewEnv(variables={"event": cpp.Type.Map(cpp.Type.STRING, cpp.Type.DYN)})
        # A datetime within a dictionary is refused; the message is what it would become.
        self.activation = self.env.Activation({"event": event(lambda seconds: timestamp_pb2.Timestamp(seconds=seconds))})

    def compile(self, source: str) -> Callable[[], bool]:
        expression = self.env.compile(source)
        return lambda: expression.eval(self.activation).value()


class Rust:
    """As `Cpp`. It parses and does not check."""

    def __init__(self) -> None:
        self.context = rust.Context(variables={"event": event(lambda seconds: datetime.fromtimestamp(seconds, UTC))})

    def compile(self, source: str) -> Callable[[], bool]:
        program = rust.compile(source)
        return lambda: program.execute(self.context)


def nanoseconds(work: Callable[[], object], seconds: float) -> float:
    """Processor time of one call, from as many as take about that long."""
    work()
    calls = 1
    while True:
        begin = time.thread_time()
        for _ in range(calls):
            work()
        used = time.thread_time() - begin
        if used >= seconds:
            return used / calls * 1e9
        calls *= 2 if used < seconds / 8 else 1 + int(seconds / used)


def peer(name: str, seconds: float) -> dict[str, float]:
    engine = Cpp() if name == CPP else Rust()
    nothing = nanoseconds(engine.compile("true"), seconds)
    seen = {}
    for key, (source, holds) in CONDITIONS.items():
        run = engine.compile(source)
        if run() is not holds:
            raise RuntimeError(f"{name}: {key} gives {run()}")
        seen[key] = max(nanoseconds(run, seconds) - nothing, 1)
        seen[f"{key} compile"] = nanoseconds(lambda: engine.compile(source), seconds) / 1000
    return seen


def ours(sizes: list[int]) -> dict[str, float]:
    command = [bench(), "cel", "--json", "--repeats", "9", *(word for size in sizes for word in ("--sizes", str(size)))]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def bench() -> str:
    """The program beside `haechi`."""
    program = Path(os.environ.get("HAECHI_BIN", REPOSITORY / ".build" / "release" / "haechi"))
    return os.environ.get("HAECHI_BENCH", str(program.with_name("haechi-bench")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds; medians are over these (default 7)")
    parser.add_argument("--seconds", type=float, default=0.05, help="processor time a measurement of a peer takes (default 0.05)")
    parser.add_argument("--sizes", nargs="+", type=int, default=[300, 3000], help="rules in a set (default 300 3000)")
    options = parser.parse_args()

    print(f"\n# Conditions\n\n{machine.describe()}; {options.rounds} rounds\n", flush=True)
    rounds: list[tuple[dict[str, float], dict[str, dict[str, float]]]] = []
    for number in range(options.rounds):
        rounds.append((ours(options.sizes), {name: peer(name, options.seconds) for name in PEERS}))
        print(f"round {number + 1} of {options.rounds} done", flush=True)

    mine = {key: statistics.median(own[f"{key}Nanoseconds"] for own, _ in rounds) for key in CONDITIONS}
    generic = {key: statistics.median(own[f"{key}GenericNanoseconds"] for own, _ in rounds) for key in CONDITIONS}
    lines = [[OURS, *cells(mine.values())], [GENERIC, *cells(generic.values())]]
    for name in PEERS:
        lines.append([name, *cells(statistics.median(peers[name][key] for _, peers in rounds) for key in CONDITIONS)])
    for name in PEERS:
        ratios = [statistics.median(peers[name][key] / own[f"{key}Nanoseconds"] for own, peers in rounds) for key in CONDITIONS]
        lines.append([f"× {name}", *(f"{ratio:.0f}" for ratio in ratios)])
    print("\n" + tables.table(["CPU ns a condition", *(key.upper() for key in CONDITIONS)], lines))
    print("\n× is how many times as fast as the peer Haechi is, round by round, median\n")

    compiled = [statistics.median(own[f"{key}ParseAndCheckMicroseconds"] for own, _ in rounds) for key in CONDITIONS]
    lines = [[OURS, *(f"{value:.1f}" for value in compiled)]]
    for name in PEERS:
        values = [statistics.median(peers[name][f"{key} compile"] for _, peers in rounds) for key in CONDITIONS]
        lines.append([name, *(f"{value:.1f}" for value in values)])
    print(tables.table(["CPU µs to parse and check", *(key.upper() for key in CONDITIONS)], lines) + "\n")

    lines = []
    for size in options.sizes:
        for kind, words in (("NoMatch", "no match"), ("OnePercent", "1% match")):
            names = (f"set{size}{kind}{column}Microseconds" for column in ("", "WithFill", "Loop"))
            lines.append([f"{size:,} rules, {words}", *(f"{statistics.median(own[name] for own, _ in rounds):.2f}" for name in names)])
    print(tables.table(["CPU µs an event", "as a set", "and filling the frame", "one by one"], lines), flush=True)


def cells(values) -> list[str]:
    return [f"{value:,.0f}" for value in values]


if __name__ == "__main__":
    main()

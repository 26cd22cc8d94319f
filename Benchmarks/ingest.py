# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""How many events a second are accepted durably, on each engine, beside the same engine without us. See README.md."""

import argparse
import json
import re
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support import load, machine, tables
from harness.haechi import REPOSITORY, Haechi
from harness.postgres import PostgreSQL
from harness.synapse import synapse_python

ENGINES = ("SQLite", "PostgreSQL")
SIZES = (1, 10, 100)
CEILING = 1000  # rows a transaction from which a bare engine gets no faster
BARE = Path(__file__).parent / "support" / "bare_insert.py"


@dataclass(frozen=True)
class Sample:
    """One measurement of Haechi on an empty database."""

    accepted_per_second: float
    concluded_per_second: float
    seconds_to_empty: float
    was_emptied: bool  # else the seconds are what is left by the rate seen
    cpu: float  # seconds for 1,000 events, from the request to the conclusion
    median_ms: float
    p99_ms: float


class Server(Haechi):
    """Haechi with what a benchmark reads off it."""

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    def events(self) -> dict[str, int]:
        """How many events are in each state, as /metrics has it."""
        found = re.findall(r'^haechi_events\{state="(\w+)"\} (\d+)', self.get("/metrics").text, re.MULTILINE)
        return {state: int(number) for state, number in found}


class Engines:
    """A new, empty database for each measurement."""

    def __init__(self, postgresql: PostgreSQL):
        self._postgresql = postgresql
        self._made = 0

    @contextmanager
    def server(self, engine: str) -> Iterator[Server]:
        env = {"HAECHI_POLICIES_PATH": str(REPOSITORY / "Policies")}
        database = None
        if engine == "PostgreSQL":
            self._made += 1
            database = f"bench_{self._made}"
            env["HAECHI_DATABASE_URL"] = self._postgresql.create_database(database)
        with Server(env=env) as server:
            yield server

    def url(self, engine: str, server: Server) -> str:
        return self._postgresql.url(f"bench_{self._made}") if engine == "PostgreSQL" else f"sqlite:{server.folder}/var/haechi.db"


def measure(engines: Engines, engine: str, size: int, options: argparse.Namespace) -> Sample:
    """Load for some seconds, then the queue until it is empty or time is up."""
    with engines.server(engine) as server:
        load.post_events(server.url, size=size, connections=options.connections, seconds=1)  # warm
        before, cpu_before = server.events(), machine.cpu_seconds(server.pid)
        seen = load.post_events(server.url, size=size, connections=options.connections, seconds=options.seconds)
        loaded, cpu_loaded, begin = server.events(), machine.cpu_seconds(server.pid), time.monotonic()
        stored = sum(loaded.values()) - sum(before.values())
        if stored < seen.answered * size:
            raise RuntimeError(f"{seen.answered * size} events were acknowledged and {stored} are stored")
        end = loaded
        while end.get("queued", 0) and time.monotonic() < begin + options.drain:
            time.sleep(0.1)
            end = server.events()
        spent, cpu_end = time.monotonic() - begin, machine.cpu_seconds(server.pid)

    meanwhile, afterwards = concluded(loaded) - concluded(before), concluded(end) - concluded(loaded)
    left = end.get("queued", 0)
    if left and not afterwards:
        raise RuntimeError(f"the queue of {left} events stands still")
    if left:
        # Only concluding went on after the load, which tells its share from that of accepting.
        conclude = (cpu_end - cpu_loaded) / afterwards
        cpu = conclude + max(0.0, cpu_loaded - cpu_before - conclude * meanwhile) / stored
        spent += left * spent / afterwards
    else:
        cpu = (cpu_end - cpu_before) / (meanwhile + afterwards)
    return Sample(
        accepted_per_second=seen.per_second * size,
        concluded_per_second=(meanwhile + afterwards + left) / (seen.seconds + spent),
        seconds_to_empty=spent,
        was_emptied=not left,
        cpu=1000 * cpu,
        median_ms=seen.median_ms,
        p99_ms=seen.p99_ms,
    )


def concluded(events: dict[str, int]) -> int:
    return sum(events.values()) - events.get("queued", 0)


def bare(engines: Engines, engine: str, size: int, seconds: float) -> float:
    """Rows a second that the engine alone takes, in our table."""
    with engines.server(engine) as server:  # makes the tables
        server.stop()
        # Synapse's Python, because that one has a PostgreSQL client.
        command = [synapse_python(), "-B", BARE, engines.url(engine, server), size, seconds]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    return answer["rows"] / answer["seconds"]


def http_alone(engines: Engines, options: argparse.Namespace) -> float:
    with engines.server("SQLite") as server:
        return load.get(server.url + "/live", connections=options.connections, seconds=options.seconds).per_second


def report(engine: str, samples: dict, bares: dict) -> str:
    rows = []
    for size in SIZES:
        of_size = samples[engine, size]

        def middle(name: str) -> float:
            return statistics.median(getattr(sample, name) for sample in of_size)

        # Ratios are taken round by round, so that what else the machine does weighs on both sides.
        same = statistics.median(s.accepted_per_second / b for s, b in zip(of_size, bares[engine, size]))
        best = statistics.median(s.accepted_per_second / b for s, b in zip(of_size, bares[engine, CEILING]))
        about = "" if all(sample.was_emptied for sample in of_size) else "≈ "
        rows.append([
            str(size), tables.count(middle("accepted_per_second")), tables.count(statistics.median(bares[engine, size])),
            f"{same:.2f}", f"{best:.2f}", f"{middle('median_ms'):.0f}", f"{middle('p99_ms'):.0f}",
            tables.count(middle("concluded_per_second")), f"{about}{middle('seconds_to_empty'):.1f}", f"{middle('cpu'):.2f}",
        ])  # fmt: skip
    head = [
        "events a request", "accepted/s", "bare engine/s", "ratio", "of the limit", "median ms", "p99 ms",
        "concluded/s", "s until empty", "CPU s per 1,000",
    ]  # fmt: skip
    limit = tables.count(statistics.median(bares[engine, CEILING]))
    return f"{engine}; the limit is {limit} rows/s: the bare engine with {CEILING:,} rows a transaction\n\n" + tables.table(head, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds; medians are over these (default 3)")
    parser.add_argument("--seconds", type=int, default=3, help="seconds of load in each measurement (default 3)")
    parser.add_argument("--drain", type=float, default=4, help="seconds to watch the queue afterwards at most (default 4)")
    parser.add_argument("--connections", type=int, default=32, help="keep-alive connections (default 32)")
    parser.add_argument("--engine", choices=ENGINES, help="only this one")
    options = parser.parse_args()
    chosen = [options.engine] if options.engine else list(ENGINES)

    print(f"\n# Ingest\n\n{machine.describe()}\n", flush=True)
    samples: dict[tuple[str, int], list[Sample]] = {}
    bares: dict[tuple[str, int], list[float]] = {}
    alone: list[float] = []
    with PostgreSQL() as postgresql:
        engines = Engines(postgresql)
        for number in range(options.rounds):
            for engine in chosen:
                for size in SIZES:
                    bares.setdefault((engine, size), []).append(bare(engines, engine, size, options.seconds))
                    samples.setdefault((engine, size), []).append(measure(engines, engine, size, options))
                bares.setdefault((engine, CEILING), []).append(bare(engines, engine, CEILING, options.seconds))
            alone.append(http_alone(engines, options))
            print(f"round {number + 1} of {options.rounds} done", flush=True)
    for engine in chosen:
        print("\n" + report(engine, samples, bares))
    print(f"\nThe HTTP server alone (GET /live): {tables.count(statistics.median(alone))} requests/s", flush=True)


if __name__ == "__main__":
    main()

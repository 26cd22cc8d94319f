# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Load by wrk: keep-alive connections, one thread, so that the machine is left to what is measured."""

import json
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("events.lua")


@dataclass(frozen=True)
class Load:
    """What wrk saw. `answered` are successes only."""

    answered: int
    seconds: float
    median_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.answered / self.seconds


def post_events(url: str, *, size: int, connections: int, seconds: int) -> Load:
    """`size` events a request, each with its own id; fails if one request did."""
    return _wrk(url + "/v1/events", str(size), secrets.token_hex(4), connections=connections, seconds=seconds)


def get(url: str, *, connections: int, seconds: int) -> Load:
    """GET requests: what the HTTP server does when it has nothing to do."""
    return _wrk(url, connections=connections, seconds=seconds, script=SCRIPT.with_name("get.lua"))


def _wrk(url: str, *arguments: str, connections: int, seconds: int, script: Path = SCRIPT) -> Load:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script, url, "--", *arguments]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout.splitlines()[-1])
    if seen["refused"] or seen["broken"] or not seen["requests"]:
        raise RuntimeError(f"the load was not all answered with success: {seen}")
    return Load(seen["requests"], seen["seconds"], seen["median_ms"], seen["p99_ms"])

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""A Haechi process as an operator would start it."""

import os
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

from .processes import Child, TemporaryFolder

REPOSITORY = Path(__file__).resolve().parents[3]
_ADDRESS = re.compile(r"haechi: listening on http://127\.0\.0\.1:(\d+)")


def haechi_binary() -> Path:
    return Path(os.environ.get("HAECHI_BIN", REPOSITORY / ".build" / "release" / "haechi"))


class Haechi:
    """`haechi serve` with its own folder; with port 0 the port that it chose is read from what it prints.

    `env` and `arguments` are given to the process as they are. `folder` is its working folder and keeps its state; without
    one, a temporary folder is deleted on leaving.
    """

    def __init__(
        self,
        *,
        env: dict[str, str] | None = None,
        arguments: list[str] | None = None,
        port: int = 0,
        folder: Path | None = None,
        binary: Path | None = None,
    ):
        self._env = env or {}
        self._arguments = arguments or []
        self._wanted_port = port
        self._binary = binary or haechi_binary()
        self._kept = folder
        self._temporary: TemporaryFolder | None = None
        self._child: Child | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def folder(self) -> Path:
        """The working folder: everything that the process stores is in it."""
        if self._kept:
            return self._kept
        assert self._temporary is not None
        return self._temporary.path

    @property
    def log(self) -> str:
        """Everything printed by all starts in this folder."""
        return (self.folder / "haechi.log").read_text(errors="replace")

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    def __enter__(self) -> "Haechi":
        if self._kept is None:
            self._temporary = TemporaryFolder("haechi")
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
        if self._temporary:
            self._temporary.__exit__()

    def start(self, *, wait: bool = True) -> None:
        """Starts the process, on the port of the last start if there was one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / "haechi.log"
        command = [self._binary, "serve", "--port", self.port or self._wanted_port, *self._arguments]
        self._child = Child(command, log, env={**os.environ, **self._env}, cwd=self.folder)
        if wait:
            self.wait_ready()

    def wait_ready(self, seconds: float = 30) -> None:
        """Waits for the address in the log, and for `GET /ready` there."""
        assert self._child is not None

        def address() -> re.Match[str] | None:
            return _ADDRESS.search(self._child.read_log())

        self.port = int(self._child.wait_for("Haechi's address", address, seconds).group(1))
        self._child.wait_for("Haechi's /ready", self._ready, seconds)

    def stop(self) -> int | None:
        """Stops in good order; returns the exit status, or nothing if it was not running."""
        return self._child.stop() if self.running else None

    def kill(self) -> None:
        """kill -9: nothing is flushed, nothing is closed."""
        assert self._child is not None
        self._child.kill()

    def pause(self) -> None:
        """Stops the process from running while its sockets stay open, as an overloaded machine would."""
        assert self._child is not None
        os.kill(self._child.pid, signal.SIGSTOP)

    def resume(self) -> None:
        assert self._child is not None
        os.kill(self._child.pid, signal.SIGCONT)

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=30, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        return requests.post(self.url + path, json=body, timeout=30, **options)

    def run(self, *arguments: str, timeout: float = 60) -> "Finished":
        """Another `haechi` command in the same folder and environment, such as `run("ledger", "verify")`."""
        done = subprocess.run(
            [self._binary, *arguments], cwd=self.folder, env={**os.environ, **self._env},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
        )  # fmt: skip
        return Finished(done.returncode, done.stdout, done.stderr)

    def _ready(self) -> bool:
        try:
            return requests.get(self.url + "/ready", timeout=2).status_code == 200
        except requests.RequestException:
            return False


@dataclass(frozen=True)
class Finished:
    """What a finished command left."""

    status: int
    output: str
    errors: str

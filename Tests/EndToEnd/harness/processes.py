# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Child processes, ports and folders that never outlive the tests, not even when those are killed.

Only Python's own library is used here: `postgres_for_tests` runs without a virtual environment.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class PeerFailed(Exception):
    """A peer did not start, or ended by itself. The message has the end of its log."""


def wait_until(what: str, condition: Callable[[], T], seconds: float = 30, every: float = 0.05) -> T:
    """Polls until the condition is true, and returns what it gave; raises `TimeoutError` naming what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        if result := condition():
            return result
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(every)


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def port_or_free(wanted: int) -> int:
    """The wanted loopback port if nobody listens on it, else a free one."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", wanted))
            return wanted
        except OSError:
            return free_port()


class TemporaryFolder:
    """A folder that is deleted on leaving. What a killed earlier run left is deleted first."""

    prefix = "haechi-e2e"

    def __init__(self, name: str):
        self._sweep()
        self.path = Path(tempfile.mkdtemp(prefix=f"{self.prefix}-{os.getpid()}-{name}-"))

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    @classmethod
    def _sweep(cls) -> None:
        for left in Path(tempfile.gettempdir()).glob(f"{cls.prefix}-*"):
            owner = left.name.split("-")[2]
            if owner.isdigit() and not Path("/proc", owner).exists():
                shutil.rmtree(left, ignore_errors=True)


def die_with_parent(death_signal: int = signal.SIGKILL, user: tuple[int, int] | None = None) -> Callable[[], None]:
    """What a new child runs before its program: the kernel sends it the signal when the thread that made it ends."""
    parent = os.getpid()

    def prepare() -> None:
        if user is not None:  # before prctl: a change of user clears the death signal
            os.setgroups([])
            os.setgid(user[1])
            os.setuid(user[0])
        _libc.prctl(_PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


class Child:
    """A process in its own group, with its output in a file, that the kernel ends when this process ends."""

    def __init__(
        self,
        command: list[str | Path],
        log: Path,
        *,
        env: dict[str, str] | None = None,
        cwd: Path | None = None,
        user: tuple[int, int] | None = None,
        death_signal: int = signal.SIGKILL,
    ):
        self.log = log
        self._log_begin = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=cwd,
                start_new_session=True,
                preexec_fn=die_with_parent(death_signal, user),
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def read_log(self) -> str:
        """What this process has printed so far; earlier starts may be in the same file."""
        return self.log.read_bytes()[self._log_begin :].decode(errors="replace")

    def wait_for(self, what: str, condition: Callable[[], T], seconds: float = 30) -> T:
        """Polls until the condition is true; fails at once when the process has ended."""

        def check() -> T:
            if not self.running:
                raise PeerFailed(f"{what}: ended with {self.process.returncode}\n{self.read_log()[-4000:]}")
            return condition()

        try:
            return wait_until(what, check, seconds)
        except TimeoutError as late:
            raise PeerFailed(f"{late}\n{self.read_log()[-4000:]}") from None

    def stop(self, how: int = signal.SIGTERM, seconds: float = 10) -> int:
        """Asks the process to end, and kills its whole group when it does not; returns its exit status."""
        if self.running:
            self.process.send_signal(how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        self._kill_group()
        return self.process.wait(5)

    def kill(self) -> None:
        """kill -9, as a crash would."""
        self.process.kill()
        self.process.wait(5)
        self._kill_group()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

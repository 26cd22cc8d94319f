# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""A throw-away PostgreSQL on a free loopback port. Only Python's own library is used here."""

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path
from types import TracebackType

from .processes import Child, PeerFailed, TemporaryFolder, free_port


def _program(name: str) -> str:
    """The newest packaged PostgreSQL's program, else the one on the PATH."""
    packaged = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    found = str(packaged[-1]) if packaged else shutil.which(name)
    if not found:
        raise PeerFailed(f"{name} is missing: run scripts/bootstrap test")
    return found


def _unprivileged() -> tuple[int, int] | None:
    """PostgreSQL refuses to run as root: the user and group to become, if we are."""
    if os.getuid() != 0:
        return None
    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        account = pwd.getpwnam("nobody")
    return account.pw_uid, account.pw_gid


class PostgreSQL:
    """An empty cluster (UTF-8, C locale, trust) that is deleted on leaving.

    `fsync` stays on unless told otherwise: what was acknowledged is then really on the disk.
    """

    def __init__(self, *, fsync: bool = True):
        self._fsync = fsync
        self._folder: TemporaryFolder | None = None
        self._child: Child | None = None
        self.port = 0

    def url(self, database: str = "postgres") -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        """Makes an empty database and returns its URL."""
        subprocess.run(
            [_program("createdb"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"]
            + ["-T", "template0", "-E", "UTF8", "--locale=C", name],
            check=True,
        )
        return self.url(name)

    def __enter__(self) -> "PostgreSQL":
        self._folder = TemporaryFolder("postgres")
        try:
            self._start(self._folder.path)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._child:
            self._child.stop(signal.SIGQUIT)  # at once: nothing of it is kept
        if self._folder:
            self._folder.__exit__()

    def _start(self, folder: Path) -> None:
        user = _unprivileged()
        if user:
            os.chown(folder, *user)
        data = folder / "data"
        as_user = {"user": user[0], "group": user[1], "extra_groups": []} if user else {}
        made = subprocess.run(
            [_program("initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            **as_user,
        )
        if made.returncode:
            raise PeerFailed(f"initdb failed\n{made.stdout[-2000:]}")
        self.port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "",
            "fsync": "on" if self._fsync else "off", "max_connections": 400, "autovacuum": "off",
        }  # fmt: skip
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        # SIGQUIT rather than SIGKILL on our death: PostgreSQL then ends its children and frees its shared memory.
        self._child = Child(
            [_program("postgres"), "-D", data, *options], folder / "log",
            cwd=folder, user=user, death_signal=signal.SIGQUIT,
        )  # fmt: skip
        status = data / "postmaster.pid"
        self._child.wait_for("PostgreSQL", lambda: status.exists() and "ready" in status.read_text())

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""A real Synapse on loopback, on SQLite or PostgreSQL, with Haechi as its application service and module."""

import base64
import json
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import requests

from .matrix import MatrixClient, MatrixError
from .processes import Child, TemporaryFolder, free_port

REPOSITORY = Path(__file__).resolve().parents[3]
INTEGRATION = REPOSITORY / "integrations" / "synapse"


def synapse_python() -> Path:
    """The Python that has Synapse, as `scripts/bootstrap` put it."""
    venv = os.environ.get("HAECHI_VENV", str(REPOSITORY / ".venv"))
    return Path(venv + "-synapse", "bin", "python")


@dataclass(frozen=True)
class ApplicationService:
    """How Synapse and Haechi know each other. Haechi's port is chosen before either of them starts."""

    url: str
    as_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    hs_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    localpart: str = "haechi"


@dataclass(frozen=True)
class Module:
    """The settings of `haechi_synapse.HaechiModule`."""

    haechi_url: str
    token: str
    deadline_ms: int = 150


class Synapse:
    """A homeserver; `folder` keeps its state from one start to the next, without it everything is deleted on leaving."""

    def __init__(
        self,
        *,
        folder: Path | None = None,
        server_name: str = "test.local",
        port: int | None = None,
        application_service: ApplicationService | None = None,
        module: Module | None = None,
        database: str | None = None,
        extra: dict[str, Any] | None = None,
    ):
        self.server_name = server_name
        self.application_service = application_service
        self._module = module
        self._database = database
        self._extra = extra or {}
        self._kept = folder
        self._temporary: TemporaryFolder | None = None
        self._child: Child | None = None
        self._port = port
        self._shared_secret = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def shared_secret(self) -> str:
        """What accounts are registered with."""
        return self._shared_secret

    @property
    def log(self) -> str:
        assert self._child is not None
        return self._child.read_log()

    def bot_user_id(self) -> str:
        assert self.application_service is not None
        return f"@{self.application_service.localpart}:{self.server_name}"

    # Life

    def __enter__(self) -> "Synapse":
        if self._kept is None:
            self._temporary = TemporaryFolder("synapse")
        folder = self._kept or self._temporary.path
        try:
            self._start(folder)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._child:
            self._child.stop()
        if self._temporary:
            self._temporary.__exit__()

    def restart(self) -> None:
        """Stops and starts again, with the same state and port."""
        assert self._child is not None
        self._child.stop()
        self._start(self._kept or self._temporary.path)

    def _start(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._port = self._port or free_port()
        config = self._write_configuration(folder)
        self._child = Child(
            [synapse_python(), "-m", "synapse.app.homeserver", "-c", config],
            folder / "synapse.log",
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(INTEGRATION), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        self._child.wait_for("Synapse", self._healthy, seconds=90)
        if self.application_service:
            self._register_bot(self.application_service)

    def _healthy(self) -> bool:
        try:
            return requests.get(self.url + "/health", timeout=2).ok
        except requests.RequestException:
            return False

    # People

    def register(self, name: str, password: str = "correct horse", *, admin: bool = False) -> MatrixClient:
        """Makes an account, or logs in if it exists, and returns a logged-in client."""
        return MatrixClient.register(self.url, self._shared_secret, name, password, admin=admin)

    def login(self, name: str, password: str = "correct horse") -> MatrixClient:
        return MatrixClient.login(self.url, name, password)

    def bot(self) -> MatrixClient:
        """The application service's own user."""
        assert self.application_service is not None
        return MatrixClient(self.url, self.bot_user_id(), self.application_service.as_token)

    def _register_bot(self, service: ApplicationService) -> None:
        answer = requests.post(
            self.url + "/_matrix/client/v3/register",
            json={"type": "m.login.application_service", "username": service.localpart},
            headers={"Authorization": f"Bearer {service.as_token}"},
            timeout=30,
        )
        if not answer.ok and answer.json().get("errcode") != "M_USER_IN_USE":
            raise MatrixError(answer)

    # Configuration

    def _write_configuration(self, folder: Path) -> Path:
        """Writes the files anew at each start; only the signing key and the secrets stay. JSON is valid YAML."""
        kept = folder / "secrets.json"
        if not kept.exists():
            kept.write_text(json.dumps({"shared": secrets.token_hex(16), "macaroon": secrets.token_hex(16)}))
            seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
            (folder / "signing.key").write_text(f"ed25519 a_key1 {seed}\n")
        known = json.loads(kept.read_text())
        self._shared_secret = known["shared"]
        self._write(folder / "log.yaml", _LOGGING)
        config = {
            **_settings(folder, self.server_name, self._port, known),
            "database": self._database_settings(folder),
        }
        if self.application_service:
            self._write(folder / "appservice.yaml", self._registration(self.application_service))
            config["app_service_config_files"] = [str(folder / "appservice.yaml")]
        if self._module:
            config["modules"] = [{"module": "haechi_synapse.HaechiModule", "config": vars(self._module)}]
        return self._write(folder / "homeserver.yaml", {**config, **self._extra})

    def _database_settings(self, folder: Path) -> dict[str, Any]:
        if self._database is None:
            return {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}}
        url = urlsplit(self._database)
        args = {"user": url.username, "dbname": url.path[1:], "host": url.hostname, "port": url.port}
        return {"name": "psycopg2", "args": {**args, "cp_min": 5, "cp_max": 10}}

    def _registration(self, service: ApplicationService) -> dict[str, Any]:
        own_users = f"@{service.localpart}_.*:{re.escape(self.server_name)}"
        return {
            "id": "haechi",
            "url": service.url,
            "as_token": service.as_token,
            "hs_token": service.hs_token,
            "sender_localpart": service.localpart,
            "rate_limited": False,
            # No rooms here: a room pattern would send private rooms too. The bot sees what it joined.
            "namespaces": {"users": [{"exclusive": True, "regex": own_users}], "aliases": [], "rooms": []},
        }

    @staticmethod
    def _write(path: Path, value: Any) -> Path:
        path.write_text(json.dumps(value, indent=1))
        return path


_LOGGING = {
    "version": 1,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"level": "WARNING", "handlers": ["console"]},
    "disable_existing_loggers": False,
}

_NO_LIMIT = {"per_second": 100_000, "burst_count": 100_000}


def _settings(folder: Path, server_name: str, port: int, known: dict[str, str]) -> dict[str, Any]:
    return {
        "server_name": server_name,
        "public_baseurl": f"http://127.0.0.1:{port}/",
        "pid_file": str(folder / "homeserver.pid"),
        "listeners": [{
            "port": port, "type": "http", "tls": False, "bind_addresses": ["127.0.0.1"],
            "resources": [{"names": ["client", "media", "health"], "compress": False}],
        }],
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "log_config": str(folder / "log.yaml"),
        "registration_shared_secret": known["shared"],
        "macaroon_secret_key": known["macaroon"],
        "form_secret": known["macaroon"],
        "report_stats": False,
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "presence": {"enabled": False},
        "url_preview_enabled": False,
        "bcrypt_rounds": 4,
        # Otherwise a new database needs a minute of one-second steps until quarantine by hash and the directory work.
        "background_updates": {"sleep_enabled": False},
        # Otherwise public rooms are silently left out of the directory.
        "room_list_publication_rules": [{"action": "allow"}],
        "rc_message": _NO_LIMIT,
        "rc_registration": _NO_LIMIT,
        "rc_login": {"address": _NO_LIMIT, "account": _NO_LIMIT, "failed_attempts": _NO_LIMIT},
        "rc_joins": {"local": _NO_LIMIT, "remote": _NO_LIMIT},
        "rc_joins_per_room": _NO_LIMIT,
        "rc_invites": {"per_room": _NO_LIMIT, "per_user": _NO_LIMIT, "per_issuer": _NO_LIMIT},
        "rc_admin_redaction": _NO_LIMIT,
        "rc_reports": _NO_LIMIT,
        "rc_room_creation": _NO_LIMIT,
        "rc_media_create": _NO_LIMIT,
        # Lets a room's moderators read what was redacted: the tests see that restoring gives back the same.
        "experimental_features": {"msc2815_enabled": True, "msc4293_enabled": True},
    }  # fmt: skip

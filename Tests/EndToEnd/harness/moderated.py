# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""A homeserver that Haechi moderates: both started, connected and ready."""

import json
from pathlib import Path
from types import TracebackType

from . import pictures
from .haechi import REPOSITORY, Haechi
from .matrix import MatrixClient
from .processes import free_port, wait_until
from .synapse import ApplicationService, Module, Synapse

API_TOKEN = "end-to-end-token"
KNOWN_BANK = "ncii-confirmed"  # the bank that the shipped policy looks in


class ModeratedHomeserver:
    """`module=True` also asks before acceptance; without it everything takes the asynchronous road."""

    def __init__(
        self,
        *,
        module: bool = False,
        database: str | None = None,
        policies: Path | None = None,
        settings: dict[str, str] | None = None,
    ):
        self._settings = settings or {}
        self._policies = policies or REPOSITORY / "Policies"
        self._with_module = module
        self._database = database
        self._peers: list[object] = []

    def __enter__(self) -> "ModeratedHomeserver":
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for peer in reversed(self._peers):
            peer.__exit__(None, None, None)
        self._peers = []

    def _start(self) -> None:
        port = free_port()
        service = ApplicationService(f"http://127.0.0.1:{port}")
        module = Module(service.url, API_TOKEN, deadline_ms=1000) if self._with_module else None
        self.synapse = Synapse(application_service=service, module=module)
        self._enter(self.synapse)
        self.admin = self.synapse.register("administrator", admin=True)
        env = {
            "HAECHI_POLICIES_PATH": str(self._policies),
            "HAECHI_API_TOKENS": f"tests={API_TOKEN}",
            "HAECHI_API_APPEAL_URL": "https://haechi.example/appeal",
            "HAECHI_MATRIX_HOMESERVER_URL": self.synapse.url,
            "HAECHI_MATRIX_SERVER_NAME": self.synapse.server_name,
            "HAECHI_MATRIX_BOT_USER_ID": self.synapse.bot_user_id(),
            "HAECHI_MATRIX_AS_TOKEN": service.as_token,
            "HAECHI_MATRIX_HS_TOKEN": service.hs_token,
            "HAECHI_MATRIX_ADMIN_TOKEN": self.admin.token,
            "HAECHI_MATRIX_DIRECTORY_INTERVAL_SECONDS": "1",
            "HAECHI_MATRIX_REPORT_INTERVAL_SECONDS": "1",
        }
        env.update(self._settings)
        if self._database:
            env["HAECHI_DATABASE_URL"] = self._database
        self.haechi = Haechi(env=env, port=port)
        self._enter(self.haechi)

    def _enter(self, peer: object) -> None:
        peer.__enter__()
        self._peers.append(peer)

    # What tests do

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {API_TOKEN}"}

    def know_as_bad(self, *known: bytes, trust: str = "verified") -> None:
        """Puts pictures into the bank, as an operator would with `haechi bank add`."""
        for number, data in enumerate(known):
            (self.haechi.folder / f"known-{number}.png").write_bytes(data)
        files = [f"known-{number}.png" for number in range(len(known))]
        done = self.haechi.run("bank", "add", "--bank", KNOWN_BANK, "--trust", trust, *files)
        assert done.status == 0, done.errors
        # The running server takes it over by itself.
        wanted = f"{KNOWN_BANK}\tsha256"
        assert wanted in self.haechi.run("bank", "list").output
        digest = pictures.sha256(known[-1])
        wait_until("the bank in the server", lambda: self._knows(digest), seconds=15)

    def _knows(self, digest: str) -> bool:
        """Asks for a verdict on a message that has the picture by its hash."""
        upload = self.haechi.url
        event = {
            "id": f"probe-{digest}", "kind": "message.posted", "at": "2026-01-01T00:00:00Z",
            "space": {"id": "probe", "class": "public"}, "actor": {"id": "probe"},
            "item": {"id": "probe", "media": [{"id": "probe", "sha256": digest}]},
        }  # fmt: skip
        import requests

        if not self._probe_uploaded(digest):
            return False
        answer = requests.post(upload + "/v1/verdicts", json=event, headers=self.headers(), timeout=10)
        return answer.ok and answer.json()["verdict"] == "refuse"

    def _probe_uploaded(self, digest: str) -> bool:
        import requests

        for file in self.haechi.folder.glob("known-*.png"):
            if pictures.sha256(file.read_bytes()) == digest:
                answer = requests.post(
                    self.haechi.url + "/v1/media", data=file.read_bytes(),
                    headers={**self.headers(), "Content-Type": "image/png"}, timeout=10,
                )  # fmt: skip
                return answer.ok
        return False

    def watched_room(self, owner: MatrixClient, name: str) -> str:
        """A public room in which the bot is, with the right to redact."""
        room = owner.create_room(name, power={self.synapse.bot_user_id(): 50})
        self.wait_until_watched(room)
        return room

    def wait_until_watched(self, room: str) -> None:
        bot = self.synapse.bot()
        wait_until(f"the bot in {room}", lambda: room in bot.joined_rooms(), seconds=30)

    def event_state(self, event: str) -> dict | None:
        """What Haechi says of an event."""
        from urllib.parse import quote

        answer = self.haechi.get(f"/v1/events/{quote(event, safe='')}?platform=matrix", headers=self.headers())
        return answer.json() if answer.ok else None

    def everything_stored(self) -> bytes:
        """Every byte that Haechi wrote: database, its log, its own log."""
        self.haechi.run("ledger", "head")
        return b"\n".join(path.read_bytes() for path in sorted(self.haechi.folder.rglob("*")) if path.is_file())

    def ledger_is_whole(self) -> bool:
        done = self.haechi.run("ledger", "verify")
        assert done.status == 0, done.errors
        return "all linked" in done.output

    def dump(self) -> str:
        return json.dumps({"haechi": self.haechi.log[-3000:], "synapse": self.synapse.log[-1500:]}, indent=1)

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""A Matrix client with what the tests need, call by call. Plain HTTP: what a test says is what goes over the wire."""

import hashlib
import hmac
import itertools
import secrets
from typing import Any
from urllib.parse import quote

import requests

_transactions = itertools.count()
_run = secrets.token_hex(4)


class MatrixError(Exception):
    """A refusal by the homeserver: `status`, `errcode`, and the whole `body`."""

    def __init__(self, response: requests.Response):
        try:
            self.body = response.json()
        except ValueError:
            self.body = {}
        self.status = response.status_code
        self.errcode = self.body.get("errcode")
        super().__init__(f"{response.request.method} {response.request.path_url}: {self.status} {self.body}")


class MatrixClient:
    """One logged-in user."""

    def __init__(self, url: str, user_id: str, token: str):
        self.url = url
        self.user_id = user_id
        self.token = token
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    @classmethod
    def login(cls, url: str, name: str, password: str) -> "MatrixClient":
        body = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": name}, "password": password}
        answer = requests.post(url + "/_matrix/client/v3/login", json=body, timeout=30)
        if not answer.ok:
            raise MatrixError(answer)
        return cls(url, answer.json()["user_id"], answer.json()["access_token"])

    @classmethod
    def register(cls, url: str, shared_secret: str, name: str, password: str, *, admin: bool = False) -> "MatrixClient":
        """Makes an account by Synapse's shared secret, or logs in if the account exists."""
        path = url + "/_synapse/admin/v1/register"
        nonce = requests.get(path, timeout=30).json()["nonce"]
        signed = "\0".join([nonce, name, password, "admin" if admin else "notadmin"])
        mac = hmac.new(shared_secret.encode(), signed.encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": password, "admin": admin, "mac": mac}
        answer = requests.post(path, json=body, timeout=30)
        if answer.status_code == 400 and answer.json().get("errcode") == "M_USER_IN_USE":
            return cls.login(url, name, password)
        if not answer.ok:
            raise MatrixError(answer)
        return cls(url, answer.json()["user_id"], answer.json()["access_token"])

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Any JSON call; raises `MatrixError` unless the answer is a success."""
        answer = self._session.request(method, self.url + path, json=body, params=query or None, timeout=60)
        if not answer.ok:
            raise MatrixError(answer)
        return answer.json()

    def client(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        return self.call(method, "/_matrix/client/v3" + path, body, **query)

    def admin(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """A call of Synapse's Admin API, such as `admin("GET", "/v1/event_reports")`."""
        return self.call(method, "/_synapse/admin" + path, body, **query)

    # Rooms

    def create_room(
        self,
        name: str,
        *,
        public: bool = True,
        encrypted: bool = False,
        invite: list[str] | None = None,
        power: dict[str, int] | None = None,
        history: str | None = None,
        alias: str | None = None,
    ) -> str:
        """A room in the directory if public, else by invitation. `power` gives users rank from the start."""
        state = []
        if encrypted:
            state.append(_state("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}))
        if history:
            state.append(_state("m.room.history_visibility", {"history_visibility": history}))
        body: dict[str, Any] = {
            "name": name,
            "preset": "public_chat" if public else "private_chat",
            "visibility": "public" if public else "private",
            "initial_state": state,
            "invite": invite or [],
        }
        if power:
            body["power_level_content_override"] = {"users": power}
        if alias:
            body["room_alias_name"] = alias
        return self.client("POST", "/createRoom", body)["room_id"]

    def room_of_alias(self, alias: str) -> str | None:
        """The room called `#alias:server`, if there is one."""
        try:
            return self.client("GET", f"/directory/room/{_path(alias)}")["room_id"]
        except MatrixError as error:
            if error.status == 404:
                return None
            raise

    def join(self, room: str) -> None:
        self.client("POST", f"/join/{_path(room)}", {})

    def leave(self, room: str) -> None:
        self.client("POST", f"/rooms/{_path(room)}/leave", {})

    def invite(self, room: str, user: str) -> None:
        self.client("POST", f"/rooms/{_path(room)}/invite", {"user_id": user})

    def set_state(self, room: str, kind: str, content: dict[str, Any], key: str = "") -> str:
        return self.client("PUT", f"/rooms/{_path(room)}/state/{kind}/{_path(key)}", content)["event_id"]

    def make_invite_only(self, room: str) -> None:
        self.set_state(room, "m.room.join_rules", {"join_rule": "invite"})

    def make_encrypted(self, room: str) -> None:
        self.set_state(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})

    def joined_rooms(self) -> list[str]:
        return self.client("GET", "/joined_rooms")["joined_rooms"]

    def public_rooms(self) -> list[dict[str, Any]]:
        return self.client("GET", "/publicRooms")["chunk"]

    # Messages

    def send(self, room: str, content: dict[str, Any], kind: str = "m.room.message") -> str:
        """Sends any event and returns its id."""
        transaction = f"{_run}-{next(_transactions)}"
        return self.client("PUT", f"/rooms/{_path(room)}/send/{kind}/{transaction}", content)["event_id"]

    def send_text(self, room: str, text: str) -> str:
        return self.send(room, {"msgtype": "m.text", "body": text})

    def send_picture(
        self, room: str, picture: bytes, *, caption: str = "picture.png", kind: str = "image/png"
    ) -> tuple[str, str]:
        """Uploads and posts a picture; returns the event's id and the `mxc://` URL."""
        url = self.upload(picture, kind)
        message = "m.video" if kind.startswith("video/") else "m.image"
        content = {"msgtype": message, "body": caption, "url": url, "info": {"mimetype": kind, "size": len(picture)}}
        return self.send(room, content), url

    def edit_text(self, room: str, event: str, text: str) -> str:
        """Replaces a message; returns the id of the replacing event."""
        return self.send(room, {
            "msgtype": "m.text",
            "body": f"* {text}",
            "m.new_content": {"msgtype": "m.text", "body": text},
            "m.relates_to": {"rel_type": "m.replace", "event_id": event},
        })  # fmt: skip

    def redact(self, room: str, event: str, reason: str = "") -> str:
        transaction = f"{_run}-{next(_transactions)}"
        path = f"/rooms/{_path(room)}/redact/{_path(event)}/{transaction}"
        return self.client("PUT", path, {"reason": reason})["event_id"]

    def report(self, room: str, event: str, reason: str, **more: Any) -> None:
        self.client("POST", f"/rooms/{_path(room)}/report/{_path(event)}", {"reason": reason, **more})

    def event(self, room: str, event: str) -> dict[str, Any]:
        """The event as this user sees it now; see `was_redacted`."""
        return self.client("GET", f"/rooms/{_path(room)}/event/{_path(event)}")

    def messages(self, room: str, limit: int = 100) -> list[dict[str, Any]]:
        """The newest events first."""
        return self.client("GET", f"/rooms/{_path(room)}/messages", dir="b", limit=limit)["chunk"]

    def was_redacted(self, room: str, event: str) -> bool:
        seen = self.event(room, event)
        return "redacted_because" in seen.get("unsigned", {}) and "body" not in seen["content"]

    # Media

    def upload(self, data: bytes, kind: str = "image/png", name: str = "picture.png") -> str:
        answer = self._session.post(
            self.url + "/_matrix/media/v3/upload", data=data, params={"filename": name},
            headers={"Content-Type": kind}, timeout=60,
        )  # fmt: skip
        if not answer.ok:
            raise MatrixError(answer)
        return answer.json()["content_uri"]

    def download(self, mxc: str) -> bytes | None:
        """The bytes, or nothing if the homeserver does not give them (quarantined, deleted)."""
        answer = self._session.get(self.url + "/_matrix/client/v1/media/download/" + mxc.removeprefix("mxc://"), timeout=60)
        if answer.status_code == 404:
            return None
        if not answer.ok:
            raise MatrixError(answer)
        return answer.content


def _path(part: str) -> str:
    return quote(part, safe="")


def _state(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "state_key": "", "content": content}

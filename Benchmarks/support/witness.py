# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Another client in the rooms, which notes when each redaction reaches it."""

import threading
import time
from typing import Any

import support  # noqa: F401  (finds the harness)
from harness.matrix import MatrixClient


class Witness:
    """Long-polls /sync as a chat client does, so that looking costs the homeserver next to nothing."""

    def __init__(self, client: MatrixClient):
        self._client = client
        self._seen: dict[str, float] = {}
        self._news = threading.Condition()
        self._stopped = False
        self._failure: BaseException | None = None
        self._since = self._sync(None, 0)["next_batch"]
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> "Witness":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True

    def when_redacted(self, event: str, seconds: float = 30) -> float:
        """Waits until the redaction of an event has come; when that was, on the monotonic clock."""
        with self._news:
            if not self._news.wait_for(lambda: event in self._seen or self._failure, seconds):
                raise TimeoutError(f"{event} was not redacted within {seconds} s")
            if self._failure:
                raise self._failure
            return self._seen[event]

    def _follow(self) -> None:
        try:
            while not self._stopped:
                body = self._sync(self._since, 5_000)
                now = time.monotonic()
                self._since = body["next_batch"]
                with self._news:
                    for room in body.get("rooms", {}).get("join", {}).values():
                        for event in room["timeline"]["events"]:
                            if event["type"] == "m.room.redaction":
                                self._seen.setdefault(event.get("redacts") or event["content"]["redacts"], now)
                    self._news.notify_all()
        except BaseException as failure:
            with self._news:
                self._failure = failure
                self._news.notify_all()

    def _sync(self, since: str | None, timeout: int) -> Any:
        query = {"since": since} if since else {}
        return self._client.client("GET", "/sync", timeout=timeout, **query)

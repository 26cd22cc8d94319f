# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Asks Haechi about a message before Synapse accepts it. Only messages of public rooms ever leave the homeserver.

The room's class is read for every message, never remembered here: Synapse caches the state itself, and in all its
workers, so a room that has just become private or encrypted is private for the very next message.
"""

import html
import logging
import re
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from prometheus_client import Counter
from synapse.events import EventBase
from synapse.module_api import NOT_SPAM, ModuleApi, make_deferred_yieldable, run_in_background
from synapse.module_api.errors import Codes, ConfigError
from twisted.internet import reactor

logger = logging.getLogger(__name__)

# Never with a room or a user as a label: private rooms leave a number behind, and nothing else.
verdicts = Counter("haechi_verdicts", "Messages by what became of them before acceptance", ["outcome"])

_CLASS_STATE = [("m.room.join_rules", ""), ("m.room.encryption", ""), ("m.room.history_visibility", "")]


class HaechiModule:
    """The module's entry point, named in homeserver.yaml as `haechi_synapse.HaechiModule`."""

    def __init__(self, config: dict[str, Any], api: ModuleApi):
        self._api = api
        self._url = config["haechi_url"].rstrip("/") + "/v1/verdicts"
        self._headers = {b"Authorization": [b"Bearer " + config["token"].encode()]}
        self._deadline = config["deadline_ms"] / 1000
        self._quiet_until = 0.0
        api.register_spam_checker_callbacks(check_event_for_spam=self.check_event_for_spam)

    @staticmethod
    def parse_config(config: dict[str, Any]) -> dict[str, Any]:
        """Checks what homeserver.yaml says; a mistake stops Synapse at its start, not at the first message."""
        unknown = set(config) - {"haechi_url", "token", "token_file", "deadline_ms"}
        if unknown:
            raise ConfigError(f"haechi_synapse: unknown key {', '.join(sorted(unknown))}")
        url = config.get("haechi_url")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise ConfigError("haechi_synapse: haechi_url must be Haechi's http(s) address")
        if ("token" in config) == ("token_file" in config):
            raise ConfigError("haechi_synapse: give either token or token_file")
        token = config["token"] if "token" in config else Path(config["token_file"]).read_text().strip()
        deadline = config.get("deadline_ms", 150)
        if not isinstance(deadline, int) or not 10 <= deadline <= 5000:
            raise ConfigError("haechi_synapse: deadline_ms must be between 10 and 5000")
        return {"haechi_url": url, "token": token, "deadline_ms": deadline}

    async def check_event_for_spam(self, event: EventBase) -> Any:
        """Lets the message pass unless Haechi refuses it in time. Silence, failure and delay let it pass."""
        if event.is_state() or event.type not in ("m.room.message", "m.sticker"):
            return NOT_SPAM
        try:
            if not await self._is_public(event.room_id):
                verdicts.labels("not_public").inc()
                return NOT_SPAM
            answer = await self._ask(question(event))
        except Exception as failure:  # whatever it is, people can go on talking; the asynchronous path catches up
            verdicts.labels("unanswered").inc()
            self._complain(failure)
            return NOT_SPAM
        if not isinstance(answer, dict) or answer.get("verdict") != "refuse":
            verdicts.labels("allowed").inc()
            return NOT_SPAM
        verdicts.labels("refused").inc()
        return refusal(answer)

    async def _is_public(self, room_id: str) -> bool:
        """Anyone may join and read, now, and nothing says otherwise. What is missing or odd means private."""
        state = await self._api.get_room_state(room_id, _CLASS_STATE)
        if ("m.room.encryption", "") in state or ("m.room.join_rules", "") not in state:
            return False
        history = state.get(("m.room.history_visibility", ""))
        # A room without that event has shared history: the Matrix specification's default.
        visibility = history.content.get("history_visibility") if history else "shared"
        return (
            state[("m.room.join_rules", "")].content.get("join_rule") == "public"
            and visibility in ("world_readable", "shared")
        )  # fmt: skip

    async def _ask(self, body: dict[str, Any]) -> Any:
        asked = run_in_background(self._api.http_client.post_json_get_json, self._url, body, self._headers)
        asked.addTimeout(self._deadline, reactor)
        return await make_deferred_yieldable(asked)

    def _complain(self, failure: Exception) -> None:
        """Once a minute at most, and by the kind of failure only: its text could quote the message."""
        if time.monotonic() >= self._quiet_until:
            self._quiet_until = time.monotonic() + 60
            logger.warning("Haechi gave no verdict (%s): messages pass unchecked for now", type(failure).__name__)


def question(event: EventBase) -> dict[str, Any]:
    """The message as Haechi's HTTP API takes it. Of an edit, the new content counts."""
    content = event.content
    relation = content.get("m.relates_to")
    if isinstance(relation, dict) and relation.get("rel_type") == "m.replace":
        replacement = content.get("m.new_content")
        content = replacement if isinstance(replacement, dict) else content
    at = datetime.fromtimestamp(event.origin_server_ts / 1000, timezone.utc)
    return {
        "platform": "matrix",
        "id": event.event_id,
        "kind": "message.posted",
        "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "space": {"id": event.room_id, "class": "public"},
        "actor": {"id": event.sender},
        "item": {"id": event.event_id, "text": visible_text(content), "media": media(content)},
    }


def visible_text(content: Any) -> str:
    """The plain text, and the formatted one where it says something else: clients show the latter."""
    body = content.get("body")
    body = body if isinstance(body, str) else ""
    formatted = content.get("formatted_body")
    shown = html.unescape(re.sub(r"<[^>]*>", "", formatted)) if isinstance(formatted, str) else ""
    return body if not shown or shown.split() == body.split() else f"{body}\n{shown}"


def media(content: Any) -> list[dict[str, str]]:
    """The file and its preview, which the sender chooses freely: both are seen by people, so both count."""
    info = content.get("info")
    info = info if isinstance(info, dict) else {}
    preview = info.get("thumbnail_info")
    found = [(content.get("url"), info), (info.get("thumbnail_url"), preview if isinstance(preview, dict) else {})]
    return [
        {"id": url, "url": url, "type": kind if isinstance(kind := about.get("mimetype"), str) else "application/octet-stream"}
        for url, about in found
        if isinstance(url, str) and url.startswith("mxc://")
    ]


def refusal(answer: dict[str, Any]) -> tuple[Codes, dict[str, str]]:
    """What the sender's client gets: a sentence for people, and the same as fields for clients that show more."""
    said = {key: str(answer[key]) for key in ("clause", "reason", "appeal") if answer.get(key)}
    sentence = "This message was not accepted"
    if "clause" in said:
        sentence += f" under {said['clause']}"
    if "reason" in said:
        sentence += f": {said['reason']}"
    if "appeal" in said:
        sentence += f" (appeal at {said['appeal']})"
    return Codes.FORBIDDEN, {"error": sentence, **{f"dev.haechi.{key}": value for key, value in said.items()}}

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
from collections.abc import Mapping
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

# What Haechi takes of one message, and how it wants addresses and types to look: a question that it refuses is no question.
_MOST_MEDIA = 32
_MEDIA = re.compile(r"mxc://[A-Za-z0-9\[][A-Za-z0-9.:\[\]-]*/[A-Za-z0-9_-]+")
_MEDIA_TYPE = re.compile(r"[!-.0-~]+/[!-.0-~]+")


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
    """The message as Haechi's HTTP API takes it."""
    at = datetime.fromtimestamp(event.origin_server_ts / 1000, timezone.utc)
    return {
        "platform": "matrix",
        "id": event.event_id,
        "kind": "message.posted",
        "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "space": {"id": event.room_id, "class": "public"},
        "actor": {"id": event.sender},
        "item": {"id": event.event_id, "text": visible_text(event.content), "media": media(event.content)},
    }


def new_version(content: Any) -> Any:
    """What an edit puts in the place of the earlier message; None when this is no edit."""
    relation = content.get("m.relates_to")
    if not isinstance(relation, Mapping) or relation.get("rel_type") != "m.replace":
        return None
    replacement = content.get("m.new_content")
    return replacement if isinstance(replacement, Mapping) else None


def visible_text(content: Any) -> str:
    """The text; of an edit the new version, and what the edit says beside it to clients that know no edits."""
    edited = new_version(content)
    if edited is None:
        return "\n".join(pieces(content))
    shown = pieces(edited)
    known = [piece.split() for piece in shown]
    # For those clients an edit repeats the new text after a star.
    return "\n".join(shown + [piece for piece in pieces(content) if piece and piece.removeprefix("* ").split() not in known])


def pieces(content: Any) -> list[str]:
    """The plain text, and the formatted one where it says something else: clients show the latter."""
    body = content.get("body")
    plain = [body] if isinstance(body, str) else []
    formatted = content.get("formatted_body")
    shown = html.unescape(re.sub(r"<[^>]*>", "", formatted)) if isinstance(formatted, str) else ""
    return plain if not shown or shown.split() == "".join(plain).split() else [*plain, shown]


def media(content: Any) -> list[dict[str, str]]:
    """Every file, its preview, which the sender chooses freely, and the pictures within formatted text; none twice.

    An edit has two versions, and which one is shown depends on the client: both count. Files come first, so that addresses
    in a text cannot crowd them out.
    """
    versions = [version for version in (content, new_version(content)) if version is not None]
    found: dict[str, str] = {}
    candidates = [pair for version in versions for pair in files(version)]
    candidates += [(address, None) for version in versions for address in inline(version)]
    for address, kind in candidates:
        if isinstance(address, str) and len(address) <= 512 and _MEDIA.fullmatch(address) and len(found) < _MOST_MEDIA:
            known = isinstance(kind, str) and len(kind) <= 255 and _MEDIA_TYPE.fullmatch(kind)
            found.setdefault(address, kind if known else "application/octet-stream")
    return [{"id": address, "url": address, "type": kind} for address, kind in found.items()]


def files(content: Any) -> list[tuple[Any, Any]]:
    """The addresses of the file and of its preview with the types that the sender claims, unchecked."""
    info = content.get("info")
    info = info if isinstance(info, Mapping) else {}
    preview = info.get("thumbnail_info")
    preview = preview if isinstance(preview, Mapping) else {}
    return [(content.get("url"), info.get("mimetype")), (info.get("thumbnail_url"), preview.get("mimetype"))]


def inline(content: Any) -> list[str]:
    """The addresses anywhere in formatted text: which attribute of which tag is shown differs from client to client."""
    formatted = content.get("formatted_body")
    return _MEDIA.findall(html.unescape(formatted)) if isinstance(formatted, str) else []


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

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Real Megolm ciphertext for encrypted rooms. The keys are shared with nobody, as a server would see it anyway."""

import json
from typing import Any

from vodozemac import Curve25519SecretKey, GroupSession


class MegolmSender:
    """One sender's outbound session in one room."""

    def __init__(self, room: str, device: str = "HARNESS"):
        self._room = room
        self._device = device
        self._session = GroupSession()
        self._identity = Curve25519SecretKey().public_key().to_base64()

    def encrypt(self, content: dict[str, Any]) -> dict[str, Any]:
        """The content of an `m.room.encrypted` event that carries a message with this content."""
        plain = json.dumps({"type": "m.room.message", "room_id": self._room, "content": content})
        return {
            "algorithm": "m.megolm.v1.aes-sha2",
            "ciphertext": self._session.encrypt(plain.encode()).to_base64(),
            "session_id": self._session.session_id,
            "sender_key": self._identity,
            "device_id": self._device,
        }

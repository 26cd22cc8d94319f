# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""A receiver of Haechi's signed webhooks that believes nothing without a fresh, right signature."""

import hashlib
import hmac
import time
from typing import Any

from .recorder import Recorder, Request


class WebhookReceiver(Recorder):
    """Records deliveries. One whose signature or time is wrong is answered with 401 and kept in `rejected`.

    Signed is `<timestamp>.<body>` with HMAC-SHA-256; `Haechi-Timestamp` has Unix seconds and `Haechi-Signature`
    has `v1=<hexadecimal>`, one or several separated by commas while a secret is being changed.
    """

    def __init__(self, secret: str, window_seconds: int = 300):
        super().__init__(self._receive)
        self._secret = secret.encode()
        self._window = window_seconds
        self.accepted: list[Any] = []
        self.rejected: list[Request] = []

    def _receive(self, request: Request) -> tuple[int, Any]:
        if not self.is_genuine(request):
            self.rejected.append(request)
            return 401, {"error": "wrong signature"}
        self.accepted.append(request.json())
        return 200, {}

    def is_genuine(self, request: Request) -> bool:
        timestamp = request.headers.get("haechi-timestamp", "")
        if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > self._window:
            return False
        wanted = hmac.new(self._secret, timestamp.encode() + b"." + request.body, hashlib.sha256).hexdigest()
        given = request.headers.get("haechi-signature", "").split(",")
        return any(hmac.compare_digest(f"v1={wanted}", part.strip()) for part in given)

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""An HTTP server in this process that records what it is sent, and answers as the test says."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from .processes import wait_until


@dataclass(frozen=True)
class Request:
    """One request as it came over the wire. Header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


Answer = Callable[[Request], tuple[int, Any]]


class Recorder:
    """Listens on a free loopback port; `answer` gives the status and the JSON body, and may be changed at any time."""

    def __init__(self, answer: Answer = lambda request: (200, {}), port: int = 0):
        self.answer = answer
        self._requests: list[Request] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[Request]:
        with self._lock:
            return list(self._requests)

    def everything(self) -> bytes:
        """All that was ever received, to search for what must not be there."""
        return b"\n".join(
            f"{request.method} {request.path} {request.headers}".encode() + request.body for request in self.requests
        )

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()

    def wait_for(self, what: str, condition: Callable[[Request], bool], seconds: float = 15) -> Request:
        """The first request, past or coming, for which the condition holds."""
        return wait_until(what, lambda: next(filter(condition, self.requests), None), seconds)

    def __enter__(self) -> "Recorder":
        self._thread.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(recorder) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(size)
                if len(body) < size:  # the sender was killed before it had said everything: nothing was asked
                    self.close_connection = True
                    return
                request = Request(self.command, self.path, headers, body)
                with recorder._lock:
                    recorder._requests.append(request)
                status, body = recorder.answer(request)
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any

            def log_message(self, *_: object) -> None:
                pass

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that went away is no error of the test

"""The HTTP side of the container: `GET /ping` and `POST /invocations`.

A ping is green as soon as this listens, whatever becomes of the model: the multi-model server's is too. An invocation
waits for a worker that has loaded the model.
"""

from __future__ import annotations

import hmac
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType

from . import codecs
from .worker import error_body
from .workers import Workers

TOKEN_HEADER = "x-trainyard-token"
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Server(ThreadingHTTPServer):
    """Takes an open socket; a thread for each connection; knows how many replies are still being written."""

    daemon_threads = True

    def __init__(self, listening: socket.socket, token: str, workers: Workers) -> None:
        super().__init__(listening.getsockname(), Requests, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.workers = workers
        self._token = token
        self._answering = 0
        self._changed = threading.Condition()

    def admits(self, token: str | None) -> bool:
        return hmac.compare_digest((token or "").encode(), self._token.encode())

    @contextmanager
    def answering(self) -> Iterator[None]:
        with self._changed:
            self._answering += 1
        try:
            yield
        finally:
            with self._changed:
                self._answering -= 1
                self._changed.notify_all()

    def written(self, within_s: float) -> None:
        """Returns once no reply is on its way."""
        with self._changed:
            self._changed.wait_for(lambda: self._answering == 0, timeout=within_s)

    def handle_error(self, request: object, client_address: object) -> None:
        print(f"a connection ended before its reply was written: {sys.exc_info()[1]}", file=sys.stderr, flush=True)


class Requests(BaseHTTPRequestHandler):
    """One connection, kept open over many requests."""

    server: Server
    protocol_version = "HTTP/1.1"
    # A reply goes out in one packet, at once.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if not self.server.admits(self.headers.get(TOKEN_HEADER)):
            self._turn_away()
        elif self.path == "/ping":
            self._reply(200, codecs.JSON, b"")
        else:
            self._refuse(404, f"GET {self.path}: expected /ping")

    def do_POST(self) -> None:
        if not self.server.admits(self.headers.get(TOKEN_HEADER)):
            self._turn_away()
            return
        length = self.headers.get("Content-Length")
        if length is None or not length.isdecimal():
            self.close_connection = True
            self._refuse(411, "POST without Content-Length")
            return
        data = self.rfile.read(int(length))
        if self.path != "/invocations":
            self._refuse(404, f"POST {self.path}: expected /invocations")
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        del headers[TOKEN_HEADER]
        head = {
            "contentType": _named(self.headers.get("Content-Type")),
            "accept": _named(self.headers.get("Accept")),
            "headers": headers,
        }
        with self.server.answering():
            reply = self.server.workers.ask(head, data)
            self._reply(reply.status, reply.content_type, reply.body, reply.headers)

    def _turn_away(self) -> None:
        """Unread: who has no token is not listened to."""
        self.close_connection = True
        self._refuse(403, "this instance answers the server that started it; call InvokeEndpoint")

    def _refuse(self, status: int, message: str) -> None:
        self._reply(status, codecs.JSON, error_body("BadRequest", message))

    def _reply(self, status: int, content_type: str, body: bytes, headers: Mapping[str, str] = NO_HEADERS) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: a log line for each would grow without end."""


def _named(content_type: str | None) -> str:
    return codecs.JSON if content_type in (None, "", "*/*") else str(content_type)

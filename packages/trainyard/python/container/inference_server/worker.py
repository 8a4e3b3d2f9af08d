"""The HTTP side of the container: `GET /ping` and `POST /invocations`.

A ping is red (503) until `model_fn` has returned, so a green one means a loaded model. (The real Hugging Face
container is green before that, and loads at the first request.) An invocation that comes before waits for the model.
"""

from __future__ import annotations

import hmac
import json
import os
import signal
import socket
import sys
import threading
import traceback
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType

from . import codecs
from .handlers import BadModel, Handlers, load
from .requirements import unmet

TOKEN_HEADER = "x-trainyard-token"
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Server(ThreadingHTTPServer):
    """Takes an open socket; a thread for each connection; knows how many requests it is answering."""

    daemon_threads = True

    def __init__(self, listening: socket.socket, token: str) -> None:
        super().__init__(listening.getsockname(), Requests, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self._token = token
        self._handlers: Handlers | None = None
        self._answering = 0
        self._changed = threading.Condition()

    def admits(self, token: str | None) -> bool:
        return hmac.compare_digest((token or "").encode(), self._token.encode())

    @property
    def loaded(self) -> bool:
        return self._handlers is not None

    def use(self, handlers: Handlers) -> None:
        with self._changed:
            self._handlers = handlers
            self._changed.notify_all()

    @contextmanager
    def answering(self) -> Iterator[Handlers]:
        """The loaded model's handlers, once there are any; the request is counted while the block runs."""
        with self._changed:
            self._changed.wait_for(lambda: self._handlers is not None)
            self._answering += 1
        assert self._handlers is not None
        try:
            yield self._handlers
        finally:
            with self._changed:
                self._answering -= 1
                self._changed.notify_all()

    def finish(self) -> None:
        """Returns once no request is being answered."""
        with self._changed:
            self._changed.wait_for(lambda: self._answering == 0)

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
            self._reply(200 if self.server.loaded else 503, codecs.JSON, b"")
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
        with self.server.answering() as handlers:
            self._invoke(data, handlers)

    def _invoke(self, data: bytes, handlers: Handlers) -> None:
        content_type = _named(self.headers.get("Content-Type"))
        accept = _named(self.headers.get("Accept"))
        headers = {name.lower(): value for name, value in self.headers.items()}
        del headers[TOKEN_HEADER]
        try:
            reply = handlers.handle(data, content_type, accept, headers)
        except Exception as error:  # the edge to the model's code: every fault of it becomes a reply
            status = getattr(error, "status", None)
            if isinstance(status, int) and 400 <= status <= 499:
                self._reply(status, codecs.JSON, _as_json(str(error)))
            else:
                self._fail()
            return
        self._reply(200, accept, reply.body, reply.headers)

    def _fail(self) -> None:
        request = uuid.uuid4().hex[:12]
        print(f"request {request} failed:\n{traceback.format_exc()}", file=sys.stderr, flush=True)
        message = f"the model failed on request {request}; the endpoint's log says why"
        self._reply(500, codecs.JSON, _error("InternalError", message))

    def _turn_away(self) -> None:
        """Unread: who has no token is not listened to."""
        self.close_connection = True
        self._refuse(403, "this instance answers the server that started it; call InvokeEndpoint")

    def _refuse(self, status: int, message: str) -> None:
        self._reply(status, codecs.JSON, _error("BadRequest", message))

    def _reply(self, status: int, content_type: str, body: bytes, headers: Mapping[str, str] = NO_HEADERS) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: a log line for each would grow without end."""


def _named(content_type: str | None) -> str:
    return codecs.JSON if content_type in (None, "", "*/*") else str(content_type)


def _error(code: str, message: str) -> bytes:
    return json.dumps({"error": {"code": code, "message": message, "param": None}}).encode("utf-8")


def _as_json(message: str) -> bytes:
    try:
        json.loads(message)
    except ValueError:
        return _error("BadRequest", message)
    return message.encode("utf-8")


def run(instance: Path, model: Path, listening: socket.socket, token: str) -> int:
    """Loads the model, then serves until SIGTERM; the exit code."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    server = Server(listening, token)
    # The loop looks for a shutdown request once a day: none is made, the process ends instead.
    threading.Thread(target=server.serve_forever, args=(86_400,), daemon=True).start()
    try:
        server.use(_load(model))
    except BadModel as error:
        print(f"the model could not be loaded: {error}", file=sys.stderr, flush=True)
        return 1
    except Exception:  # the edge to the model's code
        print(f"the model could not be loaded:\n{traceback.format_exc()}", file=sys.stderr, flush=True)
        return 1

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    (instance / "healthy").touch()
    print("the model is loaded", flush=True)
    stop.wait()
    server.finish()
    return 0


def _load(model_dir: Path) -> Handlers:
    requirements = model_dir / "code" / "requirements.txt"
    if requirements.is_file():
        for sentence in unmet(requirements):
            print(f"code/requirements.txt: {sentence}; the local container installs nothing", flush=True)
    return load(model_dir)


def _end_with_parent() -> None:
    """A worker whose supervisor was killed must not go on serving unseen: its standard input then ends."""
    os.read(0, 1)
    os._exit(1)

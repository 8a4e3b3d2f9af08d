"""One worker of the container: loads the model, then answers one request after the other.

Its supervisor speaks to it over a socket, in messages of bytes. A request is two of them: a head (JSON: `contentType`,
`accept`, `headers`) and the body; so is a reply (JSON: `status`, `contentType`, `headers`). The first message of all
is the worker's own, once `model_fn` has returned.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from types import MappingProxyType

from . import codecs
from .handlers import BadModel, Handlers, load
from .requirements import unmet

LOADED = b"loaded"
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


def run(model: Path, channel: int, gpu: int | None) -> int:
    """Loads the model and serves until the supervisor ends it; the exit code.

    Args:
        model: folder of the unpacked archive.
        channel: file descriptor of the socket to the supervisor.
        gpu: the one that is this worker's, where the machine has any.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        handlers = _load(model, gpu)
    except BadModel as error:
        print(f"the model could not be loaded: {error}", file=sys.stderr, flush=True)
        return 1
    except Exception:  # the edge to the model's code
        print(f"the model could not be loaded:\n{traceback.format_exc()}", file=sys.stderr, flush=True)
        return 1
    print("the model is loaded", flush=True)
    with Connection(channel) as supervisor:
        supervisor.send_bytes(LOADED)
        while True:
            try:
                head, body = json.loads(supervisor.recv_bytes()), supervisor.recv_bytes()
            except EOFError:
                return 0
            status, content_type, headers, answer = _answer(handlers, head, body)
            supervisor.send_bytes(
                json.dumps({"status": status, "contentType": content_type, "headers": dict(headers)}).encode()
            )
            supervisor.send_bytes(answer)


Answer = tuple[int, str, Mapping[str, str], bytes]


def _answer(handlers: Handlers, head: dict[str, object], body: bytes) -> Answer:
    content_type, accept = str(head["contentType"]), str(head["accept"])
    headers = head["headers"]
    assert isinstance(headers, dict)
    try:
        reply = handlers.handle(body, content_type, accept, headers)
    except Exception as error:  # the edge to the model's code: every fault of it becomes a reply
        print(f"a request failed:\n{traceback.format_exc()}", file=sys.stderr, flush=True)
        return 400, codecs.JSON, NO_HEADERS, _as_the_toolkit_says(error)
    return 200, accept, reply.headers, reply.body


def error_body(code: str, message: str) -> bytes:
    return json.dumps({"error": {"code": code, "message": message, "param": None}}).encode("utf-8")


def _as_the_toolkit_says(error: Exception) -> bytes:
    """Whatever was raised, and whatever status it names: SageMaker's Hugging Face inference toolkit makes a 400 of it,
    in multi-model-server's form, with the exception's own words."""
    return json.dumps({"code": 400, "type": "InternalServerException", "message": str(error)}).encode("utf-8")


def _load(model_dir: Path, gpu: int | None) -> Handlers:
    requirements = model_dir / "code" / "requirements.txt"
    if requirements.is_file():
        for sentence in unmet(requirements):
            print(f"code/requirements.txt: {sentence}; the local container installs nothing", flush=True)
    return load(model_dir, gpu)


def _end_with_parent() -> None:
    """A worker whose supervisor was killed must not go on serving unseen: its standard input then ends."""
    os.read(0, 1)
    os._exit(1)

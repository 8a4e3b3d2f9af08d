"""One model behind AWS's inference stack (multi-model-server), and behind the local SageMaker's own server."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
AWS = Path(__file__).parent / "aws"
LOCAL = ROOT / "packages" / "trainyard" / "python" / "container" / "serve.py"

HIGHEST_PORT = 28_000
"""multi-model-server refuses those from 32,767 on."""

SECONDS = 300
"""For imports on a busy machine."""


@dataclass(frozen=True)
class Answer:
    status: int
    type: str
    body: bytes


@dataclass
class Server:
    port: int
    log: Path
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        return self._ask(path, None, {})

    def post(self, body: bytes | str, **headers: str) -> Answer:
        data = body.encode() if isinstance(body, str) else body
        return self._ask("/invocations", data, {name.replace("_", "-"): value for name, value in headers.items()})

    def _ask(self, path: str, data: bytes | None, headers: dict[str, str]) -> Answer:
        url = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(url, data, {**self.headers, **headers})
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as reply:
                return Answer(reply.status, reply.headers["Content-Type"], reply.read())
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, refused.headers["Content-Type"], refused.read())


@contextmanager
def aws(model: Path, scratch: Path, **variables: str) -> Iterator[Server]:
    """By the toolkits and Java, with `scratch` in place of /opt/ml. The toolkit allows one at a time on a machine."""
    shutil.copytree(model, scratch / "model")
    (scratch / "tmp").mkdir()
    port = free_port()
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(AWS),
        "TMPDIR": str(scratch / "tmp"),
        "TEMP": str(scratch / "tmp"),
        "LOG_LOCATION": str(scratch / "logs"),
        "METRICS_LOCATION": str(scratch / "logs"),
        "SAGEMAKER_BASE_DIR": str(scratch),
        "SAGEMAKER_BIND_TO_PORT": str(port),
        "SAGEMAKER_PROGRAM": "inference.py",
        **variables,
    }
    command = [sys.executable, str(AWS / "start.py"), str(scratch / "mms.properties")]
    with started(command, environment, scratch) as process:
        server = Server(port, scratch / "log")
        until_listening(server, process)
        yield server


@contextmanager
def local(model: Path, scratch: Path, **variables: str) -> Iterator[Server]:
    shutil.copytree(model, scratch / "model")
    command = [sys.executable, str(LOCAL), "--instance", str(scratch), "--log", str(scratch / "log")]
    with started(command, {**os.environ, "SAGEMAKER_PROGRAM": "inference.py", **variables}, scratch) as process:
        address = scratch / "address.json"
        wait(lambda: address.is_file() or process.poll() is not None)
        found = json.loads(address.read_text())
        server = Server(found["port"], scratch / "log", {"x-trainyard-token": found["token"]})
        until_listening(server, process)
        yield server


@contextmanager
def started(command: list[str], environment: dict[str, str], scratch: Path) -> Iterator[subprocess.Popen[bytes]]:
    """In a session of its own, of which nothing is left afterwards."""
    with open(scratch / "output", "wb") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=scratch, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


def until_listening(server: Server, process: subprocess.Popen[bytes]) -> None:
    def listening() -> bool:
        if process.poll() is not None:
            raise AssertionError(f"the server ended with {process.returncode}")
        try:
            server.get("/ping")
        except OSError:
            return False
        return True

    wait(listening)


def wait(condition: object) -> None:
    ends = time.monotonic() + SECONDS
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < ends, f"not within {SECONDS} s"
        time.sleep(0.2)


def free_port() -> int:
    for port in range(HIGHEST_PORT, HIGHEST_PORT - 2_000, -7):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise AssertionError("no free port that multi-model-server takes")

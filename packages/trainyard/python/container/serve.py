"""One endpoint instance: keeps the inference worker running and writes its output to the endpoint's log.

    python serve.py --instance FOLDER --log FILE [--namespaces [--isolated]]

FOLDER holds the unpacked model in `model/`; the address is written there (`address.json`: pid, port, token) once the
port is open. Only requests with that token are answered: whoever may read the folder may ask. A worker that dies after
it has been healthy is started again, as the platform restarts a container; one that dies before, ends the instance:
its load failed. With `--namespaces` the worker finds the model in /opt/ml/model, and with `--isolated` it has no
network but the socket that it is handed.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

STOP_GRACE_S = 30
"""Between SIGTERM and SIGKILL, as the platform gives a container."""

LONGEST_PAUSE_S = 30
"""Between two restarts of a worker that keeps dying; the first pause is 1 s and doubles."""


MODEL = "/opt/ml/model"

TOKEN_VARIABLE = "TRAINYARD_INSTANCE_TOKEN"
"""From the supervisor to its worker; arguments can be read by everybody on the machine."""


class Log:
    """The instance's log stream: lines of `<epoch ms>\\t<text>`, appended."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8", errors="replace")

    def line(self, text: str) -> None:
        self._file.write(f"{time.time_ns() // 1_000_000}\t{text}\n")
        self._file.flush()

    def relay(self, stream: IO[str]) -> None:
        for line in stream:
            self.line(line.rstrip("\n"))


class Instance:
    """The worker process of one instance, over all its restarts."""

    def __init__(self, folder: Path, log: Log, enclosure: list[str]) -> None:
        self._folder = folder
        self._log = log
        self._enclosure = enclosure
        self._worker: subprocess.Popen[str] | None = None
        self._stopping = False
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._token = secrets.token_hex(16)

    def serve(self) -> int:
        """Runs until it is stopped or the first load fails; the exit code."""
        signal.signal(signal.SIGTERM, self._stop)
        address = {"pid": os.getpid(), "port": self._socket.getsockname()[1], "token": self._token}
        write_whole(self._folder / "address.json", address)
        pause = 1.0
        while True:
            started = time.monotonic()
            code = self._run_worker()
            if self._stopping:
                return 0
            if not (self._folder / "healthy").exists():
                self._log.line(f"the container ended with exit code {code} before it was healthy")
                return 1
            pause = 1.0 if time.monotonic() - started > LONGEST_PAUSE_S else min(pause * 2, LONGEST_PAUSE_S)
            self._log.line(f"the container ended with exit code {code}; it is started again in {pause:.0f} s")
            time.sleep(pause)
            if self._stopping:
                return 0

    def _run_worker(self) -> int:
        # The open socket is handed on: the port stays, and requests wait in its queue while a worker is replaced.
        worker = subprocess.Popen(
            [*self._enclosure, sys.executable, __file__, "--worker", str(self._socket.fileno()), *self._places()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[self._socket.fileno()],
            env={**os.environ, TOKEN_VARIABLE: self._token},
            encoding="utf-8",
            errors="replace",
        )
        self._worker = worker
        if self._stopping:
            worker.terminate()
        assert worker.stdout is not None
        relay = threading.Thread(target=self._log.relay, args=(worker.stdout,), daemon=True)
        relay.start()
        code = worker.wait()
        # What the worker wrote last. Its own children may hold the pipe open for ever: they are not waited for.
        relay.join(timeout=1)
        return code

    def _places(self) -> list[str]:
        model = Path(MODEL) if self._enclosure else self._folder / "model"
        return ["--instance", str(self._folder), "--model", str(model)]

    def _stop(self, _signal: int, _frame: object) -> None:
        if self._stopping:
            return
        self._stopping = True
        if self._worker is None or self._worker.poll() is not None:
            sys.exit(0)
        self._worker.terminate()
        killer = threading.Timer(STOP_GRACE_S, self._worker.kill)
        killer.daemon = True
        killer.start()


def enclosure(folder: Path, isolated: bool) -> list[str]:
    """What a command is prefixed with to find the instance's model in MODEL."""
    program = str(Path(__file__).with_name("enclose.py"))
    network = ["--network", str(folder / "network")] if isolated else []
    return [sys.executable, "-I", "-S", program, "--folder", str(folder / "model"), "--at", MODEL, *network, "--"]


def write_whole(path: Path, value: object) -> None:
    """A reader finds the old text or the new one, never a part."""
    temporary = path.with_suffix(".tmp")
    temporary.touch(mode=0o600)
    temporary.write_text(json.dumps(value), encoding="utf-8")
    temporary.replace(path)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--instance", type=Path, required=True)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--namespaces", action="store_true")
    parser.add_argument("--isolated", action="store_true")
    parser.add_argument("--worker", type=int)
    parser.add_argument("--model", type=Path)
    arguments = parser.parse_args()
    if arguments.worker is not None:
        from inference_server.worker import run

        # Taken out of the environment: the model's own children have no use for it.
        return run(
            arguments.instance, arguments.model, socket.socket(fileno=arguments.worker), os.environ.pop(TOKEN_VARIABLE)
        )

    lock = (arguments.instance / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0  # this instance runs already; whoever asked finds it by its address.json
    prefix = enclosure(arguments.instance, arguments.isolated) if arguments.namespaces else []
    return Instance(arguments.instance, Log(arguments.log), prefix).serve()


if __name__ == "__main__":
    sys.exit(main())

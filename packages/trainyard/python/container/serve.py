"""One endpoint instance: takes requests for its workers, and writes their output to the endpoint's log.

    python serve.py --instance FOLDER --log FILE [--namespaces [--isolated]]

FOLDER holds the unpacked model in `model/`; the address is written there (`address.json`: pid, port, token) once the
port is open. Only requests with that token are answered: whoever may read the folder may ask. As many workers load the
model as SAGEMAKER_MODEL_SERVER_WORKERS says, but no more than this machine has processors; one where it says nothing.
With `--namespaces` the workers find the model in /opt/ml/model, and with `--isolated` they have no network: all that
comes to them comes through the socket that they are handed.
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

STOP_GRACE_S = 25
"""For requests that are being answered: the platform gives a container 30 s between SIGTERM and SIGKILL."""

WORKERS = "SAGEMAKER_MODEL_SERVER_WORKERS"

MODEL = "/opt/ml/model"


class Log:
    """The instance's log stream: lines of `<epoch ms>\\t<text>`, appended."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8", errors="replace")
        self._one_at_a_time = threading.Lock()

    def line(self, text: str) -> None:
        with self._one_at_a_time:
            self._file.write(f"{time.time_ns() // 1_000_000}\t{text}\n")
            self._file.flush()

    def relay(self, stream: IO[str]) -> None:
        for line in stream:
            self.line(line.rstrip("\n"))


def serve(folder: Path, log: Log, enclosed: list[str]) -> int:
    """Runs until it is stopped; the exit code.

    Args:
        enclosed: what a worker's command is prefixed with; empty: it runs where this process does.
    """
    from inference_server.frontend import Server
    from inference_server.workers import Workers

    entry = folder / "model" / "code" / os.environ.get("SAGEMAKER_PROGRAM", "inference.py")
    if not entry.is_file():
        inside = ", ".join(sorted(path.name for path in (folder / "model").iterdir())) or "nothing"
        log.line(f"the model archive holds no code/{entry.name} (at its root: {inside})")
        return 1
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    gpus = len(list(Path("/dev").glob("nvidia[0-9]*")))

    model = Path(MODEL) if enclosed else folder / "model"

    def launch(number: int, channel: int) -> subprocess.Popen[str]:
        gpu = ["--gpu", str(number % gpus)] if gpus else []
        worker = subprocess.Popen(
            [*enclosed, sys.executable, __file__, "--worker", str(channel), "--model", str(model), *gpu],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[channel],
            encoding="utf-8",
            errors="replace",
        )
        assert worker.stdout is not None
        threading.Thread(target=log.relay, args=(worker.stdout,), daemon=True).start()
        return worker

    workers = Workers(_count(log), launch, log.line)
    listening = socket.create_server(("127.0.0.1", 0), backlog=256)
    token = secrets.token_hex(16)
    server = Server(listening, token, workers)
    # The loop looks for a shutdown request once a day: none is made, the process ends instead.
    threading.Thread(target=server.serve_forever, args=(86_400,), daemon=True).start()
    workers.start()
    write_whole(folder / "address.json", {"pid": os.getpid(), "port": listening.getsockname()[1], "token": token})
    stop.wait()
    workers.finish(STOP_GRACE_S)
    server.written(1)
    return 0


def _count(log: Log) -> int:
    asked, processors = os.environ.get(WORKERS, "1"), os.cpu_count() or 1
    if not asked.isdecimal() or int(asked) < 1:
        log.line(f"{WORKERS} is {asked!r}, expected a whole number of at least 1: one worker serves")
        return 1
    if int(asked) > processors:
        log.line(f"{WORKERS} is {asked}, and this machine has {processors} processors: as many workers serve")
    return min(int(asked), processors)


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
    parser.add_argument("--instance", type=Path)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--namespaces", action="store_true")
    parser.add_argument("--isolated", action="store_true")
    parser.add_argument("--worker", type=int)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--gpu", type=int)
    arguments = parser.parse_args()
    if arguments.worker is not None:
        from inference_server.worker import run

        return run(arguments.model, arguments.worker, arguments.gpu)

    lock = (arguments.instance / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0  # this instance runs already; whoever asked finds it by its address.json
    prefix = enclosure(arguments.instance, arguments.isolated) if arguments.namespaces else []
    return serve(arguments.instance, Log(arguments.log), prefix)


if __name__ == "__main__":
    sys.exit(main())

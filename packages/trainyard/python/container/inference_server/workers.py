"""The workers of one container: each takes one of the waiting requests at a time, as in the multi-model server.

A request waits while a worker is loading its model, however long. Where a worker dies, its request is answered with
500, and it is started again after a pause that grows; while all of them pause, requests are answered with 503. Texts
and codes are those of awslabs/multi-model-server (WorkerThread, InferenceRequestHandler).
"""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

LONGEST_PAUSE_S = 30
"""Between two restarts of a worker that keeps dying; the first pause is 1 s and doubles."""

DIED = (500, "InternalServerException", "Worker died.")
NONE_LEFT = (503, "ServiceUnavailableException", "No worker is available to serve request for model: model")


@dataclass(frozen=True)
class Reply:
    status: int
    content_type: str
    headers: dict[str, str]
    body: bytes


@dataclass(eq=False)
class Job:
    """One request on its way through a worker."""

    head: bytes
    body: bytes
    reply: Reply | None = None
    answered: threading.Event = field(default_factory=threading.Event)

    def answer(self, reply: Reply) -> None:
        self.reply = reply
        self.answered.set()


Launch = Callable[[int, int], subprocess.Popen[str]]
"""Starts the worker of this number, which speaks over the socket of this file descriptor."""


class Workers:
    """Runs `count` workers until `finish`."""

    def __init__(self, count: int, launch: Launch, say: Callable[[str], None]) -> None:
        self._launch = launch
        self._say = say
        self._waiting: deque[Job] = deque()
        self._at_work: set[Job] = set()
        self._changed = threading.Condition()
        self._alive = count
        """Workers that load or serve, and are not waiting to be started again."""
        self._processes: dict[int, subprocess.Popen[str]] = {}
        self._stopping = False
        self._threads = [threading.Thread(target=self._keep, args=(number,), daemon=True) for number in range(count)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def ask(self, head: dict[str, Any], body: bytes) -> Reply:
        """Waits for a worker, and for its answer."""
        job = Job(json.dumps(head).encode("utf-8"), body)
        with self._changed:
            if self._alive == 0:
                return _failure(NONE_LEFT)
            self._waiting.append(job)
            self._changed.notify_all()
        job.answered.wait()
        assert job.reply is not None
        return job.reply

    def finish(self, within_s: float) -> None:
        """Lets the requests that workers have at hand be answered, then ends the workers."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._at_work and not self._waiting, timeout=within_s)
            processes = list(self._processes.values())
        for process in processes:
            process.terminate()

    def _keep(self, number: int) -> None:
        """One worker, over all its restarts."""
        pause = 1.0
        while not self._stopping:
            started = time.monotonic()
            self._run(number)
            with self._changed:
                if self._stopping:
                    return
                self._alive -= 1
                if self._alive == 0:
                    while self._waiting:
                        self._waiting.popleft().answer(_failure(NONE_LEFT))
                    self._changed.notify_all()
            pause = 1.0 if time.monotonic() - started > LONGEST_PAUSE_S else min(pause * 2, LONGEST_PAUSE_S)
            code = self._processes.pop(number).wait()
            self._say(f"worker {number} ended with exit code {code}; it is started again in {pause:.0f} s")
            time.sleep(pause)
            with self._changed:
                self._alive += 1

    def _run(self, number: int) -> None:
        """Starts the worker; returns once it has ended."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = self._launch(number, theirs.fileno())
        self._processes[number] = process
        threading.Thread(target=self._tell_end, args=(process,), daemon=True).start()
        job = None
        with Connection(ours.detach()) as worker:
            try:
                worker.recv_bytes()  # loaded
                while (job := self._next(process)) is not None:
                    worker.send_bytes(job.head)
                    worker.send_bytes(job.body)
                    head = json.loads(worker.recv_bytes())
                    reply = Reply(head["status"], head["contentType"], head["headers"], worker.recv_bytes())
                    self._done(job, reply)
            except (EOFError, OSError):
                if job is not None:
                    self._done(job, _failure(DIED))
        process.wait()

    def _tell_end(self, process: subprocess.Popen[str]) -> None:
        """An idle worker that dies is started again at once, and not by the next request."""
        process.wait()
        with self._changed:
            self._changed.notify_all()

    def _next(self, process: subprocess.Popen[str]) -> Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or process.poll() is not None)
            if process.poll() is not None:
                return None
            job = self._waiting.popleft()
            self._at_work.add(job)
            return job

    def _done(self, job: Job, reply: Reply) -> None:
        with self._changed:
            self._at_work.discard(job)
            self._changed.notify_all()
        job.answer(reply)


def _failure(what: tuple[int, str, str]) -> Reply:
    code, kind, message = what
    body = json.dumps({"code": code, "type": kind, "message": message}).encode("utf-8")
    return Reply(code, "application/json", {}, body)

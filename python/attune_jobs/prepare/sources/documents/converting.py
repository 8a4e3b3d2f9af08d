"""Files become documents in a process of their own: what a reader cannot digest ends there, and not here."""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from .structure import Document, UnreadableError

MAX_SECONDS = 120
"""For one document. The longest manuals take a tenth of it."""

LENGTH = struct.Struct("!Q")
"""Before each answer of the process: its bytes."""


class Converter:
    """Converts one file after the other in a process beside this one; where that had to be stopped, in a new one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Converter:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def convert(self, file: Path) -> Document:
        """Raises: UnreadableError with the reason."""
        process = self._process or self._start()
        assert process.stdin and process.stdout
        try:
            process.stdin.write(os.fsencode(file).hex().encode() + b"\n")
            process.stdin.flush()
            deadline = time.monotonic() + MAX_SECONDS
            (length,) = LENGTH.unpack(_exactly(process.stdout, LENGTH.size, deadline))
            # From a process of our own code.
            answer = pickle.loads(_exactly(process.stdout, length, deadline))
        except (TimeoutError, EOFError, BrokenPipeError) as error:
            self._stop()
            late = isinstance(error, TimeoutError)
            why = f"its reader takes more than {MAX_SECONDS} s" if late else "its reader breaks down over it"
            raise UnreadableError(why) from None
        if isinstance(answer, Document):
            return answer
        raise UnreadableError(str(answer))

    def _start(self) -> subprocess.Popen[bytes]:
        root = str(Path(__file__).parents[4])
        # -B: the folder of the scripts is checked, and nothing is added to it.
        self._process = subprocess.Popen(
            [sys.executable, "-B", "-m", f"{__package__}.reader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])},
        )
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process:
            process.kill()
            with contextlib.suppress(BrokenPipeError):
                process.communicate()


def _exactly(stream: IO[bytes], length: int, deadline: float) -> bytes:
    """That many bytes. Raises: TimeoutError after the deadline; EOFError where the stream ends before."""
    received = bytearray()
    while len(received) < length:
        if not select.select([stream], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError
        block = os.read(stream.fileno(), min(1 << 20, length - len(received)))
        if not block:
            raise EOFError
        received += block
    return bytes(received)

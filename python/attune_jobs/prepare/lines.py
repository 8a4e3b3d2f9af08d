"""Lines of a data file, plain or gzipped: none longer, and the file unpacked to no more, than a bound."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from .problems import Problems

MAX_LINE_BYTES = 16_000_000
"""About three million words."""

MAX_UNPACKED_BYTES = 64_000_000_000
"""Of one file."""

MAX_RATIO = 200
RATIO_FROM_BYTES = 100_000_000
"""A file that unpacks to more than this, and to more than MAX_RATIO times its size, holds no texts: those pack to a
tenth, and rows of one template to a fiftieth."""


def read_lines(file: Path, problems: Problems) -> Iterator[tuple[int, bytes]]:
    """Each line with its number, from 1. A fault of the file itself goes to `problems` and ends the reading."""
    packed = file.stat().st_size
    number = unpacked = 0
    try:
        with _open(file) as stream:
            while line := stream.readline(MAX_LINE_BYTES + 1):
                number += 1
                unpacked += len(line)
                fault = _too_much(len(line), unpacked, packed)
                if fault:
                    problems.add(f"{file.name}:{number}", fault)
                    return
                yield number, line
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        problems.add(f"{file.name}:{number + 1}", f"the gzip stream is broken ({error})")


def _open(file: Path) -> IO[bytes]:
    return gzip.open(file, "rb") if file.name.endswith(".gz") else file.open("rb")  # type: ignore[return-value]


def _too_much(line: int, unpacked: int, packed: int) -> str | None:
    if line > MAX_LINE_BYTES:
        return f"a line of more than {MAX_LINE_BYTES:,} bytes; the rest of the file is not read"
    if unpacked > MAX_UNPACKED_BYTES:
        return f"the file unpacks to more than {MAX_UNPACKED_BYTES:,} bytes; give it in several files"
    if unpacked > RATIO_FROM_BYTES and unpacked > MAX_RATIO * packed:
        return f"the file unpacks to more than {MAX_RATIO} times its size, which no texts do; unpack and look at it"
    return None

"""Lines of a data file, plain or gzipped: none longer, and the file unpacked to no more, than a bound.

UTF-8, with or without its mark (a BOM), and UTF-16 with one, as Windows programs write them. What is gzipped is known
by its first bytes. The client looks at local files by the same rules (src/client/inputs/preview/).
"""

from __future__ import annotations

import gzip
import io
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

UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

OTHER_FILES = {
    b"version https://git-lfs": "a Git LFS pointer in the place of the data: run `git lfs pull`",
    b"PK\x03\x04": "a ZIP archive, as .xlsx is one: save the sheet as CSV, or unpack it",
    b"PAR1": "Parquet: give it a name that ends in .parquet",
}
"""First bytes → what it is."""


def read_lines(file: Path, problems: Problems) -> Iterator[tuple[int, str]]:
    """Each line with its number, from 1. A fault of the file itself goes to `problems` and ends the reading."""
    packed = file.stat().st_size
    number = unpacked = 0
    try:
        with _open(file) as stream:
            other = _other(stream.peek(64)[:64])
            if other:
                problems.add(f"{file.name}:1", other)
                return
            lines = _decoding(stream)
            while line := lines.readline(MAX_LINE_BYTES + 1):
                number += 1
                unpacked += len(line)
                fault = _too_much(len(line), unpacked, packed)
                if fault:
                    problems.add(f"{file.name}:{number}", fault)
                    return
                if isinstance(line, bytes):
                    line = _text_of(line, number)
                yield number, line
    except UnicodeError as error:
        problems.add(f"{file.name}:{max(1, number)}", _not_utf8(error))
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        problems.add(f"{file.name}:{number + 1}", f"the gzip stream is broken ({error})")


def _open(file: Path) -> io.BufferedReader:
    with file.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    if packed or file.name.lower().endswith(".gz"):
        return gzip.open(file, "rb")  # type: ignore[return-value]
    return file.open("rb")


def _other(start: bytes) -> str | None:
    found = next((what for mark, what in OTHER_FILES.items() if start.startswith(mark)), None)
    if found is None and b"\0" in start and not start.startswith(UTF16_MARKS):
        return "not text: it holds zero bytes. UTF-16 needs a mark (a BOM) at its start; better save it as UTF-8"
    return found


def _decoding(stream: io.BufferedReader) -> IO[bytes] | IO[str]:
    """UTF-8 is decoded line by line, since a line that is none is then known by its number."""
    if stream.peek(2)[:2] in UTF16_MARKS:
        return io.TextIOWrapper(stream, encoding="utf-16", newline="\n")
    return stream


def _text_of(line: bytes, number: int) -> str:
    return (line.removeprefix(UTF8_MARK) if number == 1 else line).decode("utf-8")


def _not_utf8(error: UnicodeError) -> str:
    if not isinstance(error, UnicodeDecodeError) or error.encoding != "utf-8":
        return f"not UTF-16, which its first bytes say that it is ({error})"
    at = error.start
    near = error.object[max(0, at - 10) : at + 10].decode("cp1252", "replace").strip()
    return (
        f"not UTF-8 at byte {at + 1} of the line; read as Windows-1252 it says {near!r} there. Save the file as "
        "UTF-8; the rest of it is not read"
    )


def _too_much(line: int, unpacked: int, packed: int) -> str | None:
    if line > MAX_LINE_BYTES:
        return f"a line of more than {MAX_LINE_BYTES:,} bytes; the rest of the file is not read"
    if unpacked > MAX_UNPACKED_BYTES:
        return f"the file unpacks to more than {MAX_UNPACKED_BYTES:,} bytes; give it in several files"
    if unpacked > RATIO_FROM_BYTES and unpacked > MAX_RATIO * packed:
        return f"the file unpacks to more than {MAX_RATIO} times its size, which no texts do; unpack and look at it"
    return None

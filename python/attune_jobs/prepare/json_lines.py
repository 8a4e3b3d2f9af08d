"""JSON Lines, plain or gzipped, one object at a time, faults with file and line."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from ..errors import UserError
from .problems import Problems

SUFFIXES = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")


def find_files(folder: Path, what: str, suffixes: tuple[str, ...] = SUFFIXES) -> list[Path]:
    """The files with one of the suffixes below `folder`, by name.

    Raises: UserError when there is none, with what is there instead.
    """
    if not folder.is_dir():
        raise UserError(f"data.{what}: the job has no input named '{what}'. Add it to the job's inputs.")
    everything = sorted(file for file in folder.rglob("*") if file.is_file())
    files = [file for file in everything if file.name.lower().endswith(suffixes)]
    if not files:
        found = ", ".join(file.name for file in everything[:10]) or "nothing"
        raise UserError(f"data.{what}: found {found}, expected a file that ends in {', '.join(suffixes)}.")
    return files


def open_bytes(file: Path) -> IO[bytes]:
    """The file's content, unpacked when its name ends in .gz."""
    return gzip.open(file, "rb") if file.name.endswith(".gz") else file.open("rb")  # type: ignore[return-value]


def read_objects(file: Path, problems: Problems) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line's place ("pairs.jsonl:17") and object. Blank lines are passed over; faults go to `problems`."""
    with open_bytes(file) as lines:
        number = 0
        try:
            for number, line in enumerate(lines, start=1):
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                if line.isspace():
                    continue
                where = f"{file.name}:{number}"
                try:
                    value = json.loads(line)
                except UnicodeDecodeError:
                    problems.add(where, "not UTF-8")
                    continue
                except ValueError as error:
                    problems.add(where, f"not JSON ({error})")
                    continue
                if isinstance(value, dict):
                    yield where, value
                else:
                    problems.add(where, f"found {type(value).__name__}, expected an object")
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            problems.add(f"{file.name}:{number + 1}", f"the gzip stream is broken ({error})")


def text_field(
    value: dict[str, Any], field: str, where: str, problems: Problems, *, optional: bool = False
) -> str | None:
    """The field's text; None when it is absent (a fault unless `optional`) or not a text (always a fault)."""
    found = value.get(field)
    if found is None:
        if not optional:
            problems.add(where, f'"{field}" is missing; found {sorted(value)[:6]}')
        return None
    if not isinstance(found, str):
        problems.add(where, f'"{field}" is {type(found).__name__}, expected a text')
        return None
    return found

"""The lines of prepared data, JSON and judgements, as this package itself writes them.

They come back from S3, where others may write too: a line that is not as it was written is named with its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import UserError

MAX_LINE_BYTES = 64_000_000
"""Prepare reads a quarter of it as one line, and writes a question and a passage on one."""

SET_ASIDE_FILE = "set_aside.jsonl"
"""Beside the test questions: {reason, count, examples} a line of what prepare left out of the data."""

_SCORE = re.compile(r"-?[0-9]{1,9}")


def load_line(line: bytes | str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(line)
    return value


def dump_line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def read_lines(path: Path, *fields: str) -> Iterator[dict[str, Any]]:
    """The objects of the file, each with a text in every one of `fields`. Raises: UserError with the line's place."""
    for number, line in _lines(path):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _not_as_written(path, number, f"not JSON ({error})") from error
        if not isinstance(value, dict):
            raise _not_as_written(path, number, f"found {type(value).__name__}, expected an object")
        unfit = next((field for field in fields if not isinstance(value.get(field), str)), None)
        if unfit:
            found = "is missing" if unfit not in value else f"is {type(value[unfit]).__name__}, expected a text"
            raise _not_as_written(path, number, f'"{unfit}" {found}')
        yield value


def read_judgements(path: Path) -> Iterator[tuple[int, str, str, int]]:
    """Line, question's id, passage's id and score of each row below the header. Raises: UserError with the place."""
    for number, line in _lines(path):
        if number == 1:
            continue
        cells = line.decode("utf-8", errors="replace").rstrip("\n").split("\t")
        if len(cells) != 3 or not _SCORE.fullmatch(cells[2]):
            expected = "query-id<TAB>corpus-id<TAB>score"
            raise _not_as_written(path, number, f"found {line[:80]!r}, expected {expected}")
        yield number, cells[0], cells[1], int(cells[2])


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as lines:
        number = 0
        while line := lines.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(line) > MAX_LINE_BYTES:
                raise _not_as_written(path, number, f"a line of more than {MAX_LINE_BYTES:,} bytes")
            yield number, line


def _not_as_written(path: Path, number: int, what: str) -> UserError:
    return UserError(f"{path.parent.name}/{path.name}:{number}: {what}. Prepare wrote it otherwise: prepare again.")

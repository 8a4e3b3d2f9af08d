"""JSON Lines, one object at a time and its fields, faults with file and line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import UserError
from .data_rows import RULE, SUFFIXES
from .lines import read_lines
from .problems import Problems

MAX_ID_CHARACTERS: int = RULE["idCharacters"]

_UNFIT_FOR_ID = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Ends a cell or a line of a table, steers a terminal, or is no character."""


def find_files(folder: Path, what: str, suffixes: tuple[str, ...] = SUFFIXES) -> list[Path]:
    """The files with one of the suffixes below `folder`, or in those of further sources (`pairs-2`, …), by name.

    Raises: UserError when there is none, with what is there instead.
    """
    require_input(folder, what)
    folders = [folder, *sorted(folder.parent.glob(f"{folder.name}-[0-9]*"))]
    everything = sorted(file for each in folders for file in each.rglob("*") if file.is_file())
    files = [file for file in everything if file.name.lower().endswith(suffixes)]
    if not files:
        found = ", ".join(file.name for file in everything[:10]) or "nothing"
        raise UserError(f"data.{what}: found {found}, expected a file that ends in {', '.join(suffixes)}.")
    return files


def require_input(folder: Path, what: str) -> None:
    """Raises: UserError when the job was given no such input."""
    if not folder.is_dir():
        raise UserError(f"data.{what}: the job has no input named '{what}'. Add it to the job's inputs.")


def read_objects(file: Path, problems: Problems) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line's place ("pairs.jsonl:17") and object. Blank lines are passed over; faults go to `problems`.

    NaN and Infinity, which Python writes and JSON lacks, count as null.
    """
    for number, line in read_lines(file, problems):
        if not line.strip():
            continue
        where = f"{file.name}:{number}"
        try:
            value = json.loads(line, parse_constant=lambda _: None)
        except RecursionError:
            problems.add(where, "not JSON that can be read (nested too deeply)")
            continue
        except ValueError as error:
            if number == 1 and line.strip() == "[":
                problems.add(where, "a JSON array, expected an object a line: jq -c '.[]' writes it so")
                return
            problems.add(where, f"not JSON ({error})")
            continue
        if isinstance(value, dict):
            yield where, value
        else:
            problems.add(where, f"found {type(value).__name__}, expected an object")


def id_fault(own: str) -> str | None:
    """Why the text cannot be an id: the rest of a sentence."""
    if not own.strip():
        return "is blank, expected a text"
    if len(own) > MAX_ID_CHARACTERS:
        return f"has {len(own)} characters, expected at most {MAX_ID_CHARACTERS}"
    unfit = _UNFIT_FOR_ID.search(own)
    return f"holds {ascii(unfit.group())}, expected text on one line without control characters" if unfit else None

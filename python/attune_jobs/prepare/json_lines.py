"""JSON Lines, one object at a time and its fields, faults with file and line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import UserError
from .lines import read_lines
from .problems import Problems

SUFFIXES = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")

MAX_ID_CHARACTERS = 1_000

_UNFIT_FOR_ID = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Ends a cell or a line of a table, steers a terminal, or is no character."""


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


def read_objects(file: Path, problems: Problems) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line's place ("pairs.jsonl:17") and object. Blank lines are passed over; faults go to `problems`."""
    for number, line in read_lines(file, problems):
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.isspace():
            continue
        where = f"{file.name}:{number}"
        try:
            value = json.loads(line)
        except UnicodeDecodeError:
            problems.add(where, "not UTF-8")
        except RecursionError:
            problems.add(where, "not JSON that can be read (nested too deeply)")
        except ValueError as error:
            problems.add(where, f"not JSON ({error})")
        else:
            if isinstance(value, dict):
                yield where, value
            else:
                problems.add(where, f"found {type(value).__name__}, expected an object")


def text_field(
    value: dict[str, Any], field: str, where: str, problems: Problems, *, optional: bool = False
) -> str | None:
    """The field's text; None when it is absent (a fault unless `optional`) or not a text (always a fault)."""
    found = value.get(field)
    if found is None:
        if not optional:
            problems.add(where, f'"{field}" is missing; found {[key[:40] for key in sorted(value)[:6]]}')
        return None
    if not isinstance(found, str):
        problems.add(where, f'"{field}" is {type(found).__name__}, expected a text')
        return None
    return found


def id_field(value: dict[str, Any], where: str, problems: Problems) -> str | None:
    """The row's "_id"; None, and a fault, where there is none that can stand in a table."""
    own = text_field(value, "_id", where, problems)
    fault = None if own is None else id_fault(own)
    if fault is None:
        return own
    problems.add(where, f'"_id" {fault}')
    return None


def id_fault(own: str) -> str | None:
    """Why the text cannot be an id: the rest of a sentence."""
    if not own.strip():
        return "is blank, expected a text"
    if len(own) > MAX_ID_CHARACTERS:
        return f"has {len(own)} characters, expected at most {MAX_ID_CHARACTERS}"
    unfit = _UNFIT_FOR_ID.search(own)
    return f"holds {ascii(unfit.group())}, expected text on one line without control characters" if unfit else None

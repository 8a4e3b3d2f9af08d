"""Judgements as people export them: query-id, corpus-id and score, with a header or not; TREC's four columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .columns import SHOWN, whole_number
from .data_rows import RULE
from .lines import read_lines
from .problems import Problems
from .rows import separator_of

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]*)?")
EXPECTED = "query-id<TAB>corpus-id<TAB>whole number, or TREC's query-id 0 corpus-id whole number"


@dataclass(frozen=True, slots=True)
class Judgement:
    line: int
    query: str
    passage: str
    score: int
    """Above 0 for an answer; 0 or below for what a person judged as none."""


def read_qrels(file: Path, problems: Problems) -> Iterator[Judgement]:
    """The rows; blank ones are passed over, malformed ones go to `problems`.

    A first row without a number at its end is a header, and its names tell the columns. Cells are separated by tabs,
    in a .csv as `separator_of` says, else by any white space; blanks and quotes around a cell are not part of it.
    """
    places: tuple[int, int, int] | None = None
    width = 0
    separator = None
    for number, line in read_lines(file, problems):
        if not line.strip():
            continue
        first = width == 0
        if first:
            separator = _separator(file.name, line)
        cells = _cells(line, separator)
        where = f"{file.name}:{number}"
        if first:
            width = len(cells)
            if not _NUMBER.fullmatch(cells[-1]) and cells[-1].lower() not in ("nan", ""):
                places = _places(cells)
                if places is None:
                    problems.add(where, f"a header of {_shown(cells)}, expected query-id, corpus-id and score")
                    return
                continue
            places = {3: (0, 1, 2), 4: (0, 2, 3)}.get(width)
        if places is None or len(cells) != width:
            problems.add(where, f"found {len(cells)} cells ({_shown(cells)}), expected {EXPECTED}")
            continue
        query, passage, score = (cells[place] for place in places)
        whole = whole_number(score)
        if whole is None:
            problems.add(
                where, f"its score is {score[:SHOWN]!r}, expected a whole number of at most nine digits, such as 1"
            )
        else:
            yield Judgement(number, query, passage, whole)


def _separator(name: str, line: str) -> str | None:
    """None: any white space."""
    if name.lower().removesuffix(".gz").endswith(".csv"):
        return separator_of(name, line)
    return "\t" if "\t" in line else None


def _cells(line: str, separator: str | None) -> list[str]:
    if separator in (",", ";"):
        cells = next(csv.reader([line], delimiter=separator), [])
    else:
        cells = line.rstrip("\r\n").split(separator)
    return [_bare(cell) for cell in cells]


def _bare(cell: str) -> str:
    cell = cell.strip()
    quoted = len(cell) > 1 and cell[0] == cell[-1] == '"'
    return cell[1:-1].strip() if quoted else cell


def _places(header: list[str]) -> tuple[int, int, int] | None:
    """Which columns hold the query's id, the passage's id and the score."""
    names = [re.sub("[^a-z]", "", cell.lower()) for cell in header]
    roles: dict[str, list[str]] = RULE["qrels"]
    found = [next((at for at, name in enumerate(names) if name in roles[role]), None) for role in roles]
    query, passage, score = found
    return None if query is None or passage is None or score is None else (query, passage, score)


def _shown(cells: list[str]) -> str:
    return ", ".join(repr(cell[:SHOWN]) for cell in cells[:6])

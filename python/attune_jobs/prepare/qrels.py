"""Judgements as TSV: query-id, corpus-id, score; or TREC's four columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .lines import read_lines
from .problems import Problems

_SCORE = re.compile(r"-?[0-9]{1,9}")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Judgement:
    line: int
    query: str
    passage: str
    score: int
    """Above 0 for an answer; 0 or below for what a person judged as none."""


def read_qrels(file: Path, problems: Problems) -> Iterator[Judgement]:
    """The rows; a header is passed over, malformed rows go to `problems`."""
    for number, line in read_lines(file, problems):
        cells = line.decode("utf-8", errors="replace").rstrip("\r\n").split("\t")
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) == 4:
            cells = [cells[0], cells[2], cells[3]]
        if number == 1 and len(cells) == 3 and not _DIGIT.search(cells[2]):
            continue
        where = f"{file.name}:{number}"
        if len(cells) != 3:
            problems.add(where, f"found {len(cells)} cells, expected query-id<TAB>corpus-id<TAB>whole number")
        elif not _SCORE.fullmatch(cells[2].strip()):
            problems.add(where, f"its score is {cells[2][:20]!r}, expected a whole number of at most nine digits")
        else:
            yield Judgement(number, cells[0], cells[1], int(cells[2]))

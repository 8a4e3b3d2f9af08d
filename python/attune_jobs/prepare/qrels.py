"""Judgements as TSV: query-id, corpus-id, score; or TREC's four columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .json_lines import open_bytes
from .problems import Problems


@dataclass(frozen=True, slots=True)
class Judgement:
    line: int
    query: str
    passage: str
    score: int
    """Above 0: other rows judge nothing relevant."""


def read_qrels(file: Path, problems: Problems) -> Iterator[Judgement]:
    """The rows with a positive score; a header is passed over, malformed rows go to `problems`."""
    for number, cells in _cells(file):
        if len(cells) == 3 and number == 1 and not _is_integer(cells[2]):
            continue
        if len(cells) == 4 and _is_integer(cells[3]):
            cells = [cells[0], cells[2], cells[3]]
        if len(cells) != 3 or not _is_integer(cells[2]):
            problems.add(
                f"{file.name}:{number}", f"found {len(cells)} cells, expected query-id<TAB>corpus-id<TAB>whole number"
            )
            continue
        if int(cells[2]) > 0:
            yield Judgement(number, cells[0], cells[1], int(cells[2]))


def _cells(file: Path) -> Iterator[tuple[int, list[str]]]:
    with open_bytes(file) as lines:
        for number, line in enumerate(lines, start=1):
            text = line.decode("utf-8", errors="replace").rstrip("\r\n")
            if text.strip():
                yield number, text.split("\t")


def _is_integer(cell: str) -> bool:
    return cell.strip().lstrip("-").isdecimal()

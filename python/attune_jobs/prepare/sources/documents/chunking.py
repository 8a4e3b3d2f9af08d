"""Sections of blocks become passages that the model reads to the end together with their headings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ....segments import sentences
from ...tokens import TokenCounter
from .structure import Block, Code, Item, Paragraph, Table, on_one_line

OVERLAP = 0.12
"""Share of a passage that the next one of the same section repeats, in whole sentences."""

_SOFT = re.compile(r"[,;:，、；：)\]}]\s*|\s+")
"""Where a sentence that no passage holds may be cut, if it can."""

_Piece = tuple[str, str]
"""A part of a block, after what stands between it and the part before it."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """What a cut never divides."""

    text: str
    tokens: int
    before: str
    """What stands between it and the unit before it, in the same passage."""

    header: str = ""
    """Of the table whose row it is."""

    header_tokens: int = 0
    repeats: bool = False
    """Whether it may stand in two passages, as their overlap."""


def cut(blocks: Sequence[Block], room: int, tokens: TokenCounter) -> list[str]:
    """Texts of at most `room` tokens each, of whole sentences, points, blocks of code, and rows below their header.

    Only what is too long by itself is divided: code at lines, a sentence where a part of it ends.
    """
    units = [unit for block in blocks for unit in _units(block, room, tokens)]
    total = sum(unit.tokens for unit in units)
    parts = -(-total // room) if room else 1
    # As many passages as need be, of about the same length: no last one of three words.
    enough = total / max(1, parts)
    texts: list[str] = []
    start = 0
    while start < len(units):
        end = _end_of_passage(units, start, room, enough)
        texts.append(_joined(units[start:end]))
        if end == len(units):
            break
        start = _overlapping_start(units, start, end, room)
    return texts


def _end_of_passage(units: Sequence[_Unit], start: int, room: int, enough: float) -> int:
    used = headers = 0
    header = ""
    end = start
    while end < len(units):
        unit = units[end]
        headers += unit.header_tokens if unit.header != header else 0
        if end > start and (used + unit.tokens + headers > room or used >= enough):
            break
        used, header, end = used + unit.tokens, unit.header, end + 1
    # What leads to the next unit ("as follows:") goes with it.
    while end < len(units) and end - 1 > start and units[end - 1].text.endswith((":", "：")):
        end -= 1
    return end


def _joined(units: Sequence[_Unit]) -> str:
    parts: list[str] = []
    header = ""
    for unit in units:
        if parts:
            parts.append(unit.before)
        if unit.header and unit.header != header:
            parts.append(f"{unit.header}\n")
        header = unit.header
        parts.append(unit.text)
    return "".join(parts)


def _overlapping_start(units: Sequence[_Unit], start: int, end: int, room: int) -> int:
    """Where the next passage begins: as many sentences back as fit into the overlap, but always forward."""
    begin, repeated = end, 0
    while begin - 1 > start and units[begin - 1].repeats and repeated + units[begin - 1].tokens <= OVERLAP * room:
        begin -= 1
        repeated += units[begin].tokens
    return begin


def _units(block: Block, room: int, tokens: TokenCounter) -> Iterator[_Unit]:
    if isinstance(block, Table):
        yield from _rows(block, room, tokens)
    elif isinstance(block, Code):
        yield from _in_order(_whole_or([block.text], _lines, room, tokens), "\n\n", tokens)
    elif isinstance(block, Paragraph):
        text = on_one_line(block.text)
        yield from _in_order(_short_enough(_sentences(text), room, tokens), "\n\n", tokens, repeats=True)
    elif isinstance(block, Item):
        text = f"{block.mark} {on_one_line(block.text)}"
        yield from _in_order(_whole_or([text], _sentences, room // 2, tokens), "\n", tokens, repeats=True)


def _rows(table: Table, room: int, tokens: TokenCounter) -> Iterator[_Unit]:
    header = _row(table.header) if table.header else ""
    header_tokens = _counted([header], tokens)[0] if header else 0
    if header_tokens > room // 2 or not table.rows:
        header, header_tokens, rows = "", 0, [header, *map(_row, table.rows)]
    else:
        rows = [_row(row) for row in table.rows]
    pieces = _short_enough([("\n", row) for row in rows if row], room - header_tokens, tokens)
    for unit in _in_order(pieces, "\n\n", tokens):
        yield replace(unit, header=header, header_tokens=header_tokens)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _in_order(pieces: Sequence[_Piece], first: str, tokens: TokenCounter, *, repeats: bool = False) -> Iterator[_Unit]:
    counts = _counted([text for _, text in pieces], tokens)
    for number, ((before, text), count) in enumerate(zip(pieces, counts, strict=True)):
        yield _Unit(text, count, before if number else first, repeats=repeats)


def _counted(texts: Sequence[str], tokens: TokenCounter) -> list[int]:
    """Text of characters that the tokenizer passes over counts too: else no passage and no overlap would end."""
    return [max(1, count) for count in tokens.count(texts)]


def _whole_or(text: list[str], parts: Callable[[str], list[_Piece]], most: int, tokens: TokenCounter) -> list[_Piece]:
    whole = text[0]
    return [("", whole)] if tokens.count(text)[0] <= most else _short_enough(parts(whole), most, tokens)


def _sentences(text: str) -> list[_Piece]:
    spans = sentences(text)
    ends = [0, *(end for _, end in spans)]
    return [(text[end:begin], text[begin:stop]) for end, (begin, stop) in zip(ends, spans, strict=False)]


def _lines(text: str) -> list[_Piece]:
    return [("\n", line) for line in text.split("\n")]


def _short_enough(pieces: Sequence[_Piece], room: int, tokens: TokenCounter) -> list[_Piece]:
    """The pieces, those longer than `room` tokens cut into parts until none is."""
    short: list[_Piece] = []
    # Last in, first out: the parts of a piece come before the pieces after it.
    waiting = list(reversed(list(zip(pieces, tokens.count(text for _, text in pieces), strict=True))))
    while waiting:
        (before, text), count = waiting.pop()
        if count <= room or len(text) < 2:
            short.append((before, text))
            continue
        parts = list(_parts(before, text, -(-count // room)))
        waiting += reversed(list(zip(parts, tokens.count(text for _, text in parts), strict=True)))
    return short


def _parts(before: str, text: str, count: int) -> Iterator[_Piece]:
    """About so many parts of about the same length, divided where that is soft, if it is anywhere near."""
    length = -(-len(text) // count)
    begin = 0
    while begin < len(text):
        end = _soft_end(text, begin, length) if len(text) - begin > 1.5 * length else len(text)
        part = text[begin:end]
        stripped = part.rstrip()
        if stripped:
            yield before, stripped
        before = part[len(stripped) :]
        begin = end


def _soft_end(text: str, begin: int, length: int) -> int:
    """The last soft place up to `length` and not before half of it; else just there."""
    places = [found.end() for found in _SOFT.finditer(text, begin + length // 2, begin + length)]
    return places[-1] if places else begin + length

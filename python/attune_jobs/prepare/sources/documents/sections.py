"""Blocks become sections: what stands below one heading, with the path of headings to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ....segments import sentences, words
from ....texts import clean_line
from .structure import Block, Code, Document, Heading, Item, Paragraph, Table, on_one_line

MIN_WORDS = 6
"""A section with fewer words answers nothing."""

MAX_LEAD = 300
"""Characters of a first sentence that can stand in for a heading."""

INDEX_NAMES = ("index", "_index", "readme")
"""A file of such a name without a title is named by its folder."""


@dataclass(frozen=True, slots=True)
class Section:
    path: tuple[str, ...]
    """The page's title, then the headings, outermost first."""

    asks: str
    """The path as a question; "" for text that no heading stands above."""

    blocks: tuple[Block, ...]

    @property
    def words(self) -> int:
        return _words(self.blocks)


def sections_of(name: str, document: Document) -> Iterator[Section]:
    """The title is the metadata's, else a first heading of the first level, else the file's name or its folder's."""
    title, rest = clean_line(document.title), list(document.blocks)
    first = next((block for block in rest if isinstance(block, Heading)), None)
    levels = [block.level for block in rest if isinstance(block, Heading)]
    if first and first.level == 1 and levels.count(1) == 1:
        # The one heading of the first level names the page, and so does the metadata's title.
        title = title or clean_line(first.text)
        rest.remove(first)
    elif first and first.level == 1 and not title:
        title = clean_line(first.text)
    named = bool(title)
    title = title or _title_from(name)
    headings: list[tuple[int, str]] = []
    body: list[Block] = []
    for block in [*rest, None]:
        if block is not None and not isinstance(block, Heading):
            body.append(block)
            continue
        if body:
            yield _section(title, named, [text for _, text in headings], tuple(body))
            body = []
        if block is not None:
            headings = [
                *(outer for outer in headings if outer[0] < block.level),
                (block.level, clean_line(block.text)),
            ]


def _section(title: str, named: bool, headings: list[str], blocks: tuple[Block, ...]) -> Section:
    inner = headings[1:] if headings[:1] == [title] else headings
    path = (title, *(heading for heading in inner if heading))
    if len(path) > 1 or named:
        return Section(path, ": ".join(path), blocks)
    # Text without any heading: its first sentence stands in for one, where it has more to say.
    first = blocks[0]
    if isinstance(first, Paragraph) and (spans := sentences(text := on_one_line(first.text))):
        lead, others = text[: spans[0][1]], text[spans[0][1] :].strip()
        rest = (Paragraph(others), *blocks[1:]) if others else blocks[1:]
        if _words(rest) >= MIN_WORDS and len(lead) <= MAX_LEAD:
            return Section((title, clean_line(lead)), clean_line(lead), rest)
    return Section(path, "", blocks)


def _title_from(name: str) -> str:
    path = Path(name)
    folder = path.parent.name
    stem = folder if folder and path.stem.lower() in INDEX_NAMES else path.stem
    return " ".join(stem.replace("-", " ").replace("_", " ").split()) or path.stem


def _words(blocks: Sequence[Block]) -> int:
    parts: list[str] = []
    for block in blocks:
        if isinstance(block, Paragraph | Item | Code):
            parts.append(block.text)
        elif isinstance(block, Table):
            parts += (cell for row in (block.header, *block.rows) for cell in row)
    return len(words("\n".join(parts)))

"""What a document is once its form no longer matters: a title, and blocks in reading order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

MAX_HEADING = 1_000
"""Characters. A longer line that is marked as a heading is text: a heading is repeated with each passage below it."""


_BREAKS = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\n(?=[\u3000-\u9fff\uff00-\uffef])")


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    """1 is the outermost; what lies between may be missing."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    """With the line breaks of its source, which mean no more than blanks."""


@dataclass(frozen=True, slots=True)
class Item:
    """A point of a list, with its mark ("-", "3."). Points of inner lists follow as items of their own."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    header: tuple[str, ...]
    """Empty where the table has none."""

    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Item | Code | Table


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    """As its metadata say; "" where they do not: then its first heading or its name is the title."""

    blocks: tuple[Block, ...]


class UnreadableError(Exception):
    """A document that cannot be read; its text is the reason, as the end of a sentence about the file."""


def on_one_line(text: str) -> str:
    """A line break means a blank, and nothing between characters of scripts that have no blanks."""
    return " ".join(_BREAKS.sub("", text).split())


def heading(level: int, text: str) -> Heading | Paragraph:
    text = " ".join(text.split())
    return Heading(level, text) if len(text) <= MAX_HEADING else Paragraph(text)


def without_surrogates(text: str) -> str:
    """Escapes of JSON and YAML can write halves of characters, which no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def alt_text(alt: str) -> str:
    """What is said of a picture; "" for a single word, which is a name of a file."""
    alt = " ".join(alt.split())
    return "" if alt.isascii() and " " not in alt else alt


def prose_lines(block: Block) -> list[str]:
    """The lines of a paragraph or list item; none of what may recur in every document and still be meant."""
    if isinstance(block, Paragraph):
        return [line.strip() for line in block.text.split("\n") if line.strip()]
    return [block.text.strip()] if isinstance(block, Item) else []


def without_lines(blocks: tuple[Block, ...], dropped: Callable[[str], bool]) -> Iterator[Block]:
    """The blocks without those lines of prose; headings, code and tables stay as they are."""
    for block in blocks:
        lines = prose_lines(block)
        kept = [line for line in lines if not dropped(line)]
        if len(kept) == len(lines):
            yield block
        elif kept and isinstance(block, Paragraph):
            yield replace(block, text="\n".join(kept))

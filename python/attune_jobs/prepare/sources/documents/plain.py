"""Plain text: paragraphs; headings and fences as Markdown marks them. Tags, stars and indents are text."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from markdown_it import MarkdownIt

from .front_matter import split_front_matter
from .structure import Block, Code, Document, Paragraph, heading


def read_plain(text: str) -> Document:
    title, rest = split_front_matter(text)
    return Document(title, tuple(_blocks(rest)))


@functools.cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero").enable(["heading", "lheading", "fence"])
    parser.core.ruler.disable(["inline"])
    return parser


def _blocks(text: str) -> Iterator[Block]:
    level = 0
    for token in _parser().parse(text):
        if token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "heading_close":
            level = 0
        elif token.type == "inline" and token.content.strip():
            yield heading(level, token.content) if level else Paragraph(token.content)
        elif token.type == "fence" and token.content.strip():
            yield Code(token.content.strip("\n"))

"""Markdown, by CommonMark's rules with tables; MDX too, and what site generators put between the lines."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .front_matter import split_front_matter
from .html import html_blocks
from .mdx import IMPORT, without_modules, without_tags
from .structure import Block, Code, Document, Item, Paragraph, Table, alt_text, heading

MAX_INLINE = 20_000
"""Characters. A longer paragraph is taken as it is written: the work for emphasis and links can grow faster."""

MAX_DEPTH = 3
"""Of Markdown that stands in a fence of Markdown, as notes do in MyST."""

_CODE_SPAN = re.compile(r"(`+[^`]*`+)")
_CONTAINER = re.compile(r":{3,}[ \t]*\{?[\w-]*\}?[ \t]*\[?([^{}\[\]\n]*)\]?[^\n]*$")
_SHORTCODE = re.compile(r"\{\{[<%][^{}]*[%>]\}\}|\{%[^{}]*%\}")
_SHORTCODE_TEXT = re.compile(r"""\b(?:text|title)=(?:"([^"]*)"|'([^']*)')""")
_ATTRIBUTES = re.compile(r"\{:?[ \t]*[#.][^{}]*\}|\[#[\w-]+\](?=[ \t]*$)")
_ALERT = re.compile(r"\[!\w+\][+-]?[ \t]*")
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]")
_ADMONITIONS = (
    "note tip hint important warning caution danger attention error admonition seealso versionadded versionchanged "
    "deprecated topic sidebar dropdown card grid tab-set tab-item details exercise solution"
).split()
_WITHOUT_TEXT = "toctree image figure include literalinclude contents index bibliography".split()
_DIRECTIVE = re.compile(r"\{([\w:-]+)\}(.*)$", re.DOTALL)
_OPTION = re.compile(r"[ \t]*:[\w-]+:.*$")
_BREAK = re.compile(r"<br\b[^<>]*>", re.IGNORECASE)


def read_markdown(text: str) -> Document:
    title, rest = split_front_matter(text)
    # Site generators take MDX from .md files too; imports tell.
    return read_mdx(text) if IMPORT.search(rest) else Document(title, tuple(markdown_blocks(rest)))


def read_mdx(text: str) -> Document:
    title, rest = split_front_matter(text)
    return Document(title, tuple(markdown_blocks(without_modules(rest), mdx=True)))


def markdown_blocks(text: str, *, mdx: bool = False, depth: int = 0) -> Iterator[Block]:
    env: dict[str, object] = {}
    yield from _Blocks(env, mdx, depth).read(_parser(mdx).parse(text, env))


@functools.cache
def _parser(mdx: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.core.ruler.disable(["inline"])
    return parser.disable(["code", "html_block"]) if mdx else parser


class _Blocks:
    """One pass over the tokens; what is open is kept in lists, so that no nesting is too deep."""

    def __init__(self, env: dict[str, object], mdx: bool, depth: int) -> None:
        self._env = env
        self._mdx = mdx
        self._depth = depth
        self._lists: list[int | None] = []
        """The next number of each list that is open; None for bullets."""

        self._mark = ""
        """Of the list item whose first paragraph is still to come."""

    def read(self, tokens: Sequence[Token]) -> Iterator[Block]:
        level = 0
        rows: list[tuple[str, ...]] = []
        cells: list[str] | None = None
        for token in tokens:
            if token.type == "heading_open":
                level = int(token.tag[1:])
            elif token.type == "heading_close":
                level = 0
            elif token.type == "inline" and cells is not None:
                cells.append(" ".join(self._inline(token.content).split()))
            elif token.type == "inline" and level:
                text = self._inline(_ATTRIBUTES.sub("", token.content))
                if text.strip():
                    yield heading(level, text)
            elif token.type == "inline":
                yield from self._paragraph(token.content)
            elif token.type in ("fence", "code_block"):
                yield from self._fence(token)
            elif token.type == "html_block":
                yield from html_blocks(_SHORTCODE.sub(_shortcode_text, token.content))
            elif token.type == "tr_open":
                cells = []
            elif token.type == "tr_close":
                rows.append(tuple(cells or ()))
                cells = None
            elif token.type == "table_close":
                yield Table(rows[0], tuple(row for row in rows[1:] if any(row)))
                rows = []
            else:
                self._list(token)

    def _list(self, token: Token) -> None:
        if token.type == "bullet_list_open":
            self._lists.append(None)
        elif token.type == "ordered_list_open":
            self._lists.append(int(token.attrs.get("start", 1)))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
        elif token.type == "list_item_open":
            number = self._lists[-1]
            self._mark = "-" if number is None else f"{number}."
            if number is not None:
                self._lists[-1] = number + 1
        elif token.type == "list_item_close":
            self._mark = ""

    def _paragraph(self, content: str) -> Iterator[Block]:
        if self._mdx and content.startswith("<table"):
            yield from html_blocks(content)
            return
        text = self._inline(content).strip()
        if not text:
            return
        yield Item(self._mark, text) if self._mark else Paragraph(text)
        self._mark = ""

    def _fence(self, token: Token) -> Iterator[Block]:
        directive = _DIRECTIVE.match(token.info.strip())
        name, argument = directive.groups() if directive else ("", "")
        if name in _ADMONITIONS and self._depth < MAX_DEPTH:
            lines = token.content.split("\n")
            while lines and _OPTION.match(lines[0]):
                lines.pop(0)
            yield from self._paragraph(argument)
            yield from markdown_blocks("\n".join(lines), depth=self._depth + 1)
        elif name not in _WITHOUT_TEXT and token.content.strip():
            yield Code(token.content.strip("\n"))

    def _inline(self, content: str) -> str:
        """The text that a reader sees: without marks, targets of links, and tags."""
        if len(content) > MAX_INLINE:
            return content
        # Code spans stand at the odd places.
        spans = _CODE_SPAN.split(_ALERT.sub("", content, count=1) if content.startswith("[!") else content)
        spans[::2] = [self._without_marks(span) for span in spans[::2]]
        parsed: list[Token] = []
        parser = _parser(self._mdx)
        parser.inline.parse("".join(spans).strip(), parser, self._env, parsed)
        return "".join(map(_text_of, parsed))

    def _without_marks(self, text: str) -> str:
        """Without container marks (:::), shortcodes, attributes and the tags of components."""
        if ":::" in text:
            lines = ((_CONTAINER.match(line.strip()), line) for line in text.split("\n"))
            text = "\n".join(found.group(1).strip() if found else line for found, line in lines)
        if "{" in text:
            text = _ATTRIBUTES.sub("", _SHORTCODE.sub(_shortcode_text, text))
        if self._mdx and ("<" in text or "{" in text):
            text = without_tags(text)
        return _WIKI_LINK.sub(r"\1", text)


def _text_of(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    if token.type == "html_inline":
        return "\n" if _BREAK.match(token.content) else ""
    return alt_text(token.content) if token.type == "image" else token.content


def _shortcode_text(shortcode: re.Match[str]) -> str:
    found = _SHORTCODE_TEXT.search(shortcode.group())
    return (found.group(1) or found.group(2) or "") if found else ""

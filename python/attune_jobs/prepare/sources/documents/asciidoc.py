"""AsciiDoc: its headings, blocks, lists and tables.

There is no kept reader of it in Python. This one knows the block structure that pages are written in, and leaves alone
what needs a whole processor: attributes set by a build, includes, conditions (both sides of one are read) and tables
within tables.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from .front_matter import split_front_matter
from .structure import Block, Code, Document, Item, Paragraph, Table, heading

_HEADING = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*)$")
_UNDERLINES = {"=": 1, "-": 2, "~": 3, "^": 4, "+": 5}
_ATTRIBUTE = re.compile(r":!?([\w-]+)!?:(?:[ \t]+(.*))?$")
_BLOCK_LINE = re.compile(r"\[[^\[\]]*\]$|\[\[[^\[\]]*\]\]$")
_DIRECTIVE = re.compile(r"(?:include|ifdef|ifndef|ifeval|endif|image|video|audio|toc|icon)::?[^\s\[]*\[")
_ITEM = re.compile(r"[ \t]*(\*{1,5}|-|\.{1,5}|\d{1,4}\.|<\d{1,3}>|<\.>)[ \t]+(\S.*)$")
_TERM = re.compile(r"([^|]{1,300}?)(?:::{1,3}|;;)(?:[ \t]+(.*))?$")
_CODE_MARK = re.compile(r"(-{4,}|\.{4,}|`{3,})[\w-]*[ \t]*$")
_OTHER_MARK = re.compile(r"(?:={4,}|\*{4,}|_{4,}|--)[ \t]*$")
_TABLE_MARK = re.compile(r"[|,:!]={3,}[ \t]*$")
_CELL = re.compile(r"(?:\d+[+*])?(?:\.\d+\+)?[<^>]?(?:\.[<^>])?[aehlmsd]?(?<!\\)\|")
_CAPTION = re.compile(r"\.([^\s.].*)$")
_ADMONITION = re.compile(r"(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION):[ \t]+")
_LINK = re.compile(
    r"(?:link|xref|mailto|footnote|kbd|btn|menu|pass|image|icon|anchor|indexterm\d?):[^\s\[\]]{0,1000}\[([^\[\]]*)\]"
)
_URL = re.compile(r"(?:https?|ftp)://[^\s\[\]]{1,1000}\[([^\[\]]*)\]")
_REFERENCE = re.compile(r"<<[^<>,]*(?:,\s*([^<>]*))?>>")
_ANCHOR = re.compile(r"\[\[[^\[\]]*\]\]|\[#[^\[\]]*\]|\(\(\([^()]*\)\)\)")
_COLUMNS = re.compile(r"""cols=(?:"([^"]*)"|([\w*]+))""")
_CODE = re.compile(r"(?<![\w`+])(``?|\+)(?=\S)([^`+\n]{1,500}?)(?<=\S)\1(?![\w`+])")
_MARKS = re.compile(r"(?<![\w`*_+#])(\*\*|__|[*_])(?=\S)([^*_\n]{1,500}?)(?<=\S)\1(?![\w`*_])")
_LINE_BREAK = re.compile(r"[ \t]\+$")


def read_asciidoc(text: str) -> Document:
    title, rest = split_front_matter(text)
    return Document(title, tuple(_Reader(rest.split("\n")).blocks()))


class _Reader:
    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = [line.rstrip() for line in lines]
        self._at = 0
        self._attributes: dict[str, str] = {}
        self._text: list[str] = []
        self._mark = ""
        self._attributes_of_block = ""

    def blocks(self) -> Iterator[Block]:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            yield from self._block(line)
        yield from self._flush()

    def _block(self, line: str) -> Iterator[Block]:
        marked = _CODE_MARK.match(line)
        found = _HEADING.match(line)
        if not line or line == "+":
            yield from self._flush()
        elif line.startswith("////") and not line.strip("/"):
            self._up_to(line)
        elif line.startswith("++++") and not line.strip("+"):
            self._up_to(line)
        elif line.startswith("//") or _DIRECTIVE.match(line):
            return
        elif marked and (not self._text or not self._underlines(line)):
            yield from self._flush()
            code = "\n".join(self._up_to(marked.group(1)))
            if code.strip():
                yield Code(code)
        elif self._underlines(line):
            yield heading(_UNDERLINES[line[0]], self._inline(self._text.pop()))
        elif _OTHER_MARK.match(line) or _BLOCK_LINE.match(line):
            yield from self._flush()
            self._attributes_of_block = line if line.startswith("[") else self._attributes_of_block
        elif _TABLE_MARK.match(line):
            yield from self._flush()
            yield from self._table(line)
        elif found and not self._text:
            yield heading(len(found.group(1)), self._inline(found.group(2)))
        else:
            yield from self._line(line)

    def _line(self, line: str) -> Iterator[Block]:
        attribute, item, term = _ATTRIBUTE.match(line), _ITEM.match(line), _TERM.match(line)
        caption = _CAPTION.match(line) if not self._text else None
        if attribute:
            self._attributes[attribute.group(1)] = attribute.group(2) or ""
        elif caption:
            yield Paragraph(self._inline(caption.group(1)))
        elif item:
            yield from self._flush()
            mark, text = item.groups()
            self._mark = "-" if mark[0] in "*-." or mark[0] == "<" else mark
            self._text.append(text)
        elif term:
            yield from self._flush()
            self._mark = f"{self._inline(term.group(1).strip())}:"
            self._text += [term.group(2)] if term.group(2) else []
        else:
            self._text.append(_ADMONITION.sub("", line) if not self._text else line)

    def _underlines(self, line: str) -> bool:
        """A heading of two lines: the second as long as the first, give or take two."""
        return (
            len(self._text) == 1
            and not self._mark
            and len(line) >= 3
            and line[0] in _UNDERLINES
            and not line.strip(line[0])
            and abs(len(line) - len(self._text[0])) <= 2
        )

    def _up_to(self, mark: str) -> list[str]:
        """The lines before the next one that is the mark; all where none is."""
        begin = self._at
        while self._at < len(self._lines) and self._lines[self._at] != mark:
            self._at += 1
        self._at += 1
        return self._lines[begin : self._at - 1]

    def _flush(self) -> Iterator[Block]:
        text = self._inline("\n".join(_LINE_BREAK.sub("", line) for line in self._text)).strip()
        self._text.clear()
        if text:
            yield Item(self._mark, text) if self._mark else Paragraph(text)
            self._mark = ""

    def _table(self, mark: str) -> Iterator[Block]:
        attributes, self._attributes_of_block = self._attributes_of_block, ""
        lines = [_LINE_BREAK.sub("", line) for line in self._up_to(mark)]
        cells: list[str] = []
        of_line: list[int] = []
        for line in lines:
            before, *begun = _CELL.split(line)
            if cells and before.strip():
                cells[-1] += f" {before.strip()}"
            cells += begun
            of_line.append(len(begun))
        columns = _columns(attributes) or _cells_of_first_row(of_line)
        texts = [" ".join(self._inline(cell).split()) for cell in cells]
        rows = [tuple(texts[at : at + columns]) for at in range(0, len(texts), columns)] if columns else []
        rows = [row for row in rows if any(row)]
        if rows and ("header" in attributes or _first_row_alone(lines, columns)):
            yield Table(rows[0], tuple(rows[1:]))
        elif rows:
            yield Table((), tuple(rows))

    def _inline(self, text: str) -> str:
        """The text that a reader sees: without marks, targets of links, and anchors."""
        text = _ANCHOR.sub("", _REFERENCE.sub(lambda found: found.group(1) or "", text))
        text = _URL.sub(_shown, _LINK.sub(_shown, text))
        text = re.sub(r"\{([\w-]{1,100})\}", lambda found: self._attributes.get(found.group(1), found.group()), text)
        return _CODE.sub(r"\2", _MARKS.sub(r"\2", text))


def _columns(attributes: str) -> int:
    """Of `cols="1,3*,2a"`; 0 where there is none."""
    found = _COLUMNS.search(attributes)
    if not found:
        return 0
    repeats = [re.match(r"\s*(\d{1,3})\*", part) for part in re.split("[,;]", found.group(1) or found.group(2))]
    return sum(int(repeat.group(1)) if repeat else 1 for repeat in repeats)


def _cells_of_first_row(of_line: Sequence[int]) -> int:
    """All of its line; where that has one, all up to the first line without any."""
    first = next((count for count in of_line if count), 0)
    return (
        first if first != 1 else sum(itertools.takewhile(bool, itertools.dropwhile(lambda count: not count, of_line)))
    )


def _first_row_alone(lines: Sequence[str], columns: int) -> bool:
    """Whether a blank line stands below the first row, which makes it the header."""
    first = list(itertools.takewhile(str.strip, lines))
    return len(first) < len(lines) and sum(len(_CELL.split(line)) - 1 for line in first) == columns


def _shown(link: re.Match[str]) -> str:
    return link.group(1).split(",")[0].strip().rstrip("^").strip('"')

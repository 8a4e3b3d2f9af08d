"""PDF by PDFium: a line in larger letters is a heading, what recurs at the edges of pages is left out."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from .structure import Block, Document, Item, Paragraph, UnreadableError, heading

MAX_PAGES = 5_000
MAX_CHARACTERS = 16_000_000

EDGE_LINES = 2
"""At the top and at the bottom of a page: where headers, footers and page numbers stand."""

EDGE_SHARE = 0.3
LARGER = 1.15
"""A heading's letters are at least this much larger than those of the text."""

MOST_PITCH = 2.5
"""From line to line, as a multiple of the letters' size: more is a gap, also where nothing else was seen."""

MAX_HEADING_LINE = 200
MAX_LEVELS = 4

_NUMBER = re.compile(r"\d+")
_POINT = re.compile(r"([•◦▪‣·●○■□–*-]|\d{1,3}[.)])\s+(\S.*)$", re.DOTALL)
_LEADERS = re.compile(r"(?:\. ?){5,}|…{3,}")
"""From a table of contents to its pages."""

_HYPHEN = re.compile(r"(?<=[a-zß-ÿ])[\u2010-]$")

_SOFT_HYPHEN = re.compile("[\x02\xad\ufffe]")
"""What PDFium makes of a hyphen at the end of a line, which it joins to the next one."""


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    size: float
    base: float
    """Of its letters, above the lower edge of the page."""


def read_pdf(content: bytes) -> Document:
    """Raises: UnreadableError, also for pages that are pictures only."""
    try:
        pdf = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        raise UnreadableError(f"no PDF that can be opened ({error})") from None
    try:
        if len(pdf) > MAX_PAGES:
            raise UnreadableError(f"{len(pdf):,} pages, at most {MAX_PAGES:,} are read of one document")
        pages = list(_pages(pdf))
        title = " ".join(pdf.get_metadata_value("Title").split())
    finally:
        pdf.close()
    if not any(pages):
        raise UnreadableError("its pages hold no text: pictures of pages need text recognition first")
    return Document(_fit_title(title), tuple(_blocks(_without_edges(pages))))


def _fit_title(title: str) -> str:
    """ "" for what programs write there: names of files, and of themselves."""
    return "" if re.search(r"\.\w{2,5}$|\\|^untitled|^microsoft word|^\W*$", title, re.IGNORECASE) else title


def _pages(pdf: pdfium.PdfDocument) -> Iterator[list[_Line]]:
    characters = 0
    for page in pdf:
        text_page = page.get_textpage()
        lines = list(_lines(text_page))
        text_page.close()
        page.close()
        characters += sum(len(line.text) for line in lines)
        if characters > MAX_CHARACTERS:
            raise UnreadableError(f"more than {MAX_CHARACTERS:,} characters")
        yield lines


def _lines(page: pdfium.PdfTextPage) -> Iterator[_Line]:
    """In PDFium's order, which is that of the file for text in columns."""
    count = page.count_chars()
    if count <= 0:
        return
    begin = 0
    codes = [pdfium_c.FPDFText_GetUnicode(page, at) for at in range(count)]
    for at in [*(at for at, code in enumerate(codes) if code in (10, 13)), count]:
        text = "".join(map(chr, codes[begin:at])) if at > begin else ""
        if text.strip():
            yield _line(page, text, begin)
        begin = at + 1


def _line(page: pdfium.PdfTextPage, text: str, begin: int) -> _Line:
    """Its size and base line are those of its first letter."""
    first = begin + len(text) - len(text.lstrip())
    across, up = ctypes.c_double(), ctypes.c_double()
    pdfium_c.FPDFText_GetCharOrigin(page, first, across, up)
    size = _scaled(page, first, pdfium_c.FPDFText_GetFontSize(page, first))
    return _Line(_SOFT_HYPHEN.sub("", text.strip()), size, up.value)


def _scaled(page: pdfium.PdfTextPage, at: int, size: float) -> float:
    """Programs write letters of size 1 and scale them by the page's matrix."""
    matrix = pdfium_c.FS_MATRIX()
    if pdfium_c.FPDFText_GetMatrix(page, at, ctypes.byref(matrix)):
        size *= max(abs(matrix.d), abs(matrix.b)) or 1.0
    return round(size, 1)


def _without_edges(pages: Sequence[list[_Line]]) -> Iterator[list[_Line]]:
    """Without the lines that stand at the edge of many pages, whatever numbers are in them."""
    seen: Counter[str] = Counter()
    for lines in pages:
        seen.update({_NUMBER.sub("#", line.text) for line in [*lines[:EDGE_LINES], *lines[-EDGE_LINES:]]})
    most = max(2, EDGE_SHARE * len(pages))
    recurring = {text for text, count in seen.items() if count > most}
    for lines in pages:
        edges = {id(line) for line in [*lines[:EDGE_LINES], *lines[-EDGE_LINES:]]}
        yield [line for line in lines if id(line) not in edges or _NUMBER.sub("#", line.text) not in recurring]


def _blocks(pages: Iterator[list[_Line]]) -> Iterator[Block]:
    kept = list(pages)
    letters: Counter[float] = Counter()
    for lines in kept:
        for line in lines:
            letters[line.size] += len(line.text)
    every = [line for lines in kept for line in lines if not _LEADERS.search(line.text)]
    body = max(letters, key=lambda size: letters[size])
    pitch = min(_pitch(every), MOST_PITCH * body)
    larger = sorted((size for size in letters if size >= LARGER * body), reverse=True)[:MAX_LEVELS]
    levels = {size: level for level, size in enumerate(larger, start=1)}
    text: list[str] = []
    above: _Line | None = None
    named: list[str] = []
    for line in every:
        level = levels.get(line.size) if len(line.text) <= MAX_HEADING_LINE else None
        same = above is not None and above.size == line.size
        if (
            (level is None) != (not named)
            or not same
            or (above and _apart(above, line, pitch))
            or _POINT.match(line.text)
        ):
            yield from _ended(text, named, levels, above)
        (named if level else text).append(line.text)
        above = line
    yield from _ended(text, named, levels, above)


def _pitch(lines: Sequence[_Line]) -> float:
    """From line to line of a paragraph: the most frequent distance of lines of the same size, the least of several."""
    pairs = zip(lines, lines[1:], strict=False)
    steps = Counter(round(above.base - line.base) for above, line in pairs if above.size == line.size)
    return max((step for step in steps if step > 0), key=lambda step: (steps[step], -step), default=12)


def _apart(above: _Line, line: _Line, pitch: float) -> bool:
    """Whether another paragraph begins: after a gap, or after the end of a sentence where a column or page ends."""
    step = above.base - line.base
    if step > 0:
        return step > 1.3 * pitch and not line.text[0].islower()
    return above.text.endswith((".", "!", "?", ":", "。", "！", "？", "："))


def _ended(text: list[str], named: list[str], levels: dict[float, int], above: _Line | None) -> Iterator[Block]:
    if named and above:
        yield heading(levels[above.size], " ".join(named))
    elif text:
        joined = text[0]
        for line in text[1:]:
            joined = _HYPHEN.sub("", joined) + line if _HYPHEN.search(joined) else f"{joined}\n{line}"
        point = _POINT.match(joined)
        if point:
            mark, words = point.groups()
            yield Item(mark if mark[0].isdigit() else "-", words)
        else:
            yield Paragraph(joined)
    text.clear()
    named.clear()

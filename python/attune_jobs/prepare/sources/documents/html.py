"""HTML: what a reader of the page sees, without what leads to other pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from .decoding import decoded
from .front_matter import split_front_matter
from .structure import Block, Code, Document, Heading, Item, Paragraph, Table, UnreadableError, alt_text, heading

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LEFT_OUT = frozenset(
    "script style template nav footer form button svg math noscript iframe object select textarea dialog head".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure header "
    "hgroup hr html li main ol p section summary table tbody td tfoot th thead tr ul".split()
)
_NAVIGATION = re.compile(
    r"(?:^|[\s_-])(?:headerlink|breadcrumbs?|sidebar|sphinxsidebar|toc|navbar|skip-link|anchor-link|linenos)(?:$|[\s_-])"
)
_OF_SITE = re.compile(r"\s+[|–—·»-]\s+[^|–—·»]*$")


def read_html(content: bytes) -> Document:
    """UTF-8, or in the encoding that the page itself names."""
    title = ""
    try:
        title, text = split_front_matter(decoded(content))
        root = _parsed(text)
    except UnreadableError:
        root = _parsed(content)
    if root is None:
        return Document(title, ())
    main = next(iter(root.xpath("//main | //*[@role='main']")), None)
    if main is None:
        articles = root.xpath("//article[not(ancestor::article)]")
        main = articles[0] if len(articles) == 1 else root
    blocks = tuple(_Walk().read(main))
    if not title and not any(isinstance(block, Heading) and block.level == 1 for block in blocks):
        title = _OF_SITE.sub("", " ".join((root.findtext(".//title") or "").split()))
    return Document(title, blocks)


def html_blocks(fragment: str) -> Iterator[Block]:
    root = _parsed(fragment)
    if root is not None:
        yield from _Walk().read(root)


def _parsed(content: str | bytes) -> Any:
    """Raises: UnreadableError below the depth at which libxml2 drops what it reads without a word."""
    if not content.strip():
        return None
    text = isinstance(content, str)
    # huge_tree: 2,048 elements within each other and not 256, which old pages reach by what they forget to close.
    parser = etree.HTMLParser(
        no_network=True, remove_comments=True, remove_pis=True, huge_tree=True, encoding="utf-8" if text else None
    )
    root = etree.fromstring(content.encode("utf-8", "replace") if isinstance(content, str) else content, parser)
    if any("depth" in fault.message for fault in parser.error_log.filter_from_fatals()):
        raise UnreadableError("nested too deeply")
    return root


class _Walk:
    """One pass over the elements, without recursion; text gathers until the next block begins or ends."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._lists: list[int | None] = []
        """The next number of each list that is open; None for bullets."""

        self._mark = ""
        self._heading = 0
        self._term = False
        """Whether the text is the term of a definition; it then waits, as its mark, for what defines it."""

        self._pending = ""

    def read(self, root: Any) -> Iterator[Block]:
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            if event == "end":
                yield from self._end(element)
                if element is not root:
                    self._add(element.tail)
                continue
            tag = element.tag
            if tag in _LEFT_OUT or (element is not root and _leads_away(element)):
                walk.skip_subtree()
            elif tag == "pre":
                yield from self._flush()
                code = "".join(element.itertext()).strip("\n")
                if code.strip():
                    yield Code(code)
                walk.skip_subtree()
            elif tag == "table" and (table := _table(element)):
                yield from self._flush()
                yield table
                walk.skip_subtree()
            else:
                yield from self._start(tag, element)

    def _start(self, tag: str, element: Any) -> Iterator[Block]:
        if tag in _HEADINGS:
            yield from self._flush()
            self._heading = _HEADINGS[tag]
        elif tag in _BLOCKS:
            yield from self._flush()
        if tag in ("ul", "ol"):
            self._lists.append(_start_of(element) if tag == "ol" else None)
        elif tag == "li" and self._lists:
            number = self._lists[-1]
            self._mark = "-" if number is None else f"{number}."
            if number is not None:
                self._lists[-1] = number + 1
        elif tag == "br":
            self._text.append("\n")
        elif tag == "img":
            self._text.append(f" {alt_text(element.get('alt', ''))} ")
        elif tag == "dt":
            self._term = True
        elif tag == "dd" and self._pending:
            self._mark, self._pending = f"{self._pending}:", ""
        self._add(element.text)

    def _end(self, element: Any) -> Iterator[Block]:
        tag = element.tag
        if tag in _HEADINGS or tag in _BLOCKS:
            yield from self._flush()
        if tag in _HEADINGS:
            self._heading = 0
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag == "li":
            self._mark = ""
        elif tag == "dt":
            self._term = False
        elif tag == "dl" and self._pending:
            yield Paragraph(self._pending)
            self._pending = ""

    def _add(self, text: str | None) -> None:
        if text:
            self._text.append(re.sub(r"\s+", " ", text))

    def _flush(self) -> Iterator[Block]:
        text = "\n".join(" ".join(line.split()) for line in "".join(self._text).split("\n")).strip()
        self._text.clear()
        if not text:
            return
        if self._term:
            self._pending = f"{self._pending}, {text}" if self._pending else text
            return
        if self._heading:
            yield heading(self._heading, text)
        elif self._mark:
            yield Item(self._mark, text)
        else:
            yield Paragraph(text)
        self._mark = ""


def _leads_away(element: Any) -> bool:
    if element.get("role") in ("navigation", "search", "contentinfo") or element.get("aria-hidden") == "true":
        return True
    classes = element.get("class")
    return bool(classes and len(classes) < 1_000 and _NAVIGATION.search(classes)) and element.tag not in (
        "body",
        "html",
    )


def _start_of(element: Any) -> int:
    start = element.get("start", "1")
    return int(start) if re.fullmatch(r"\d{1,6}", start) else 1


def _table(element: Any) -> Table | None:
    """None for a table that lays out a page: one that holds blocks of its own, or has a single column or row."""
    if next(element.iter("pre", "ul", "ol", *_HEADINGS), None) is not None or len(element.xpath(".//table")):
        return None
    rows = [row.xpath("./td | ./th") for row in element.iter("tr")]
    rows = [row for row in rows if row]
    if len(rows) < 2 or max(map(len, rows)) < 2:
        return None
    in_head = [row for row in element.xpath("./thead/tr")]
    is_header = bool(in_head) or all(cell.tag == "th" for cell in rows[0])
    cells = [tuple(" ".join("".join(cell.itertext()).split()) for cell in row) for row in rows]
    return Table(cells[0] if is_header else (), tuple(row for row in cells[is_header:] if any(row)))

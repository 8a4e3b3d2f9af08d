"""Documents: Markdown or text files. A section's heading path is the question, its text the passage."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...origins import HEADINGS
from ...texts import clean, clean_line, words
from ..collection import Collection
from ..json_lines import find_files, id_fault
from ..problems import Problems
from ..tokens import TokenCounter

SUFFIXES = (".md", ".markdown", ".txt")
MIN_WORDS = 8
"""A section with fewer words answers nothing: it joins neither pairs nor corpus."""

BOILERPLATE_SHARE = 0.3
BOILERPLATE_DOCUMENTS = 20
"""With at least this many documents, a line that stands in more than BOILERPLATE_SHARE of them is dropped."""

OVERLAP = 0.12
"""Share of a passage that the next one of the same section repeats, in whole sentences."""

MAX_DOCUMENT_BYTES = 16_000_000
"""About three million words: a book is a tenth of it, and what is longer is a dump."""

MAX_HEADING = 1_000
"""Characters. A longer line that is marked as a heading is text: a heading is repeated with each passage below it."""

_UNDERLINE = re.compile(r"^(=+|-+)\s*$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_ANCHOR = re.compile(r"<a\b[^<>]*>\s*</a>|\{#[^{}]*\}")
"""Neither form may hold the beginning of another, so that what never ends is not looked through again and again."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^a-z])|\n+")


@dataclass(frozen=True, slots=True)
class Section:
    headings: tuple[str, ...]
    """From the outermost to its own; empty for text before the first heading."""

    text: str


def read_documents(inputs: Path, collection: Collection, tokens: TokenCounter) -> list[Path]:
    """Returns: the files read. Raises: UserError for files that are not UTF-8, too long, or named unfit for an id."""
    folder = inputs / "documents"
    files = find_files(folder, "documents", SUFFIXES)
    problems = Problems()
    for file in files:
        _check(file, file.relative_to(folder).as_posix(), problems)
    problems.refuse("A document's name becomes its id. Rename or divide these files and submit again.")
    recurring = _recurring_lines(files, problems)
    problems.refuse("Documents must be UTF-8 text. Convert these files and submit again.")
    for file in files:
        name = file.relative_to(folder).as_posix()
        collection.rows_read += 1
        if not _add_document(name, _lines(file.read_text(encoding="utf-8-sig"), recurring), collection, tokens):
            collection.notes.append(f"{name}: no section with at least {MIN_WORDS} words; left out")
    return files


def _check(file: Path, name: str, problems: Problems) -> None:
    fault = id_fault(name)
    if fault:
        problems.add(name, f"its name {fault}")
    size = file.stat().st_size
    if size > MAX_DOCUMENT_BYTES:
        problems.add(name, f"{size:,} bytes, at most {MAX_DOCUMENT_BYTES:,} are read of one document")


def _recurring_lines(files: list[Path], problems: Problems) -> set[str]:
    """Lines, headings apart, that stand in so many documents that they say nothing about any."""
    documents: Counter[str] = Counter()
    for file in files:
        try:
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            problems.add(file.name, f"not UTF-8 at byte {error.start}")
            continue
        documents.update({line.strip() for line in lines if line.strip() and heading_of(line) is None})
    if len(files) < BOILERPLATE_DOCUMENTS:
        return set()
    return {line for line, count in documents.items() if count > BOILERPLATE_SHARE * len(files)}


def _lines(text: str, recurring: set[str]) -> list[str]:
    return [line for line in text.splitlines() if line.strip() not in recurring]


def _add_document(name: str, lines: list[str], collection: Collection, tokens: TokenCounter) -> bool:
    """Adds the document's passages and the questions that its headings make. Returns: whether there was any."""
    sections = list(split_sections(lines))
    top = sections[0].headings if sections else ()
    title = top[0] if top else Path(name).stem.replace("-", " ").replace("_", " ")
    group = collection.add_group(name)
    number = 0
    for section in sections:
        question, text = _question_and_text(section, title)
        if len(words(text)) < MIN_WORDS:
            continue
        asked = collection.add_question(question, origin=HEADINGS) if question else None
        for chunk in cut(text, title, tokens):
            number += 1
            passage = collection.add_passage(chunk, title, f"{name}#{number}")
            if asked is not None and passage is not None:
                collection.add_row(asked, passage, group)
    return number > 0


def _question_and_text(section: Section, title: str) -> tuple[str, str]:
    """The heading path asks for the section; without any heading the first sentence asks for the rest."""
    if section.headings:
        path = section.headings if section.headings[0] == title else (title, *section.headings)
        return ": ".join(path), section.text
    first, *rest = _SENTENCE_END.split(section.text, maxsplit=1)
    return (first, rest[0]) if rest else ("", section.text)


def split_sections(lines: list[str]) -> Iterator[Section]:
    """The sections of a Markdown text; one without headings where there are none. Fenced code holds no heading."""
    headings: list[tuple[int, str]] = []
    body: list[str] = []
    fenced = False
    for line in lines:
        if _FENCE.match(line):
            fenced = not fenced
        heading = None if fenced else heading_of(line)
        if heading is None and not fenced and body and _underlines(line, body[-1]):
            heading = (1 if line.startswith("=") else 2), body.pop()
        if heading is None:
            body.append(line)
            continue
        level, text = heading
        yield from _section(headings, body)
        headings = [*(outer for outer in headings if outer[0] < level), (level, text)]
        body = []
    yield from _section(headings, body)


def heading_of(line: str) -> tuple[int, str] | None:
    """Level and text of a line that begins with one to six #; None for any other. A # that closes it goes."""
    text = line.lstrip("#")
    level = len(line) - len(text)
    if not 1 <= level <= 6 or not text[:1].isspace():
        return None
    text = text.strip()
    without = text.rstrip("#")
    text = without.rstrip() if not without or without[-1].isspace() else text
    return (level, text) if 0 < len(text) <= MAX_HEADING else None


def _underlines(line: str, above: str) -> bool:
    return bool(above.strip()) and len(above) <= MAX_HEADING and _UNDERLINE.match(line) is not None


def _section(headings: list[tuple[int, str]], body: list[str]) -> Iterator[Section]:
    text = clean(_ANCHOR.sub("", "\n".join(body)))
    if text:
        yield Section(tuple(clean_line(_ANCHOR.sub("", heading)) for _, heading in headings), text)


def cut(text: str, title: str, tokens: TokenCounter) -> list[str]:
    """Whole sentences packed into passages that the model reads to the end together with their title.

    A sentence longer than a passage stands alone and is truncated by the model.
    """
    room = tokens.room(title)
    spans = _sentences(text)
    # A sentence of characters that the tokenizer passes over counts too: else no passage and no overlap would end.
    lengths = [max(1, count) for count in tokens.count([text[begin:end] for begin, end in spans])]
    passages: list[str] = []
    start = 0
    while start < len(spans):
        end, used = start, 0
        while end < len(spans) and (end == start or used + lengths[end] <= room):
            used += lengths[end]
            end += 1
        passages.append(text[spans[start][0] : spans[end - 1][1]])
        if end == len(spans):
            break
        start = _overlapping_start(start, end, lengths, room)
    return passages


def _sentences(text: str) -> list[tuple[int, int]]:
    """First and last position of each sentence or line that is not blank."""
    spans: list[tuple[int, int]] = []
    begin = 0
    for gap in _SENTENCE_END.finditer(text):
        spans.append((begin, gap.start()))
        begin = gap.end()
    spans.append((begin, len(text)))
    return [span for span in spans if text[span[0] : span[1]].strip()]


def _overlapping_start(start: int, end: int, lengths: list[int], room: int) -> int:
    """Where the next passage begins: as many sentences back as fit into the overlap, but always forward."""
    begin, repeated = end, 0
    while begin - 1 > start and repeated + lengths[begin - 1] <= OVERLAP * room:
        begin -= 1
        repeated += lengths[begin]
    return begin

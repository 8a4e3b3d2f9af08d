"""A folder of documents becomes passages: the one definition for whoever asks questions about them."""

from __future__ import annotations

import pickle
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import xxhash

from ....texts import clean
from ...json_lines import id_fault
from ...problems import Problems
from ...tokens import TokenCounter
from .chunking import cut
from .converting import Converter
from .files import SetAside, document_files
from .sections import MIN_WORDS, sections_of
from .structure import Document, Heading, UnreadableError, prose_lines, without_lines

BOILERPLATE_SHARE = 0.3
BOILERPLATE_DOCUMENTS = 20
"""With at least this many documents, a line of prose that stands in more than BOILERPLATE_SHARE of them is dropped."""

UNREADABLE = "documents cannot be read"


@dataclass(frozen=True, slots=True)
class Passage:
    id: str
    """`document#number`, from 1."""

    document: str
    """Path below the folder, with forward slashes."""

    title_path: tuple[str, ...]
    """The page's title, then the headings above the text, outermost first. Those in the middle are left out where all
    would take more than a quarter of what the model reads."""

    text: str

    asks: str
    """What the text's own heading asks, its page's title before it; "" where it has none."""


def ignored(reason: str, example: str) -> None:
    """For callers that do not tell what is left out."""


def passages_of(folder: Path, tokens: TokenCounter, set_aside: SetAside = ignored) -> Iterator[Passage]:
    """The passages of all documents below `folder`, by name, in reading order.

    Deterministic: the same files with the same tokenizer and `max_seq_length` give the same passages with the same
    ids. (What a slower machine could change: a document whose reader takes minutes is left out as unreadable.)

    Args:
        folder: with files of the forms in `files.SUFFIXES`; what else lies there is set aside.
        tokens: a passage's text and `title_path` fit together into its `max_seq_length`.
        set_aside: called with a reason and an example for each file, section and line of boilerplate that is left out.

    Raises: UserError for a name that cannot be an id.
    """
    files = document_files(folder, set_aside)
    _refuse_names(files)
    with tempfile.TemporaryFile() as spool:
        lines: Counter[int] = Counter()
        read = 0
        for name, document in _converted(files, set_aside):
            pickle.dump((name, document), spool, pickle.HIGHEST_PROTOCOL)
            lines.update({_digest(line) for block in document.blocks for line in prose_lines(block)})
            read += 1
        most = BOILERPLATE_SHARE * read if read >= BOILERPLATE_DOCUMENTS else read
        recurring = {line for line, count in lines.items() if count > most}
        del lines
        spool.seek(0)
        for name, document in _spooled(spool, read):
            yield from _passages(name, document, recurring, tokens, set_aside)


def _refuse_names(files: Sequence[tuple[str, Path]]) -> None:
    problems = Problems()
    for name, _ in files:
        fault = id_fault(name)
        if fault:
            problems.add(name, f"its name {fault}")
    problems.refuse("A document's name becomes its id. Rename these files and submit again.")


def _converted(files: Sequence[tuple[str, Path]], set_aside: SetAside) -> Iterator[tuple[str, Document]]:
    with Converter() as converter:
        for name, file in files:
            try:
                document = converter.convert(file)
            except UnreadableError as error:
                set_aside(UNREADABLE, f"{name}: {error}")
                continue
            if any(not isinstance(block, Heading) for block in document.blocks):
                yield name, document
            else:
                set_aside("documents hold no text", name)


def _spooled(spool: IO[bytes], count: int) -> Iterator[tuple[str, Document]]:
    for _ in range(count):
        yield pickle.load(spool)  # of this process's own writing


def _digest(line: str) -> int:
    value: int = xxhash.xxh3_64_intdigest(line.encode())
    return value


def _passages(
    name: str, document: Document, recurring: set[int], tokens: TokenCounter, set_aside: SetAside
) -> Iterator[Passage]:
    def dropped(line: str) -> bool:
        if _digest(line) not in recurring:
            return False
        set_aside(f"lines stand in more than {BOILERPLATE_SHARE:.0%} of the documents", line[:200])
        return True

    if recurring:
        document = replace(document, blocks=tuple(without_lines(document.blocks, dropped)))
    number = 0
    for section in sections_of(name, document):
        if section.words < MIN_WORDS:
            if section.blocks:
                set_aside(f"sections have fewer than {MIN_WORDS} words", f"{name}: {': '.join(section.path)}"[:200])
            continue
        path = _fitting(section.path, tokens)
        for text in cut(section.blocks, tokens.room(": ".join(path)), tokens):
            text = clean(text)
            if text:
                number += 1
                yield Passage(f"{name}#{number}", name, path, text, section.asks)


def _fitting(path: tuple[str, ...], tokens: TokenCounter) -> tuple[str, ...]:
    """Without the headings in the middle, where all take more than a quarter of what the model reads."""
    while len(path) > 2 and tokens.count([": ".join(path)])[0] > tokens.max_seq_length // 4:
        path = (path[0], *path[2:])
    return path

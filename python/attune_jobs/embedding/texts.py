"""The texts to embed: rows of an id and a text, in the forms of a corpus, cleaned as prepare cleans them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import UserError
from ..indexing.shards import Document, Inventory
from ..prepare.columns import Columns, Given
from ..prepare.json_lines import find_files
from ..prepare.problems import Problems
from ..prepare.sources.corpus import passages_in, refuse_repeated
from ..prepare.stores import HashList
from ..texts import clean, clean_line

SHOWN = 20
"""Places of rows that are told."""

ADVICE = 'Each row must be {"id": text, "text": text, "title"?: text}, each id once. Fix these rows and start again.'


@dataclass(slots=True)
class Census:
    """What there is to embed."""

    inventory: Inventory
    unreadable: int = 0
    places: list[str] = field(default_factory=list)
    """Of the first rows in which nothing can be read: they are left out."""


class Texts:
    def __init__(self, inputs: Path, columns: Mapping[str, tuple[str, ...]], kind: str) -> None:
        """
        Args:
            inputs: holds the input `corpus`.
            kind: "query" or "document": a question is one line.
        Raises: UserError where there is no file of a form that is read.
        """
        self._files = find_files(inputs / "corpus", "corpus")
        self._given: Given = columns
        self._kind = kind

    def __iter__(self) -> Iterator[Document]:
        """In the order of the files' names and of their rows."""
        for _, document in self._rows(Problems()):
            if document is not None and document.text:
                yield document

    def census(self) -> Census:
        """Reads all of it once, which is cheap, before anything is embedded, which is not.

        Raises: UserError where a row is malformed, an id stands twice, or nothing is there.
        """
        problems, ids, census = Problems(), HashList(), Census(Inventory())
        for where, document in self._rows(problems):
            if document is None:
                continue
            ids.append(document.id)
            if document.text:
                census.inventory.add(document)
                continue
            census.unreadable += 1
            if len(census.places) < SHOWN:
                census.places.append(where)
        refuse_repeated(ids, "input", problems)
        problems.refuse(ADVICE)
        if census.inventory.documents == 0:
            raise UserError(
                f"the input holds no text: {census.unreadable} rows in {len(self._files)} files, all blank. "
                "Expected a row for each text."
            )
        return census

    def _rows(self, problems: Problems) -> Iterator[tuple[str, Document | None]]:
        """Each row's place, and its document; without a text where nothing in it can be read, None where it is
        malformed."""
        tidied = clean_line if self._kind == "query" else clean
        for where, own, title, text in passages_in(self._files, Columns("corpus", self._given), problems):
            whole = own is not None and text is not None
            yield where, Document(own or "", clean_line(title), tidied(text or "")) if whole else None

"""A corpus: rows of an id and a text, as BEIR has them, and what names its passages by their ids."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..collection import UNSPLIT, Collection
from ..columns import SHOWN, Columns
from ..data_rows import RULE
from ..json_lines import find_files
from ..problems import Problems
from ..rows import read_rows
from ..stores import HashList, distinct_rows

MISSING = -1

DANGLING_SHARE: float = RULE["danglingShare"]
"""Of a file's names of questions and passages that may name what is not there: known sets have some. They are left out
and counted."""


@dataclass(slots=True)
class Corpus:
    files: list[Path]
    ids: HashList = field(default_factory=HashList)
    passage_of: array[int] = field(default_factory=lambda: array("q"))
    """For each id the passage's number, or MISSING when it was blank."""


def read_corpus(inputs: Path, collection: Collection, columns: Columns, problems: Problems) -> Corpus:
    """Adds the passages of the input `corpus`. Faults go to `problems`."""
    corpus = Corpus(find_files(inputs / "corpus", "corpus"))
    for where, own, title, text in passages_in(corpus.files, columns, problems):
        collection.rows_read += 1
        if own is None or text is None:
            continue
        passage = collection.add_passage(text, title, own)
        if passage is None:
            collection.unreadable.append(where)
        corpus.ids.append(own)
        corpus.passage_of.append(MISSING if passage is None else passage)
    refuse_repeated(corpus.ids, "corpus", problems)
    return corpus


def passages_in(
    files: Iterable[Path], columns: Columns, problems: Problems
) -> Iterator[tuple[str, str | None, str, str | None]]:
    """Each row's place, id, title and text, as they stand; a title without a text is the text. None: a fault of it
    went to `problems`."""
    for file in files:
        for where, value in read_rows(file, problems):
            columns.look_at(value)
            own = columns.identifier(value, where, problems)
            text = columns.text(value, "text", where, problems)
            title = columns.text(value, "title", where, problems, optional=True) or ""
            yield where, own, title if text else "", title if text == "" else text


def refuse_repeated(ids: HashList, what: str, problems: Problems) -> None:
    firsts, label = ids.distinct()
    if len(firsts) == len(label):
        return
    repeated = np.setdiff1d(np.arange(len(label)), firsts)
    for entry in repeated.tolist():
        problems.add(f"{what}, entry {entry + 1}", f'its "_id" stands also at entry {int(firsts[label[entry]]) + 1}')


def positions(known: HashList, wanted: HashList) -> list[int]:
    """For each wanted hash its entry among the known, or MISSING."""
    known_N2, wanted_M2 = known.halves(), wanted.halves()
    firsts, label = distinct_rows(np.concatenate([known_N2, wanted_M2]))
    entry = np.full(len(firsts), MISSING, np.int64)
    entry[label[: len(known_N2)]] = np.arange(len(known_N2))
    found: list[int] = entry[label[len(known_N2) :]].tolist()
    return found


class Named:
    """Passages that the rows of one file name by their ids: looked up together, when the file has ended."""

    def __init__(self) -> None:
        self._ids = HashList()
        self._rows: list[tuple[str, str, int, int, int]] = []

    def add(self, where: str, own: str, question: int, group: int = -1, score: int = 1) -> None:
        """
        Args:
            score: 0 for what does not answer the question.
        """
        self._ids.append(own)
        self._rows.append((where, own, question, group, score))

    def settle(self, corpus: Corpus, collection: Collection, problems: Problems) -> None:
        """Adds the rows whose passage is readable; of strangers a few are set aside, more are faults."""
        entries = list(zip(self._rows, positions(corpus.ids, self._ids), strict=True))
        strangers = [(row[0], row[1]) for row, entry in entries if entry == MISSING]
        told = [(where, f"its document_id {own[:SHOWN]!r} is not in corpus") for where, own in strangers]
        if len(told) > DANGLING_SHARE * len(entries):
            for where, what in told:
                problems.add(where, what)
            return
        for where, what in told:
            collection.set_aside("rows name a passage that is not in the corpus", f"{where}: {what}")
        for (_, _, question, group, score), entry in entries:
            passage = MISSING if entry == MISSING else corpus.passage_of[entry]
            if passage == MISSING:
                continue
            if score > 0:
                collection.add_row(question, passage, group, score)
            else:
                collection.add_rejected(question, passage, score, UNSPLIT)

"""Pairs: {"query", "document", "negatives"?, "group"?, "score"?} a row, or a log of clicks: {"query", "shown",
"clicked"}.

Forms of peers are read as they are: sentence-transformers' anchor, positive, negative (and negative_1, …);
FlagEmbedding's query, pos, neg. A score, or a label, of 0 or below says that the document is no answer.

With a corpus beside them, rows name passages by their ids: {"query", "document_id", "negative_ids"?}, and "shown" and
"clicked" hold ids. What nobody asks about is searched all the same.

Negatives are never answers: they join the corpus, in which the test questions are asked, and training holds them
against their question (training/pairs.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...texts import clean_line
from ..collection import UNSPLIT, Collection
from ..columns import SHOWN, Columns
from ..json_lines import find_files
from ..problems import Problems
from ..rows import read_rows
from .corpus import Named, read_corpus

ADVICE = (
    'Each row must be {"query": text, "document": text, "negatives"?: texts, "group"?: text}, or have its columns '
    "named in data.columns. Fix these rows and submit again."
)
ADVICE_BY_ID = (
    'Beside data.corpus a row is {"query": text, "document_id": id, "negative_ids"?: ids, "group"?: text} with ids of '
    'the corpus, or a log of clicks whose "shown" and "clicked" hold such ids. Fix these rows and submit again.'
)


def read_pairs(inputs: Path, collection: Collection, columns: Columns, of_corpus: Columns) -> list[Path]:
    """
    Args:
        columns: `by_id`: there is a corpus beside the pairs.
    Returns: the files read. Raises: UserError with file and line of each malformed row.
    """
    problems = Problems()
    corpus = read_corpus(inputs, collection, of_corpus, problems) if columns.by_id else None
    if corpus is not None and not len(corpus.ids):
        problems.add("data.corpus", "its files hold no row")
    files = find_files(inputs / "pairs", "pairs")
    found = False
    for file in files:
        reader = _Rows(collection, columns, problems)
        for where, row in read_rows(file, problems):
            columns.look_at(row)
            collection.rows_read += 1
            found = True
            reader.add(row, where)
        if corpus is not None:
            reader.named.settle(corpus, collection, problems)
    if not found:
        problems.add("data.pairs", "its files hold no row")
    problems.refuse(ADVICE if corpus is None else ADVICE_BY_ID)
    return [*(corpus.files if corpus else ()), *files]


@dataclass(frozen=True, slots=True)
class _Judged:
    """Texts of passages, or their ids."""

    answers: list[str]
    rejected: list[str]
    score: int = 1
    """Of the answers."""
    by_id: bool = False


class _Rows:
    """Of one file."""

    def __init__(self, collection: Collection, columns: Columns, problems: Problems) -> None:
        self._collection = collection
        self._columns = columns
        self._problems = problems
        self.named = Named()

    def add(self, row: dict[str, Any], where: str) -> None:
        columns, problems = self._columns, self._problems
        query = columns.text(row, "query", where, problems)
        title = columns.text(row, "title", where, problems, optional=True) or ""
        group = columns.text(row, "group", where, problems, optional=True)
        judged = self._judged(row, where)
        negative_ids = columns.ids(row, "negativeIds", where, problems)
        if query is None or not (judged.answers or judged.rejected or negative_ids):
            return
        question = self._collection.add_question(query, origin=self._collection.origin_in(row, where))
        if question is None:
            self._collection.unreadable.append(where)
            return
        number = self._collection.add_group(group) if judged.answers and group and clean_line(group) else -1
        if judged.by_id:
            for own in judged.answers:
                self.named.add(where, own, question, number, judged.score)
        else:
            self._add_texts(judged, where, question, title, number)
        for own in [*(judged.rejected if judged.by_id else ()), *negative_ids]:
            self.named.add(where, own, question, score=0)

    def _add_texts(self, judged: _Judged, where: str, question: int, title: str, group: int) -> None:
        for answer in judged.answers:
            passage = self._collection.add_passage(answer, title)
            if passage is None:
                self._collection.unreadable.append(where)
            else:
                self._collection.add_row(question, passage, group, judged.score)
        for negative in judged.rejected:
            passage = self._collection.add_passage(negative)
            if passage is not None:
                self._collection.add_rejected(question, passage, 0, UNSPLIT)

    def _judged(self, row: dict[str, Any], where: str) -> _Judged:
        columns, problems = self._columns, self._problems
        if columns.found(row, "shown")[1] is not None:
            return self._clicked(row, where)
        ids = columns.ids(row, "documentId", where, problems)
        passages = ids or columns.texts(row, "document", where, problems)
        if not ids and columns.found(row, "document")[1] is None:
            problems.add(where, columns.lacks_passage(row))
        negatives = (columns.ids if ids else columns.texts)(row, "negatives", where, problems)
        score = columns.score(row, where, problems)
        if score is None:
            return _Judged([], [])
        if score > 0:
            return _Judged(passages, negatives, score, bool(ids))
        return _Judged([], passages + negatives, by_id=bool(ids))

    def _clicked(self, row: dict[str, Any], where: str) -> _Judged:
        """What was shown above the last click and not clicked was looked at and passed over; what stands below it was
        perhaps never seen, and says nothing.

        Source: Joachims et al. 2005, Accurately interpreting clickthrough data as implicit feedback ("Click > Skip
        Above"). Sessions of one question add up: what any of them clicked is an answer, and no negative in another.
        """
        read = self._columns.ids if self._columns.by_id else self._columns.texts
        shown = read(row, "shown", where, self._problems)
        clicked = read(row, "clicked", where, self._problems)
        stranger = next((one for one in clicked if one not in shown), None)
        if stranger is not None:
            self._problems.add(where, f'"clicked" has {stranger[:SHOWN]!r}, which is not in "shown"')
            return _Judged([], [])
        last = max((shown.index(one) for one in clicked), default=0)
        rejected = [one for one in shown[:last] if one not in clicked]
        return _Judged(clicked, rejected, by_id=self._columns.by_id)

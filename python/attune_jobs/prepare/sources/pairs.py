"""Pairs: {"query", "document", "negatives"?, "group"?, "score"?} a row, or a log of clicks: {"query", "shown",
"clicked"}.

Forms of peers are read as they are: sentence-transformers' anchor, positive, negative (and negative_1, …);
FlagEmbedding's query, pos, neg. A score, or a label, of 0 or below says that the document is no answer.

Negatives are never answers: they join the corpus, in which the test questions are asked, and training holds them
against their question (training/pairs.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...texts import clean_line
from ..collection import UNSPLIT, Collection
from ..columns import SHOWN, Columns
from ..json_lines import find_files
from ..problems import Problems
from ..rows import read_rows

ADVICE = (
    'Each row must be {"query": text, "document": text, "negatives"?: texts, "group"?: text}, or have its columns '
    "named in data.columns. Mend these rows and submit again."
)


def read_pairs(inputs: Path, collection: Collection, columns: Columns) -> list[Path]:
    """Returns: the files read. Raises: UserError with file and line of each malformed row."""
    files = find_files(inputs / "pairs", "pairs")
    problems = Problems()
    reader = _Rows(collection, columns, problems)
    for file in files:
        for where, row in read_rows(file, problems):
            columns.look_at(row)
            collection.rows_read += 1
            reader.add(row, where)
    if not collection.rows_read:
        problems.add("data.pairs", "its files hold no row")
    problems.refuse(ADVICE)
    return files


class _Rows:
    def __init__(self, collection: Collection, columns: Columns, problems: Problems) -> None:
        self._collection = collection
        self._columns = columns
        self._problems = problems

    def add(self, row: dict[str, Any], where: str) -> None:
        columns, problems = self._columns, self._problems
        query = columns.text(row, "query", where, problems)
        title = columns.text(row, "title", where, problems, optional=True) or ""
        group = columns.text(row, "group", where, problems, optional=True)
        answers, rejected, score = self._judged(row, where)
        if query is None or not (answers or rejected):
            return
        question = self._collection.add_question(query, origin=self._collection.origin_in(row, where))
        if question is None:
            self._collection.unreadable.append(where)
            return
        number = self._collection.add_group(group) if answers and group and clean_line(group) else -1
        for answer in answers:
            passage = self._collection.add_passage(answer, title)
            if passage is None:
                self._collection.unreadable.append(where)
            else:
                self._collection.add_row(question, passage, number, score)
        for negative in rejected:
            passage = self._collection.add_passage(negative)
            if passage is not None:
                self._collection.add_rejected(question, passage, 0, UNSPLIT)

    def _judged(self, row: dict[str, Any], where: str) -> tuple[list[str], list[str], int]:
        """Answers, what is none, and the answers' score."""
        columns, problems = self._columns, self._problems
        if columns.found(row, "shown")[1] is not None:
            return (*self._clicked(row, where), 1)
        documents = columns.texts(row, "document", where, problems)
        if columns.found(row, "document")[1] is None:
            problems.add(where, columns.lacks(row, "document"))
        negatives = columns.texts(row, "negatives", where, problems)
        score = columns.score(row, where, problems)
        if score is None:
            return [], [], 1
        return (documents, negatives, score) if score > 0 else ([], documents + negatives, 1)

    def _clicked(self, row: dict[str, Any], where: str) -> tuple[list[str], list[str]]:
        """What was shown above the last click and not clicked was looked at and passed over; what stands below it was
        perhaps never seen, and says nothing.

        Source: Joachims et al. 2005, Accurately interpreting clickthrough data as implicit feedback ("Click > Skip
        Above"). Sessions of one question add up: what any of them clicked is an answer, and no negative in another.
        """
        shown = self._columns.texts(row, "shown", where, self._problems)
        clicked = self._columns.texts(row, "clicked", where, self._problems)
        stranger = next((one for one in clicked if one not in shown), None)
        if stranger is not None:
            self._problems.add(where, f'"clicked" has {stranger[:SHOWN]!r}, which is not in "shown"')
            return [], []
        last = max((shown.index(one) for one in clicked), default=0)
        return clicked, [one for one in shown[:last] if one not in clicked]

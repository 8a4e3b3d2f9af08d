"""Test questions that people asked or wrote, given by themselves (`data.test`): a question and what answers it a row,
by its text or by its name. Where a column says which rows a person has accepted, the others ask nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..json_line import load_line
from ..origins import PEOPLE
from ..texts import clean, clean_line
from .collection import TEST, Collection
from .columns import SHOWN, Columns
from .data_rows import RULE
from .json_lines import find_files
from .problems import Problems
from .rows import read_rows

MISSING_SHARE: float = RULE["missingShare"]
"""Of what the rows name that may be missing: documents change. It is left out and counted."""

NOT_ACCEPTED = "rows of data.test are not accepted and ask nothing"
GONE = "passages that data.test names are not there"

ADVICE = (
    'A row of data.test is {"query": text, "document": text of a passage} or {"query": text, "document_id": its id}, '
    "with or without score, group and accepted. Fix these rows and submit again."
)
ADVICE_GONE = (
    "What answers a test question has to be searched among the others. Name it by document_id, or take its text as "
    "`attune questions` and the corpus of an earlier run have it: cut as it is there, with its title before it or not."
)
NONE_ACCEPTED = (
    "data.test: none of its {rows:,} rows is accepted, expected at least one. Write true (or yes, 1, x) under "
    "{column!r} where a person would ask so; or take that column away, if all of them do."
)


@dataclass(frozen=True, slots=True)
class _Row:
    where: str
    question: int
    texts: tuple[str, ...]
    ids: tuple[str, ...]
    """Where there are some, the texts do not count."""
    title: str
    group: str
    score: int
    """Above 0 for an answer; 0 or below for what a person judged as none."""


@dataclass(frozen=True, slots=True)
class OwnTest:
    files: list[Path]
    rows: list[_Row]
    by_id: bool
    """Whether there are passages beside those of the rows, which can be named."""

    def join(self, collection: Collection, *, of_documents: bool) -> list[Path]:
        """Adds the rows as the test split, once the passages are there.

        Args:
            of_documents: a document's name stands for all its passages. Its group is its own there: it says which
                questions are of one document, and does not take what others ask about that document from training.
        Returns: the files. Raises: UserError where too much of what is named is missing, or nothing has an answer.
        """
        collection.passages.seal()
        passages = _Passages(self.rows, collection, of_documents)
        problems = Problems()
        gone: list[tuple[str, str]] = []
        named = answers = 0
        for row in self.rows:
            found: dict[int, None] = {}
            for what, numbers in passages.named_by(row):
                named += 1
                if not numbers and not self.by_id:
                    numbers = _added(collection, what, row)
                if not numbers:
                    gone.append((row.where, _gone(row, what, of_documents)))
                found.update(dict.fromkeys(numbers))
            answers += _add(collection, row, list(found), of_documents)
        if len(gone) > MISSING_SHARE * named:
            for where, what in gone:
                problems.add(where, what)
            problems.refuse(ADVICE_GONE)
        for where, what in gone:
            collection.set_aside(GONE, f"{where}: {what}")
        if not answers:
            raise UserError("data.test: no question has an answer, expected a score of 1 or more of some row.")
        return self.files


def read_own_test(inputs: Path, collection: Collection, columns: Columns) -> OwnTest:
    """Adds the questions of the accepted rows.

    Raises: UserError with file and line of each malformed row, and where no row is accepted.
    """
    collection.has_own_test = True
    files = find_files(inputs / "test", "test")
    problems = Problems()
    rows: list[_Row] = []
    read = 0
    accepted_by = ""
    for file in files:
        for where, row in read_rows(file, problems):
            columns.look_at(row)
            collection.rows_read += 1
            read += 1
            accepted = columns.accepted(row)
            if accepted is False:
                accepted_by, value = columns.found(row, "accepted")
                said = "blank" if value in (None, "") else repr(str(value)[:SHOWN])
                collection.set_aside(NOT_ACCEPTED, f'{where}: "{accepted_by}" is {said}')
                continue
            rows.extend(_row(row, where, collection, columns, problems, accepted=bool(accepted)))
    problems.refuse(ADVICE)
    if not read:
        raise UserError("data.test: its files hold no row, expected test questions.")
    if not rows and accepted_by:
        raise UserError(NONE_ACCEPTED.format(rows=read, column=accepted_by))
    return OwnTest(files, rows, columns.by_id)


def _row(
    row: dict[str, Any], where: str, collection: Collection, columns: Columns, problems: Problems, *, accepted: bool
) -> Iterator[_Row]:
    query = columns.text(row, "query", where, problems)
    title = columns.text(row, "title", where, problems, optional=True) or ""
    group = columns.text(row, "group", where, problems, optional=True) or ""
    ids = columns.ids(row, "documentId", where, problems)
    texts = [text for text in columns.texts(row, "document", where, problems) if text.strip()]
    score = columns.score(row, where, problems)
    if not ids and not texts:
        problems.add(where, columns.lacks_passage(row))
    if query is None or score is None:
        return
    origin = PEOPLE if accepted else collection.origin_in(row, where)
    question = collection.add_question(query, origin=origin)
    if question is None:
        collection.unreadable.append(where)
    else:
        yield _Row(where, question, tuple(texts), tuple(ids), clean_line(title), clean_line(group), score)


class _Passages:
    """What rows name, found in one walk over all passages: some hundred names against any number of passages."""

    def __init__(self, rows: list[_Row], collection: Collection, of_documents: bool) -> None:
        self._texts: dict[str, dict[str, int]] = {
            key: {} for row in rows for text in row.texts for key in _keys(row, text)
        }
        self._ids: dict[str, list[int]] = {own: [] for row in rows for own in row.ids}
        pages: dict[str, list[int]] = {_page(own): [] for own in self._ids} if of_documents else {}
        for number in range(len(collection.passages)):
            passage = load_line(collection.passages[number])
            own, title, text = passage["_id"], passage["title"], _flat(passage["text"])
            for key in {text, f"{title} {text}".strip()} & self._texts.keys():
                # What repeats another word for word becomes one with it.
                self._texts[key].setdefault(f"{title}\n{text}", number)
            if own in self._ids:
                self._ids[own].append(number)
            if of_documents and (page := own.rpartition("#")[0]) in pages:
                pages[page].append(number)
        self._ids = {own: numbers or pages.get(_page(own), []) for own, numbers in self._ids.items()}

    def named_by(self, row: _Row) -> Iterator[tuple[str, list[int]]]:
        """Each name, or text, of the row with the passages that it stands for."""
        for own in row.ids:
            yield own, self._ids[own]
        for text in () if row.ids else row.texts:
            found = [self._texts[key] for key in _keys(row, text)]
            yield text, list(next((each for each in found if each), {}).values())


def _keys(row: _Row, text: str) -> tuple[str, ...]:
    """As a passage's text may stand in a row: below the row's title, or as it is."""
    own = _flat(clean(text))
    return (f"{row.title} {own}", own) if row.title else (own,)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _page(own: str) -> str:
    """The name of a document, which people may write as a path."""
    return own.removeprefix("./")


def _gone(row: _Row, what: str, of_documents: bool) -> str:
    if row.ids:
        places = "neither a passage nor a document" if of_documents else "not in corpus"
        return f"its document_id {what[:SHOWN]!r} is {places}"
    return f"its document is no passage of the corpus: {_flat(what)[: 2 * SHOWN]!r}"


def _added(collection: Collection, text: str, row: _Row) -> list[int]:
    passage = collection.add_passage(text, row.title)
    return [] if passage is None else [passage]


def _add(collection: Collection, row: _Row, passages: list[int], of_documents: bool) -> int:
    """Returns: how many answers it has."""
    if not passages:
        return 0
    if row.score <= 0:
        for passage in passages:
            collection.add_rejected(row.question, passage, row.score, TEST)
        return 0
    group = f"test: {row.group or collection.document_of(passages[0])}" if of_documents else row.group
    number = collection.add_group(group) if group else -1
    for passage in passages:
        collection.add_row(row.question, passage, number, row.score, TEST)
    return len(passages)

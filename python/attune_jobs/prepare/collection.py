"""What was read, whatever form it came in: passages, questions, and which answers which."""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xxhash

from ..errors import UserError
from ..origins import ORIGINS, PEOPLE
from ..question_keys import leak_key, question_key
from ..texts import clean, clean_line, embedded_text
from .stores import HashList, LineStore

UNSPLIT, TRAIN, DEV, TEST = -1, 0, 1, 2
SPLIT_NAMES = ("train", "dev", "test")

UNREADABLE_LIMIT = 0.05
"""Share of rows that may turn out blank or unreadable before the run is refused."""


EXAMPLES = 5
"""Of each reason to set something aside."""


@dataclass(slots=True)
class LeftOut:
    count: int = 0
    examples: list[str] = field(default_factory=list)


class Collection:
    """Passages and questions as JSON lines on disk; hashes, offsets and relevance in memory (about 60 bytes a row)."""

    def __init__(self, scratch: Path) -> None:
        self.passages = LineStore(scratch / "passages")
        self.passage_hashes = HashList()
        self.questions = LineStore(scratch / "questions")
        self.question_hashes = HashList()
        self.leak_hashes = HashList()
        """Of each question too: equal for questions that must not stand on both sides of a split."""
        self.groups = LineStore(scratch / "groups")
        self.group_hashes = HashList()
        self.row_question = array("i")
        self.row_passage = array("i")
        self.row_group = array("i")
        """Number in `groups`, or -1: the passage is its own group."""
        self.row_score = array("i")
        self.row_split = array("b")
        self.rejected_question = array("i")
        self.rejected_passage = array("i")
        self.rejected_score = array("i")
        self.rejected_split = array("b")
        self.unreadable: list[str] = []
        """Places of rows that were blank after cleaning."""
        self.rows_read = 0
        self.has_own_test = False
        """Whether the test questions are given by themselves (`data.test`)."""
        self._foreign_origin = False
        self.notes: list[str] = []
        """Sentences for the report's warnings."""
        self.left_out: dict[str, LeftOut] = {}
        """By reason, what was read and is not used, in the order in which the reasons came."""

    def add_passage(self, text: str, title: str = "", identifier: str | None = None) -> int | None:
        """Returns: the passage's number, or None when nothing in it is readable. The id defaults to a hash."""
        text, title = clean(text), clean_line(title)
        if not text:
            return None
        value = self.passage_hashes.append(embedded_text(title, " ".join(text.split())))
        return self.passages.append(_line({"_id": identifier or f"p{value >> 64:016x}", "title": title, "text": text}))

    def add_question(self, text: str, identifier: str | None = None, origin: str = PEOPLE) -> int | None:
        """Returns: the question's number, or None when nothing in it is readable. The id defaults to a hash.

        Args:
            origin: one of `ORIGINS`.
        """
        text = clean_line(text)
        if not text:
            return None
        self.leak_hashes.append(leak_key(text))
        value = self.question_hashes.append(question_key(text))
        entry = {"_id": identifier or f"q{value >> 64:016x}", "text": text}
        return self.questions.append(_line(entry if origin == PEOPLE else {**entry, "origin": origin}))

    def document_of(self, passage: int) -> str:
        """Of a passage of documents: the name that stands before the number in its id. The store must be sealed."""
        identifier: str = json.loads(self.passages[passage])["_id"]
        return identifier.rpartition("#")[0]

    def origin_in(self, row: dict[str, Any], where: str) -> str:
        """Where a row says that its question comes from; people, where it says nothing. What is none of `ORIGINS` is
        taken for a key of the person's own, and said once."""
        said = row.get("origin")
        if said is None or said in ORIGINS:
            return str(said or PEOPLE)
        if not self._foreign_origin:
            self._foreign_origin = True
            self.notes.append(
                f'{where}: its "origin" is none of {", ".join(ORIGINS)}, so the question counts as one of people; '
                "so do all others of the kind."
            )
        return PEOPLE

    def add_group(self, label: str) -> int:
        """Returns: the group's number."""
        label = clean_line(label)
        self.group_hashes.append(label)
        return self.groups.append(label.encode("utf-8"))

    def add_row(self, question: int, passage: int, group: int = -1, score: int = 1, split: int = UNSPLIT) -> None:
        self.row_question.append(question)
        self.row_passage.append(passage)
        self.row_group.append(group)
        self.row_score.append(score)
        self.row_split.append(split)

    def add_rejected(self, question: int, passage: int, score: int, split: int) -> None:
        """A person judged the passage as no answer (`score` 0 or below): kept as it is for the questions held out."""
        self.rejected_question.append(question)
        self.rejected_passage.append(passage)
        self.rejected_score.append(score)
        self.rejected_split.append(split)

    def set_aside(self, reason: str, example: str) -> None:
        """One thing of the input that is not used: it is counted, and told with its first examples."""
        left_out = self.left_out.setdefault(reason, LeftOut())
        left_out.count += 1
        if len(left_out.examples) < EXAMPLES and example not in left_out.examples:
            left_out.examples.append(example)

    def seal(self) -> None:
        """Ends the reading. Raises: UserError when too much was unreadable."""
        for store in (self.passages, self.questions, self.groups):
            store.seal()
        unreadable = len(self.unreadable)
        if unreadable > UNREADABLE_LIMIT * max(1, self.rows_read):
            raise UserError(
                f"{unreadable} of {self.rows_read} rows are blank or unreadable after cleaning, more than "
                f"{UNREADABLE_LIMIT:.0%}. The first: {', '.join(self.unreadable[:20])}. Fix or remove them."
            )

    def require_rows(self) -> None:
        """Raises: UserError when no question has an answer."""
        if not self.row_question:
            raise UserError(f"No question with a relevant passage in {self.rows_read} rows: nothing to train on.")

    def close(self) -> None:
        for store in (self.passages, self.questions, self.groups):
            store.__exit__()


def left_out_of(collection: Collection) -> list[dict[str, Any]]:
    """What `setAside` of data/report.json holds: reason, count and examples."""
    return [
        {"reason": reason, "count": left_out.count, "examples": left_out.examples}
        for reason, left_out in collection.left_out.items()
    ]


def file_hash(path: Path) -> str:
    """xxh3 of the file's bytes: names the input in the report."""
    digest = xxhash.xxh3_128()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    value: str = digest.hexdigest()
    return f"xxh3:{value}"


def _line(value: dict[str, str]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8") + b"\n"

"""What must not stand on both sides of a split: dropped from the lesser side and counted, then proved gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import xxhash

from ..errors import UserError
from ..json_line import load_line, read_judgements, read_lines
from ..texts import embedded_text, question_key, words
from .collection import TEST, TRAIN, Collection
from .grouping import Grouping, Relevance
from .splitting import SET_ASIDE
from .stores import Integers

GRAM = 13
"""Words in a row that a test question must not share with any training text."""

PAIR = ("query", "document_id", "document", "group")
"""What `check_no_leak` reads of a training pair."""

MAX_DROPPED = 0.5
"""Share of the training rows that may be dropped before the splits count as not independent."""


@dataclass(slots=True)
class Dropped:
    """Rows dropped from the less held-out side, by the first reason that applied."""

    same_question: int = 0
    duplicate_passage: int = 0
    same_group: int = 0
    shared_13_gram: int = 0

    def total(self) -> int:
        return sum(asdict(self).values())


def drop_leaks(collection: Collection, relevance: Relevance, grouping: Grouping, split_R: Integers) -> Dropped:
    """Sets leaking rows of train and dev to SET_ASIDE in `split_R`; test keeps all its rows, dev yields to test only.

    Raises: UserError when more than MAX_DROPPED of the training rows leak.
    """
    before = int(np.count_nonzero(split_R == TRAIN)) + relevance.held_out_again
    dropped = Dropped()
    cluster_R = grouping.cluster_P[relevance.row_passage_R]
    plain_R = ~grouping.boilerplate_P[relevance.row_passage_R]
    every_R = np.ones(len(split_R), bool)
    dropped.same_question = relevance.held_out_again + _drop(split_R, relevance.row_question_R, every_R)
    dropped.duplicate_passage = _drop(split_R, cluster_R, plain_R)
    dropped.same_group = _drop(split_R, relevance.row_group_R, relevance.row_group_R >= 0)
    dropped.shared_13_gram = _drop_shared_grams(collection, relevance, split_R)
    if dropped.total() > MAX_DROPPED * max(1, before):
        raise UserError(
            f"The splits leak: {dropped.total()} of {before} training rows repeat held-out questions, passages or "
            f"groups ({asdict(dropped)}). Give splits that share no document, or only train.tsv: attune then splits."
        )
    return dropped


def _drop(split_R: Integers, node_R: Integers, counts_R: np.ndarray) -> int:
    """Rows whose node also has a row in a more held-out split go. Returns: how many."""
    used_R = counts_R & (split_R != SET_ASIDE)
    most_held_out = np.full(int(node_R.max(initial=0)) + 1, SET_ASIDE, np.int64)
    np.maximum.at(most_held_out, node_R[used_R], split_R[used_R])
    leaking_R = used_R & (split_R < most_held_out[node_R])
    split_R[leaking_R] = SET_ASIDE
    return int(np.count_nonzero(leaking_R))


def _drop_shared_grams(collection: Collection, relevance: Relevance, split_R: Integers) -> int:
    tested = np.unique(relevance.row_question_R[split_R == TEST])
    grams = Grams(load_line(line)["text"] for line in collection.questions.read(relevance.question_Q[tested]))
    if not grams:
        return 0
    count = 0
    for row in np.flatnonzero(split_R == TRAIN):
        question = load_line(collection.questions[int(relevance.question_Q[relevance.row_question_R[row]])])
        passage = load_line(collection.passages[int(relevance.passage_P[relevance.row_passage_R[row]])])
        if grams.shared_by(question["text"]) or grams.shared_by(embedded_text(passage["title"], passage["text"])):
            split_R[row] = SET_ASIDE
            count += 1
    return count


class Grams:
    """The 13-grams of questions, to be looked for in other texts. Memory: a 64-bit hash each."""

    def __init__(self, questions: Iterable[str]) -> None:
        self._grams: set[int] = set()
        self._beginnings: set[str] = set()
        for question in questions:
            for gram in _runs(words(question)):
                self._grams.add(hash(gram))
                self._beginnings.add(gram[0])

    def __bool__(self) -> bool:
        return bool(self._grams)

    def shared_by(self, text: str) -> bool:
        found = words(text)
        last = len(found) - GRAM
        return any(
            hash(tuple(found[at : at + GRAM])) in self._grams
            for at, word in enumerate(found)
            if at <= last and word in self._beginnings
        )


def _runs(found: list[str]) -> Iterator[tuple[str, ...]]:
    for at in range(len(found) - GRAM + 1):
        yield tuple(found[at : at + GRAM])


def check_no_leak(data: Path) -> None:
    """The last gate: reads what was written, and knows nothing of how it came about.

    Raises: UserError when a question, a relevant passage or a group stands in two splits, or a training text shares a
    13-gram with a test question.
    """
    test, dev = _HeldOut.read(data / "test"), _HeldOut.read(data / "dev")
    faults = [*test.shared_with(dev)]
    for row in read_lines(data / "train" / "pairs.jsonl", *PAIR):
        for name, held_out in (("test", test), ("dev", dev)):
            what = held_out.leak_of(row["query"], row["document_id"], row["group"])
            if what:
                faults.append(f"{what} in train and {name}: {row['query'][:80]!r}")
        if test.grams.shared_by(row["query"]) or test.grams.shared_by(row["document"]):
            faults.append(f"{GRAM} words of a test question in train: {row['query'][:80]!r}")
    if faults:
        shown = "; ".join(faults[:5])
        raise UserError(
            f"Leakage between the splits: {len(faults)} cases. {shown}. A score on such a split would flatter the "
            "model. Remove the repeated rows, or give them the same group."
        )


@dataclass(frozen=True, slots=True)
class _HeldOut:
    name: str
    questions: set[bytes]
    passages: set[bytes]
    groups: set[bytes]
    grams: Grams

    @classmethod
    def read(cls, folder: Path) -> _HeldOut:
        questions, groups = set(), set()
        for query in read_lines(folder / "queries.jsonl", "text", "group"):
            questions.add(_hash(question_key(query["text"])))
            groups.add(_hash(query["group"]))
        passages = {_hash(passage) for _, _, passage, _ in read_judgements(folder / "qrels.tsv")}
        texts = (query["text"] for query in read_lines(folder / "queries.jsonl", "text"))
        grams = Grams(texts if folder.name == "test" else ())
        return cls(folder.name, questions, passages, groups, grams)

    def leak_of(self, question: str, passage_id: str, group: str) -> str | None:
        if _hash(question_key(question)) in self.questions:
            return "the same question"
        if _hash(passage_id) in self.passages:
            return "the same passage or a near-duplicate of it"
        return "the same group" if _hash(group) in self.groups else None

    def shared_with(self, other: _HeldOut) -> Iterator[str]:
        for what in ("questions", "groups"):
            both = getattr(self, what) & getattr(other, what)
            if both:
                yield f"{len(both)} {what} in {self.name} and {other.name}"


def _hash(text: str) -> bytes:
    digest: bytes = xxhash.xxh3_128_digest(text.encode("utf-8"))
    return digest

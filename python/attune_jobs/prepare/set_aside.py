"""What was set aside, merged, cut or ignored: counted by reason, with examples, so that nothing is lost unsaid."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

import numpy as np

from ..json_line import load_line
from .collection import EXAMPLES, TRAIN, Collection, LeftOut, left_out_of
from .grouping import BOILERPLATE_GROUPS, Grouping, Relevance
from .leakage import REASONS, Dropped
from .negatives import Negatives
from .stores import Integers

SHOWN = 120
"""Characters of an example."""

BOILERPLATE = (
    f"pairs are neither trained nor tested: their passage, or a near-duplicate of it, stands in more than "
    f"{BOILERPLATE_GROUPS} groups"
)


TRAINED_BEFORE = "test questions are left out: an earlier run trained on them, or on their passage or group"


class SetAside:
    """Collects the reasons of one run, in the order in which they come about."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._merged: set[str] = set()

    def after_merging(self, relevance: Relevance) -> None:
        collection = self._collection
        asked = np.unique(relevance.row_question_R)
        unanswered = np.setdiff1d(np.arange(len(relevance.question_Q)), asked)
        repeated_P = np.setdiff1d(np.arange(len(collection.passages)), relevance.passage_P)
        repeated_Q = np.setdiff1d(np.arange(len(collection.questions)), relevance.question_Q)
        self._add("rows are blank or unreadable after cleaning", len(collection.unreadable), collection.unreadable)
        self._merge("passages repeat another word for word", len(repeated_P), self._titles(repeated_P))
        self._merge("questions repeat another but for case or white space", len(repeated_Q), self._texts(repeated_Q))
        self._add("rows repeat another: the same question and passage", relevance.repeated_rows, ())
        self._add(
            "questions have no relevant passage and are neither trained nor tested",
            len(unanswered),
            self._texts(relevance.question_Q[unanswered]),
        )
        self._add(
            "judgements of one question and passage contradict each other: the highest score counts",
            len(relevance.conflicts_N2),
            self._texts(relevance.question_Q[relevance.conflicts_N2[:, 0]]),
        )

    def after_splitting(
        self, relevance: Relevance, grouping: Grouping, dropped: Dropped, trained_before: Integers
    ) -> None:
        boilerplate_R = grouping.boilerplate_P[relevance.row_passage_R] & (relevance.row_split_R <= TRAIN)
        self._rows(relevance, BOILERPLATE, np.flatnonzero(boilerplate_R))
        questions = np.unique(relevance.row_question_R[trained_before])
        self._add(TRAINED_BEFORE, len(questions), self._texts(relevance.question_Q[questions]))
        again = dropped.again
        self._add("rows were given to train and, word for word, to a more held-out split: they stay there", again, ())
        for reason, words in REASONS.items():
            self._rows(relevance, f"rows left the training or dev split: {words}", dropped.rows[reason])

    def negatives(self, negatives: Negatives) -> None:
        for words, count in negatives.sentences().items():
            self._add(words, count, ())

    def after_writing(self, counts: dict[str, dict[str, int]]) -> None:
        left_out = counts["dev"].get("questionsLeftOut", 0)
        self._add("dev questions are left out, since each evaluation in training pays for every one", left_out, ())

    def report(self) -> list[dict[str, Any]]:
        """What `setAside` of data/report.json holds."""
        return left_out_of(self._collection)

    def sentence(self) -> str:
        """What was lost, not merged, in one line, the largest count first; "" where nothing was."""
        lost = [(why, left_out) for why, left_out in self._collection.left_out.items() if why not in self._merged]
        largest_first = sorted(lost, key=lambda entry: -entry[1].count)
        told = [
            f"{left_out.count:,} {reason}" + (f" (such as {left_out.examples[0]!r})" if left_out.examples else "")
            for reason, left_out in largest_first
        ]
        return f"Set aside: {'; '.join(told)}." if told else ""

    def _rows(self, relevance: Relevance, reason: str, rows: Integers) -> None:
        self._add(reason, len(rows), self._texts(relevance.question_Q[relevance.row_question_R[rows]]))

    def _merge(self, what: str, count: int, examples: Iterable[str]) -> None:
        reason = f"{what} and became one with it"
        self._merged.add(reason)
        self._add(reason, count, examples)

    def _add(self, reason: str, count: int, examples: Iterable[str]) -> None:
        if count:
            shown = dict.fromkeys(" ".join(example.split())[:SHOWN] for example in islice(examples, 4 * EXAMPLES))
            self._collection.left_out[reason] = LeftOut(count, list(shown)[:EXAMPLES])

    def _texts(self, numbers: Integers) -> Iterable[str]:
        return (load_line(line)["text"] for line in self._collection.questions.read(numbers))

    def _titles(self, numbers: Integers) -> Iterable[str]:
        for line in self._collection.passages.read(numbers):
            passage = load_line(line)
            yield f"{passage['_id']}: {passage['title'] or passage['text']}"

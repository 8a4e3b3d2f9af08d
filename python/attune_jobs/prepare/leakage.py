"""What must not stand on both sides of a split: dropped from the lesser side and counted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..errors import UserError
from ..json_line import load_line
from ..texts import embedded_text
from .collection import TEST, TRAIN, Collection
from .grams import GRAM, Gram, Grams, patterns, with_edges
from .grouping import Grouping, Relevance
from .splitting import SET_ASIDE
from .stores import Integers

MAX_DROPPED = 0.5
"""Share of the training rows that may be dropped before the splits count as not independent."""

REASONS = {
    "same_question": "their question, or one that differs in punctuation only, is held out",
    "duplicate_passage": "their passage, or a near-duplicate of it, is held out",
    "same_group": "their group is held out",
    "shared_13_gram": f"they share {GRAM} words in a row with a test question",
}


@dataclass(slots=True)
class Dropped:
    """Rows dropped from the less held-out side, by the first reason that applied."""

    rows: dict[str, Integers]
    """Reason (of REASONS) → rows."""

    again: int
    """Rows that the input gave once more to a more held-out split: they count as the same question."""

    patterns: frozenset[Gram] = frozenset()
    """Runs of words that many questions share, or the edges of such, and that therefore give none away."""

    shared: list[tuple[int, str]] = field(default_factory=list)
    """Row and words of each that shares some with a test question."""

    def counts(self) -> dict[str, int]:
        counts = {reason: len(rows) for reason, rows in self.rows.items()}
        return counts | {"same_question": counts["same_question"] + self.again}

    def total(self) -> int:
        return sum(self.counts().values())


def drop_leaks(collection: Collection, relevance: Relevance, grouping: Grouping, split_R: Integers) -> Dropped:
    """Sets leaking rows of train and dev to SET_ASIDE in `split_R`; test keeps all its rows, dev yields to test only.

    Raises: UserError when more than MAX_DROPPED of the training rows leak.
    """
    before = int(np.count_nonzero(split_R == TRAIN)) + relevance.held_out_again
    cluster_R = grouping.cluster_P[relevance.row_passage_R]
    plain_R = ~grouping.boilerplate_P[relevance.row_passage_R]
    every_R = np.ones(len(split_R), bool)
    dropped = Dropped({}, relevance.held_out_again)
    dropped.rows["same_question"] = _drop(split_R, relevance.alike_Q[relevance.row_question_R], every_R)
    dropped.rows["duplicate_passage"] = _drop(split_R, cluster_R, plain_R)
    dropped.rows["same_group"] = _drop(split_R, relevance.row_group_R, relevance.row_group_R >= 0)
    dropped.patterns, dropped.shared = _drop_shared_grams(collection, relevance, split_R)
    dropped.rows["shared_13_gram"] = np.array([row for row, _ in dropped.shared], np.int64)
    if dropped.total() > MAX_DROPPED * max(1, before):
        raise UserError(_refusal(collection, relevance, dropped, before))
    return dropped


def _drop(split_R: Integers, node_R: Integers, counts_R: np.ndarray) -> Integers:
    """Rows whose node also has a row in a more held-out split go. Returns: which."""
    used_R = counts_R & (split_R != SET_ASIDE)
    most_held_out = np.full(int(node_R.max(initial=0)) + 1, SET_ASIDE, np.int64)
    np.maximum.at(most_held_out, node_R[used_R], split_R[used_R])
    leaking_R = used_R & (split_R < most_held_out[node_R])
    split_R[leaking_R] = SET_ASIDE
    return np.flatnonzero(leaking_R)


def _drop_shared_grams(
    collection: Collection, relevance: Relevance, split_R: Integers
) -> tuple[frozenset[Gram], list[tuple[int, str]]]:
    """Returns: the runs of words that are patterns; and the rows that went, each with the words that it shares."""
    tested = relevance.question_Q[np.unique(relevance.row_question_R[split_R == TEST])]
    grams = Grams(load_line(line)["text"] for line in collection.questions.read(tested))
    if not grams:
        return frozenset(), []
    train = np.flatnonzero(split_R == TRAIN)
    asked = np.unique(relevance.row_question_R[split_R != SET_ASIDE])
    told = np.unique(relevance.row_passage_R[train])
    of_question = {
        int(number): grams.shared_by(load_line(line)["text"])
        for number, line in zip(asked, collection.questions.read(relevance.question_Q[asked]), strict=True)
    }
    of_passage = {}
    for number, line in zip(told, collection.passages.read(relevance.passage_P[told]), strict=True):
        passage = load_line(line)
        of_passage[int(number)] = grams.shared_by(embedded_text(passage["title"], passage["text"]))
    ignored = with_edges(
        patterns(of_question.values(), list(of_passage.values())),
        (load_line(line)["text"] for line in collection.questions.read(tested)),
    )
    leaking = []
    for row in train.tolist():
        own = of_question[int(relevance.row_question_R[row])] + of_passage[int(relevance.row_passage_R[row])]
        shared = next((gram for gram in own if gram not in ignored), None)
        if shared is not None:
            split_R[row] = SET_ASIDE
            leaking.append((row, " ".join(shared)))
    return ignored, leaking


def _refusal(collection: Collection, relevance: Relevance, dropped: Dropped, before: int) -> str:
    counts = dropped.counts()
    told = "; ".join(f"{counts[reason]:,} rows: {words}" for reason, words in REASONS.items() if counts[reason])
    shown = ""
    if dropped.shared:
        row, words = dropped.shared[0]
        line = collection.questions[int(relevance.question_Q[relevance.row_question_R[row]])]
        shown = f' Such as {load_line(line)["text"][:120]!r}, by the words "{words}".'
    if collection.has_own_test:
        advice = "What data.test asks for is not trained on: ask fewer questions there, or give more to train on."
    elif (relevance.row_split_R > TRAIN).any():
        advice = "Give splits that share no question, document or group, or only train.tsv: attune then splits."
    else:
        advice = "Give the rows that repeat each other's words the same group, or remove the repeated words."
    return f"The splits leak: {dropped.total():,} of {before:,} training rows had to go. {told}.{shown} {advice}"

"""Hard negatives of the training questions: what was judged, or given, as no answer to them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from ..json_line import load_line
from ..texts import embedded_text
from .collection import DEV, TEST, TRAIN, Collection
from .grams import GRAM, Grams
from .grouping import Grouping, Relevance
from .leakage import Dropped
from .stores import Integers

MOST = 16
"""Of a question that are written: as many as `train.negatives` may ask for. Of more, a seeded sample."""

REASONS = {
    "answers": "negatives are answers to the same question, or near-duplicates of one",
    "held_out": "negatives answer a dev or test question, or are near-duplicates of such a passage",
    "shared_13_gram": f"negatives share {GRAM} words in a row with a test question",
    "too_many": f"negatives are beyond the {MOST} that are written of a question",
}


@dataclass(frozen=True, slots=True)
class Negatives:
    of_question: dict[int, list[int]]
    """Number of a distinct question that is trained on -> numbers of distinct passages."""

    left_out: Counter[str]
    """By the keys of REASONS."""

    def sentences(self) -> dict[str, int]:
        return {words: self.left_out[reason] for reason, words in REASONS.items() if self.left_out[reason]}


def find_negatives(
    collection: Collection, relevance: Relevance, grouping: Grouping, dropped: Dropped, split_R: Integers, seed: int
) -> Negatives:
    """A passage that answers the question anywhere in the data, or nearly repeats such a one, is no negative of it:
    somebody else, or another session, found it good. Nor is what would show training a passage that is asked for in
    dev or test.

    Args:
        split_R: as it is when all leaks are dropped.
    """
    judged_J4 = relevance.rejected_J4
    trained = set(np.unique(relevance.row_question_R[split_R == TRAIN]).tolist())
    cluster_R = grouping.cluster_P[relevance.row_passage_R]
    answers = set(zip(relevance.row_question_R.tolist(), cluster_R.tolist(), strict=True))
    held_out = set(np.unique(cluster_R[(split_R == DEV) | (split_R == TEST)]).tolist())
    tested = np.unique(relevance.row_question_R[split_R == TEST])
    questions = collection.questions.read(relevance.question_Q[tested])
    grams = Grams((load_line(line)["text"] for line in questions), dropped.patterns)
    found: dict[int, dict[int, None]] = {}
    left_out: Counter[str] = Counter()
    for question, passage in judged_J4[judged_J4[:, 3] <= TRAIN][:, :2].tolist():
        if question not in trained:
            continue
        cluster = int(grouping.cluster_P[passage])
        if (question, cluster) in answers:
            left_out["answers"] += 1
        elif cluster in held_out:
            left_out["held_out"] += 1
        elif grams.shared_by(_text(collection, relevance, passage)):
            left_out["shared_13_gram"] += 1
        else:
            found.setdefault(question, {})[passage] = None
    generator = np.random.default_rng(seed)
    of_question = {}
    for question, passages in sorted(found.items()):
        kept = np.sort(generator.permutation(len(passages))[:MOST]).tolist()
        left_out["too_many"] += len(passages) - len(kept)
        given = list(passages)
        of_question[question] = [given[place] for place in kept]
    return Negatives(of_question, left_out)


def _text(collection: Collection, relevance: Relevance, number: int) -> str:
    passage = load_line(collection.passages[int(relevance.passage_P[number])])
    return embedded_text(passage["title"], passage["text"])

"""What belongs together: merged duplicates, near-duplicate clusters, and the groups that a split must not cut."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..json_line import load_line
from .collection import Collection
from .near_duplicates import join_near_duplicates
from .stores import Components, Integers, distinct_rows

BOILERPLATE_GROUPS = 5
"""A passage that stands, with its near-duplicates, in more groups than this is boilerplate: joining what it touches
would chain strangers together, so it stays in the corpus and is neither trained nor tested."""


@dataclass(frozen=True, slots=True)
class Relevance:
    """Distinct questions, passages and rows. P passages, Q questions, R rows."""

    passage_P: Integers
    """Number in `Collection.passages` of each distinct passage, ascending."""

    question_Q: Integers
    """Number in `Collection.questions` of each distinct question, ascending."""

    alike_Q: Integers
    """Equal for questions that must not stand on both sides of a split (`leak_key`); 0 to Q - 1."""

    row_question_R: Integers
    row_passage_R: Integers
    row_group_R: Integers
    """Number of a distinct group, or -1: the passage is its own group."""

    row_score_R: Integers
    row_split_R: Integers
    """The split that the input gave: the most held-out one where it gave several; -1 for none."""

    group_label_G: Integers
    """Number in `Collection.groups` of each distinct group's label."""

    rejected_J4: Integers
    """Distinct question, distinct passage, score (0 or below) and split of each passage judged as no answer."""

    conflicts_N2: Integers
    """Distinct question and passage of each judgement that a split gives twice with different scores."""

    repeated_rows: int

    held_out_again: int
    """Rows that the input gave to train or dev and, word for word, to a more held-out split too."""


@dataclass(frozen=True, slots=True)
class Grouping:
    cluster_P: Integers
    """For each distinct passage its near-duplicate cluster: the number of the cluster's first passage."""

    boilerplate_P: np.ndarray
    """Bool, per distinct passage."""


def merge_duplicates(collection: Collection) -> Relevance:
    """Exact duplicates become one passage, or one question, that has the relevance of all: the highest score of each.

    A row that the input gave to several splits stays in the most held-out one, with the score that it has there.
    """
    passage_P, passage_label = collection.passage_hashes.distinct()
    question_Q, question_label = collection.question_hashes.distinct()
    group_G, group_label = collection.group_hashes.distinct()
    questions = question_label[_array(collection.row_question)]
    passages = passage_label[_array(collection.row_passage)]
    groups = _array(collection.row_group)
    if len(group_label):
        groups = np.where(groups >= 0, group_label[groups], -1)
    first_R, row_label = distinct_rows(np.stack([questions, passages], axis=1))
    given = _array(collection.row_split)
    split_R = np.full(len(first_R), -1, np.int64)
    np.maximum.at(split_R, row_label, given)
    kept = given == split_R[row_label]
    score_R = np.zeros(len(first_R), np.int64)
    np.maximum.at(score_R, row_label[kept], _array(collection.row_score)[kept])
    rejected_J4 = np.stack(
        [
            question_label[_array(collection.rejected_question)],
            passage_label[_array(collection.rejected_passage)],
            _array(collection.rejected_score),
            _array(collection.rejected_split),
        ],
        axis=1,
    )
    judged = np.stack([questions, passages, _array(collection.row_score), given], axis=1)
    held_out_again = int(np.count_nonzero(~kept))
    return Relevance(
        passage_P=passage_P,
        question_Q=question_Q,
        alike_Q=collection.leak_hashes.distinct()[1][question_Q],
        row_question_R=questions[first_R],
        row_passage_R=passages[first_R],
        row_group_R=groups[first_R],
        row_score_R=score_R,
        row_split_R=split_R,
        group_label_G=group_G,
        rejected_J4=_highest(rejected_J4),
        conflicts_N2=_conflicts(np.concatenate([judged, rejected_J4])),
        repeated_rows=len(row_label) - len(first_R),
        held_out_again=held_out_again,
    )


def _highest(judged_N4: Integers) -> Integers:
    """Of each question, passage and split the judgement with the highest score."""
    best_first = judged_N4[np.argsort(-judged_N4[:, 2], kind="stable")]
    firsts, _ = distinct_rows(best_first[:, [0, 1, 3]])
    return best_first[firsts]


def _conflicts(judged_N4: Integers) -> Integers:
    scored, _ = distinct_rows(judged_N4)
    firsts, label = distinct_rows(judged_N4[scored][:, [0, 1, 3]])
    scores_of = np.bincount(label, minlength=len(firsts))
    return judged_N4[scored][firsts[scores_of > 1]][:, :2]


def group(collection: Collection, relevance: Relevance, scratch: Path) -> Grouping:
    """Clusters of near-duplicates, and which of them are boilerplate."""
    passages = len(relevance.passage_P)

    def text_of(number: int) -> str:
        text: str = load_line(collection.passages[int(relevance.passage_P[number])])["text"]
        return text

    clusters = Components(passages)
    join_near_duplicates((text_of(number) for number in range(passages)), text_of, clusters, scratch)
    cluster_P = clusters.labels()
    return Grouping(cluster_P, _boilerplate(relevance, cluster_P))


def group_node(relevance: Relevance) -> Integers:
    """For each row a number for its group, its own passage where it has none: what `BOILERPLATE_GROUPS` counts."""
    groups = len(relevance.group_label_G)
    return np.where(relevance.row_group_R >= 0, relevance.row_group_R, groups + relevance.row_passage_R)


def _boilerplate(relevance: Relevance, cluster_P: Integers) -> np.ndarray:
    touched = np.stack([cluster_P[relevance.row_passage_R], group_node(relevance)], axis=1)
    firsts, _ = distinct_rows(touched)
    groups_of_cluster = np.bincount(touched[firsts, 0], minlength=len(cluster_P))
    boilerplate: np.ndarray = groups_of_cluster[cluster_P] > BOILERPLATE_GROUPS
    return boilerplate


def components(relevance: Relevance, grouping: Grouping, used_R: np.ndarray) -> Integers:
    """For each row its component: used rows that share a group, a passage or a near-duplicate of it, or a question or
    one like it.

    Boilerplate passages join nothing.
    """
    passages, questions = len(relevance.passage_P), len(relevance.question_Q)
    joined = Components(passages + questions + len(relevance.group_label_G))
    asked_R = passages + relevance.alike_Q[relevance.row_question_R]
    boilerplate_R = grouping.boilerplate_P[relevance.row_passage_R]
    for row in np.flatnonzero(used_R):
        question = int(asked_R[row])
        if not boilerplate_R[row]:
            joined.join(question, int(grouping.cluster_P[relevance.row_passage_R[row]]))
        own_group = int(relevance.row_group_R[row])
        if own_group >= 0:
            joined.join(question, passages + questions + own_group)
    return joined.labels()[asked_R]


def _array(values: object) -> Integers:
    return np.array(values, dtype=np.int64)

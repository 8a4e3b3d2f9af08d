"""Which split each row goes to: the one that an earlier run gave it; else by the hash of its component's name, so that
unrelated new data moves nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xxhash

from ..json_line import load_line
from ..spec import Split
from .collection import DEV, TEST, TRAIN, UNSPLIT, Collection
from .grouping import Grouping, Relevance, components
from .stores import Integers

SET_ASIDE = -2
"""Neither trained nor tested."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """C components."""

    split_R: Integers
    """TRAIN, DEV, TEST or SET_ASIDE for each row."""

    component_R: Integers
    """For each row its component, 0 to C - 1."""

    name_C: Integers
    """What names each component: a node as `_row_names` numbers them."""


def assign(
    collection: Collection, relevance: Relevance, grouping: Grouping, split: Split, earlier_R: Integers
) -> Assignment:
    """Splits that the input gave stay; what it left out is split off from train.

    A component whose rows were in a split before goes there again; where they were in several, to the least held-out
    one: what was trained on is never tested.

    Test questions that were given join nothing: dev is drawn as if they were not there, and what of it they give away
    is dropped later. A few that ask about every document would else leave nothing to draw it from.

    Args:
        earlier_R: the split that each row had in an earlier run, UNSPLIT for none.
    """
    given_R = relevance.row_split_R
    boilerplate_R = grouping.boilerplate_P[relevance.row_passage_R]
    joins_R = (given_R == DEV) | ((given_R <= TRAIN) & ~boilerplate_R)
    component_R, name_C = _named_components(collection, relevance, grouping, joins_R)
    held_out = {int(name) for name in np.unique(given_R)} & {DEV, TEST}
    share = Split(dev=0 if DEV in held_out else split.dev, test=0 if TEST in held_out else split.test, seed=split.seed)
    drawn_C = np.fromiter((split_of(label_of(collection, relevance, name), share) for name in name_C), np.int64)
    kept_C = _least_held_out(component_R, np.where(joins_R, earlier_R, UNSPLIT), len(name_C))
    kept_C[np.isin(kept_C, [*held_out])] = UNSPLIT
    drawn_C = np.where(kept_C == UNSPLIT, drawn_C, kept_C)
    drawn_C[component_R[given_R == DEV]] = TRAIN
    split_R = np.where(given_R <= TRAIN, drawn_C[component_R], given_R)
    split_R[boilerplate_R & (given_R <= TRAIN)] = SET_ASIDE
    return Assignment(split_R, component_R, name_C)


def _least_held_out(component_R: Integers, split_R: Integers, components: int) -> Integers:
    """The least held-out split among the rows of each component that have one; UNSPLIT where none has. Shape (C,)."""
    last = TEST + 1
    found_C = np.full(components, last, np.int64)
    np.minimum.at(found_C, component_R, np.where(split_R == UNSPLIT, last, split_R))
    return np.where(found_C == last, UNSPLIT, found_C)


def regroup(collection: Collection, relevance: Relevance, grouping: Grouping, assignment: Assignment) -> Assignment:
    """The same splits with the components of the rows that are left: after leaks went, none spans two splits."""
    used_R = assignment.split_R != SET_ASIDE
    return Assignment(assignment.split_R, *_named_components(collection, relevance, grouping, used_R))


def label_of(collection: Collection, relevance: Relevance, name: int) -> str:
    """A group's label; a passage's id where there is no group; a question's where the passage names nothing either."""
    groups, passages = len(relevance.group_label_G), len(relevance.passage_P)
    if name < groups:
        return collection.groups[int(relevance.group_label_G[name])].decode("utf-8")
    if name < groups + passages:
        line = collection.passages[int(relevance.passage_P[name - groups])]
    else:
        line = collection.questions[int(relevance.question_Q[name - groups - passages])]
    own: str = load_line(line)["_id"]
    return own


def _row_names(relevance: Relevance, grouping: Grouping) -> Integers:
    """For each row the node that may name its component: its group, else its passage, else (boilerplate) its question.

    Nodes are numbered groups first, then passages, then questions.
    """
    groups, passages = len(relevance.group_label_G), len(relevance.passage_P)
    boilerplate_R = grouping.boilerplate_P[relevance.row_passage_R]
    without_group_R = np.where(
        boilerplate_R, groups + passages + relevance.row_question_R, groups + relevance.row_passage_R
    )
    return np.where(relevance.row_group_R >= 0, relevance.row_group_R, without_group_R)


def split_of(label: str, split: Split) -> int:
    """TEST, DEV or TRAIN, from the label and the seed alone."""
    drawn = xxhash.xxh3_64_intdigest(f"{split.seed}\x00{label}".encode()) / 2**64
    if drawn < split.test:
        return TEST
    return DEV if drawn < split.test + split.dev else TRAIN


def _named_components(
    collection: Collection, relevance: Relevance, grouping: Grouping, used_R: np.ndarray
) -> tuple[Integers, Integers]:
    """Components numbered from 0, each named after its group with the smallest hash, whatever the input's order.

    Returns: (component_R, name_C).
    """
    hash_of_name = np.concatenate(
        [
            collection.group_hashes.halves()[relevance.group_label_G, 0],
            collection.passage_hashes.halves()[relevance.passage_P, 0],
            collection.question_hashes.halves()[relevance.question_Q, 0],
        ]
    )
    name_R = _row_names(relevance, grouping)
    joined_R = components(relevance, grouping, used_R)
    order = np.lexsort((hash_of_name[name_R], ~used_R, joined_R))
    firsts = np.ones(len(order), bool)
    firsts[1:] = joined_R[order[1:]] != joined_R[order[:-1]]
    component_R = np.empty(len(order), np.int64)
    component_R[order] = np.cumsum(firsts) - 1
    return component_R, name_R[order[firsts]]

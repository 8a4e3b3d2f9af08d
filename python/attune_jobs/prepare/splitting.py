"""Which split each row goes to: by the hash of its component's name, so that more data moves nothing that stands alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xxhash

from ..json_line import load_line
from ..spec import Split
from .collection import DEV, TEST, TRAIN, Collection
from .grouping import Grouping, Relevance, group_node
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
    """What names each component: the number of a distinct group, or groups + the number of a distinct passage."""


def assign(collection: Collection, relevance: Relevance, grouping: Grouping, split: Split) -> Assignment:
    """Splits that the input gave stay; what it left out is split off from train."""
    component_R, name_C = _named_components(collection, relevance, grouping)
    given_R = relevance.row_split_R
    held_out = {int(name) for name in np.unique(given_R)} & {DEV, TEST}
    share = Split(dev=0 if DEV in held_out else split.dev, test=0 if TEST in held_out else split.test, seed=split.seed)
    drawn_C = np.fromiter((split_of(label_of(collection, relevance, name), share) for name in name_C), np.int64)
    drawn_C[component_R[given_R > TRAIN]] = TRAIN
    split_R = np.where(given_R <= TRAIN, drawn_C[component_R], given_R)
    split_R[grouping.boilerplate_P[relevance.row_passage_R] & (given_R <= TRAIN)] = SET_ASIDE
    return Assignment(split_R, component_R, name_C)


def label_of(collection: Collection, relevance: Relevance, name: int) -> str:
    """A group's label, or a passage's id where there is no group."""
    groups = len(relevance.group_label_G)
    if name < groups:
        return collection.groups[int(relevance.group_label_G[name])].decode("utf-8")
    own: str = load_line(collection.passages[int(relevance.passage_P[name - groups])])["_id"]
    return own


def split_of(label: str, split: Split) -> int:
    """TEST, DEV or TRAIN, from the label and the seed alone."""
    drawn = xxhash.xxh3_64_intdigest(f"{split.seed}\x00{label}".encode()) / 2**64
    if drawn < split.test:
        return TEST
    return DEV if drawn < split.test + split.dev else TRAIN


def _named_components(collection: Collection, relevance: Relevance, grouping: Grouping) -> tuple[Integers, Integers]:
    """Components numbered from 0, each named after its group with the smallest hash, whatever the input's order.

    Returns: (component_R, name_C).
    """
    hash_of_name = np.concatenate(
        [
            collection.group_hashes.halves()[relevance.group_label_G, 0],
            collection.passage_hashes.halves()[relevance.passage_P, 0],
        ]
    )
    name_R = group_node(relevance)
    order = np.lexsort((hash_of_name[name_R], grouping.component_R))
    firsts = np.ones(len(order), bool)
    firsts[1:] = grouping.component_R[order[1:]] != grouping.component_R[order[:-1]]
    component_R = np.empty(len(order), np.int64)
    component_R[order] = np.cumsum(firsts) - 1
    return component_R, name_R[order[firsts]]

"""Which split earlier runs gave to what the data hold: what was trained on stays trained on.

Kept are hashes: of each question, passage and group that was assigned, in one sorted array for each split.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import UserError
from .collection import DEV, SPLIT_NAMES, TEST, TRAIN, UNSPLIT, Collection
from .grouping import Grouping, Relevance
from .stores import Hashes, Integers

FOLDER = "assigned"
"""Of the prepared data, with `train.npy`, `dev.npy` and `test.npy`; as the input `earlier`, that of another run."""

QUESTION, PASSAGE, GROUP = (np.uint64(kind) for kind in (1, 2, 3))
"""Told apart in the hashes: a question may be word for word a passage, or a group's name."""

_NONE = np.zeros(0, np.uint64)


@dataclass(frozen=True, slots=True)
class Keys:
    """Of each row: what it is recognised by in a later run."""

    question_R: Hashes
    passage_R: Hashes
    group_R: Hashes
    """Of a row without a group: its question's."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """Sorted hashes of what earlier runs have put into each split; none stands in two of them."""

    train: Hashes
    dev: Hashes
    test: Hashes

    def split_of(self, keys: Keys, with_passage_R: np.ndarray) -> Integers:
        """For each row the least held-out split that its question, its passage or its group was in; UNSPLIT: none.

        Args:
            with_passage_R: whether the row's passage counts: one that many strangers share says nothing of the row.
        """
        found_R = np.full(len(keys.question_R), UNSPLIT, np.int64)
        # Train last: where a row was in several, it has been trained on.
        for split, known in ((TEST, self.test), (DEV, self.dev), (TRAIN, self.train)):
            passage_R = np.isin(keys.passage_R, known) & with_passage_R
            found_R[np.isin(keys.question_R, known) | np.isin(keys.group_R, known) | passage_R] = split
        return found_R

    def __len__(self) -> int:
        return len(self.train) + len(self.dev) + len(self.test)


NOTHING = Earlier(_NONE, _NONE, _NONE)


def keys_of(collection: Collection, relevance: Relevance) -> Keys:
    """Questions that differ in punctuation only have one key, as the splits go by them."""
    question_Q = collection.leak_hashes.halves()[relevance.question_Q, 0] ^ QUESTION
    passage_P = collection.passage_hashes.halves()[relevance.passage_P, 0] ^ PASSAGE
    question_R = question_Q[relevance.row_question_R]
    group_R = question_R.copy()
    with_group_R = relevance.row_group_R >= 0
    group_G = collection.group_hashes.halves()[relevance.group_label_G, 0] ^ GROUP
    group_R[with_group_R] = group_G[relevance.row_group_R[with_group_R]]
    return Keys(question_R, passage_P[relevance.row_passage_R], group_R)


def read_earlier(folder: Path) -> Earlier:
    """Nothing where there is no such input: a first run. Raises: UserError where a file is not as prepare wrote it."""
    if not folder.is_dir():
        return NOTHING
    return Earlier(*(_read(folder / f"{name}.npy") for name in SPLIT_NAMES))


def _read(file: Path) -> Hashes:
    try:
        found: Hashes = np.load(file, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise UserError(
            f"earlier/{file.name}: not as an earlier run wrote it ({error}). Take another name."
        ) from error
    if found.dtype != np.uint64 or found.ndim != 1:
        raise UserError(f"earlier/{file.name}: found {found.dtype} {found.shape}, expected a list of hashes.")
    return found


def write_assigned(folder: Path, earlier: Earlier, keys: Keys, plain_R: np.ndarray, split_R: Integers) -> None:
    """What this run has assigned, with all that earlier ones had: data that are left out once may come again.

    Args:
        plain_R: whether a row's passage is its own, and no boilerplate.
        split_R: of each row, as it was written.
    """
    folder.mkdir(parents=True)
    taken = _NONE
    for split, known in ((TRAIN, earlier.train), (DEV, earlier.dev), (TEST, earlier.test)):
        rows, own = split_R == split, (split_R == split) & plain_R
        new = (keys.question_R[rows], keys.passage_R[own], keys.group_R[rows])
        held = np.setdiff1d(np.concatenate([known, *new]), taken)
        np.save(folder / f"{SPLIT_NAMES[split]}.npy", held, allow_pickle=False)
        taken = np.union1d(taken, held)


def trained_before(
    relevance: Relevance, grouping: Grouping, earlier: Earlier, keys: Keys, split_R: Integers
) -> Integers:
    """Rows of the test that an earlier run trained on: their question, their passage or a near-duplicate of it, or
    their group. With one row of a question go all of it."""
    plain_R = ~grouping.boilerplate_P[relevance.row_passage_R]
    cluster_R = grouping.cluster_P[relevance.row_passage_R]
    known_R = plain_R & np.isin(keys.passage_R, earlier.train)
    alike_R = plain_R & np.isin(cluster_R, cluster_R[known_R])
    seen_R = alike_R | (earlier.split_of(keys, plain_R) == TRAIN)
    asked_R = relevance.alike_Q[relevance.row_question_R]
    return np.flatnonzero((split_R == TEST) & np.isin(asked_R, asked_R[seen_R & (split_R == TEST)]))

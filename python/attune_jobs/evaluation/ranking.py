"""The best passages of each question, by blocks. Q questions, N passages, D dimensions, K ranks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

QUESTIONS_PER_BLOCK = 64
PASSAGES_PER_BLOCK = 65_536
"""A block of scores then takes 16 MB, whatever the size of the corpus."""

DECIMALS = 6
"""Scores are rounded before they are compared: passages that a model reads as the same text differ in the last bits,
by the batch they were encoded in, and must tie."""


Own = Sequence[Sequence[int]]
"""For each question the passages that are the question itself (`own_passages`), by row: they are no answer to it."""


class BestRows:
    """The k best passages of each question so far, while the corpus goes by in blocks, in the order of its rows.

    Args:
        own: passages that are left out of each question's ranking; none where it is empty.
    """

    def __init__(self, questions: int, k: int, own: Own = ()) -> None:
        self._k = k
        self._own = own
        width = k + max(map(len, own), default=0)
        self._rows_QK = np.full((questions, width), -1, dtype=np.int64)
        self._scores_QK = np.full((questions, width), -np.inf)

    def add(self, first: int, scores_of: Callable[[slice], np.ndarray]) -> None:
        """The next block.

        Args:
            first: the row of its first passage.
            scores_of: the scores of some questions, shape (questions, passages of the block); -inf: not retrieved.
        """
        questions, width = self._rows_QK.shape
        for qs in slices(questions, QUESTIONS_PER_BLOCK):
            scores = np.round(scores_of(qs).astype(np.float64), DECIMALS)
            order = _best(scores, width)
            rows = np.concatenate([self._rows_QK[qs], order + first], axis=1)
            merged = np.concatenate([self._scores_QK[qs], np.take_along_axis(scores, order, axis=1)], axis=1)
            # Earlier blocks hold lower rows and stand first: a stable sort keeps that order among equals.
            keep = np.argsort(-merged, axis=1, kind="stable")[:, :width]
            self._rows_QK[qs], self._scores_QK[qs] = (np.take_along_axis(each, keep, 1) for each in (rows, merged))

    def add_vectors(self, first: int, questions: np.ndarray, passages: np.ndarray) -> None:
        """The next block by cosine: unit-length vectors, shapes (questions, D) and (passages, D)."""
        self.add(first, lambda qs: questions[qs] @ passages.T)

    def rows(self) -> np.ndarray:
        """Best first, of equals the one with the lower row; shape (questions, k), int64; -1 where there are fewer."""
        rows_QK = np.where(np.isneginf(self._scores_QK), -1, self._rows_QK)
        for question, left_out in enumerate(self._own):
            if left_out:
                others = rows_QK[question][~np.isin(rows_QK[question], left_out)]
                rows_QK[question] = -1
                rows_QK[question, : len(others)] = others
        return rows_QK[:, : self._k]


def top_by_cosine(questions: np.ndarray, passages: np.ndarray, k: int, own: Own = ()) -> np.ndarray:
    """Rows of the k nearest passages, as `BestRows.rows` has them.

    Args:
        questions, passages: unit-length vectors, shapes (Q, D) and (N, D), float32.
    """
    best = BestRows(len(questions), k, own)
    for block in slices(len(passages), PASSAGES_PER_BLOCK):
        best.add_vectors(block.start, questions, passages[block])
    return best.rows()


def top_by_score(
    scores_of: Callable[[int], np.ndarray], questions: int, passages: int, k: int, own: Own = ()
) -> np.ndarray:
    """The same for any scorer: `scores_of(question)` gives N scores, shape (N,). A score of 0 is "not retrieved"."""

    def block(qs: slice) -> np.ndarray:
        scores = np.stack([scores_of(question) for question in range(qs.start, qs.stop)])
        return np.where(scores > 0, scores, -np.inf)

    best = BestRows(questions, k, own)
    if passages:
        best.add(0, block)
    return best.rows()


def _best(scores: np.ndarray, k: int) -> np.ndarray:
    """Columns of the k highest scores of each row, ascending; of scores equal to the last one, the lowest columns."""
    if scores.shape[1] <= k:
        return np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
    border = np.partition(scores, -k, axis=1)[:, -k, None]
    above = scores > border
    at_border = scores == border
    missing = k - above.sum(axis=1, keepdims=True)
    chosen = above | (at_border & (at_border.cumsum(axis=1) <= missing))
    return np.nonzero(chosen)[1].reshape(len(scores), k)


def slices(length: int, size: int) -> Iterator[slice]:
    """The parts of a sequence of `length`, `size` long but for the last."""
    for start in range(0, length, size):
        yield slice(start, min(start + size, length))

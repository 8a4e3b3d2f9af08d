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


def top_by_cosine(questions: np.ndarray, passages: np.ndarray, k: int, own: Own = ()) -> np.ndarray:
    """Rows of the k nearest passages, best first; of equals the one with the lower row.

    Args:
        questions, passages: unit-length vectors, shapes (Q, D) and (N, D), float32.
        own: passages that are left out of each question's ranking; none where it is empty.
    Returns: shape (Q, k), int64; -1 where there are fewer than k passages.
    """
    return _top_of_others(
        len(questions), len(passages), k, lambda qs, ps: questions[qs] @ passages[ps].T, PASSAGES_PER_BLOCK, own
    )


def top_by_score(
    scores_of: Callable[[int], np.ndarray], questions: int, passages: int, k: int, own: Own = ()
) -> np.ndarray:
    """The same for any scorer: `scores_of(question)` gives N scores, shape (N,). A score of 0 is "not retrieved"."""

    def block(qs: slice, ps: slice) -> np.ndarray:
        scores = np.stack([scores_of(question) for question in range(qs.start, qs.stop)])[:, ps]
        return np.where(scores > 0, scores, -np.inf)

    return _top_of_others(questions, passages, k, block, passages, own)


def _top_of_others(
    questions: int,
    passages: int,
    k: int,
    block: Callable[[slice, slice], np.ndarray],
    passages_per_block: int,
    own: Own,
) -> np.ndarray:
    spare = max(map(len, own), default=0)
    rows_QK = _top(questions, passages, k + spare, block, passages_per_block)
    for question, left_out in enumerate(own):
        if left_out:
            others = rows_QK[question][~np.isin(rows_QK[question], left_out)]
            rows_QK[question] = -1
            rows_QK[question, : len(others)] = others
    return rows_QK[:, :k]


def _top(
    questions: int,
    passages: int,
    k: int,
    block: Callable[[slice, slice], np.ndarray],
    passages_per_block: int,
) -> np.ndarray:
    rows_QK = np.full((questions, k), -1, dtype=np.int64)
    for qs in _slices(questions, QUESTIONS_PER_BLOCK):
        best_rows = np.empty((qs.stop - qs.start, 0), dtype=np.int64)
        best_scores = np.empty((qs.stop - qs.start, 0))
        for ps in _slices(passages, passages_per_block):
            scores = np.round(block(qs, ps).astype(np.float64), DECIMALS)
            order = _best(scores, k)
            rows = np.concatenate([best_rows, order + ps.start], axis=1)
            merged = np.concatenate([best_scores, np.take_along_axis(scores, order, axis=1)], axis=1)
            # Earlier blocks hold lower rows and stand first: a stable sort keeps that order among equals.
            keep = np.argsort(-merged, axis=1, kind="stable")[:, :k]
            best_rows, best_scores = np.take_along_axis(rows, keep, 1), np.take_along_axis(merged, keep, 1)
        rows_QK[qs, : best_rows.shape[1]] = np.where(np.isneginf(best_scores), -1, best_rows)
    return rows_QK


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


def _slices(length: int, size: int) -> Iterator[slice]:
    for start in range(0, length, size):
        yield slice(start, min(start + size, length))

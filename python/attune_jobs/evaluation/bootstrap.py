"""Paired bootstrap over groups of questions. Q questions, G groups, C columns, R resamples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RESAMPLES = 10_000
SEED = 0
CHUNK_CELLS = 4_000_000
"""Resamples x groups drawn at once: 32 MB."""


@dataclass(frozen=True)
class Interval:
    mean: float
    low: float
    high: float


def intervals(
    values_QC: np.ndarray, groups: list[str], confidence: float, limits: tuple[float, float]
) -> list[Interval]:
    """Mean of each column with the ends of its percentile interval.

    Groups are drawn, not questions: questions about one document or entity are not independent. A column of
    differences makes the comparison paired; all columns see the same draws.

    Args:
        values_QC: shape (Q, C).
        groups: the group of each question.
        confidence: of the two-sided interval, in (0, 1).
        limits: the lowest and highest possible value: with a single group, where nothing is known, the interval.
    Source: Efron and Tibshirani 1993, chapter 13.
    """
    names, group_of = np.unique(np.asarray(groups), return_inverse=True)
    means = values_QC.mean(axis=0)
    if len(names) < 2:
        return [Interval(float(mean), *limits) for mean in means]
    sums_GC = np.zeros((len(names), values_QC.shape[1]))
    np.add.at(sums_GC, group_of, values_QC)
    sizes_G = np.bincount(group_of).astype(np.float64)

    random = np.random.default_rng(SEED)
    resampled_RC = np.empty((RESAMPLES, values_QC.shape[1]))
    chunk = max(1, CHUNK_CELLS // len(names))
    share_G = np.full(len(names), 1 / len(names))
    for start in range(0, RESAMPLES, chunk):
        stop = min(start + chunk, RESAMPLES)
        drawn_RG = random.multinomial(len(names), share_G, size=stop - start).astype(np.float64)
        resampled_RC[start:stop] = (drawn_RG @ sums_GC) / (drawn_RG @ sizes_G)[:, None]
    tail = (1 - confidence) / 2
    lows, highs = np.quantile(resampled_RC, [tail, 1 - tail], axis=0)
    return [Interval(*map(float, column)) for column in zip(means, lows, highs, strict=True)]

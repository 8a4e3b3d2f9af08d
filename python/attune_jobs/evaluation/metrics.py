"""Retrieval metrics, one value for each question. Axes: Q questions, K ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DEPTH = 100
"""Ranks that are kept; no metric looks deeper."""

METRICS = ("ndcg@10", "mrr@10", "map@100", "recall@1", "recall@5", "recall@10", "recall@50")


@dataclass(frozen=True)
class Relevance:
    """What is relevant to each question: `gains[q]` maps a passage's row to its score, all above 0, never empty."""

    gains: list[dict[int, float]]

    def of(self, rows_QK: np.ndarray) -> np.ndarray:
        """Gains of retrieved passages, shape (Q, K); rows below 0 stand for "nothing retrieved" and gain 0."""
        pairs = zip(self.gains, rows_QK.tolist(), strict=True)
        return np.array([[gains.get(row, 0.0) for row in rows] for gains, rows in pairs], dtype=np.float64)

    def counts(self) -> np.ndarray:
        """Relevant passages of each question, shape (Q,), at least 1."""
        return np.array([len(gains) for gains in self.gains])

    def ideal(self, k: int) -> np.ndarray:
        """Gains of the best possible ranking, cut at k, shape (Q, k)."""
        ideal_QK = np.zeros((len(self.gains), k))
        for row, gains in zip(ideal_QK, self.gains, strict=True):
            best = sorted(gains.values(), reverse=True)[:k]
            row[: len(best)] = best
        return ideal_QK


def score(rows_QK: np.ndarray, relevance: Relevance) -> dict[str, np.ndarray]:
    """Every metric of `METRICS`.

    Args:
        rows_QK: retrieved passages by row, best first, shape (Q, DEPTH); -1 where nothing was retrieved.
    Returns: one array of shape (Q,) for each metric, in [0, 1].
    """
    gains_QK = relevance.of(rows_QK)
    counts = relevance.counts()
    scores = {"ndcg@10": ndcg(gains_QK[:, :10], relevance.ideal(10)), "mrr@10": mrr(gains_QK[:, :10])}
    scores["map@100"] = average_precision(gains_QK[:, :100], counts)
    return scores | {f"recall@{k}": recall(gains_QK[:, :k], counts) for k in (1, 5, 10, 50)}


def ndcg(gains_QK: np.ndarray, ideal_QK: np.ndarray) -> np.ndarray:
    """Normalised discounted cumulative gain, with the gain itself, not its power of two, over log2(1 + rank).

    Args:
        gains_QK: gains of the retrieved passages in rank order, >= 0.
        ideal_QK: gains of all relevant passages, best first, cut at the same K.
    Returns: shape (Q,), in [0, 1]; 0 where a question has no relevant passage.
    Source: Järvelin and Kekäläinen 2002; equal to trec_eval's ndcg_cut.
    """
    discount_K = 1 / np.log2(np.arange(2, gains_QK.shape[1] + 2))
    ideal = ideal_QK @ discount_K
    return np.divide(gains_QK @ discount_K, ideal, out=np.zeros(len(gains_QK)), where=ideal > 0)


def recall(gains_QK: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Share of a question's relevant passages (`counts`, shape (Q,)) that are among the K retrieved."""
    return (gains_QK > 0).sum(axis=1) / counts


def mrr(gains_QK: np.ndarray) -> np.ndarray:
    """One over the rank of the first relevant passage; 0 where none is among the K retrieved."""
    ranks = first_hit(gains_QK)
    return np.divide(1.0, ranks, out=np.zeros(len(ranks)), where=ranks > 0)


def average_precision(gains_QK: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Sum of the precision at each relevant passage's rank over the relevant passages; equal to trec_eval's map_cut.

    sentence-transformers' MAP@K divides by K where a question has more relevant passages than that.
    """
    hits_QK = gains_QK > 0
    precision_QK = hits_QK.cumsum(axis=1) / np.arange(1, gains_QK.shape[1] + 1)
    return (precision_QK * hits_QK).sum(axis=1) / counts


def first_hit(gains_QK: np.ndarray) -> np.ndarray:
    """Rank of the first relevant passage, from 1; 0 where none was retrieved. Shape (Q,), int."""
    hits_QK = gains_QK > 0
    return np.where(hits_QK.any(axis=1), hits_QK.argmax(axis=1) + 1, 0)

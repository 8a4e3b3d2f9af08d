"""Questions that the candidate answers better or worse than the base, with the passages that were found."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..texts import Passage
from .held_out import TestSet
from .metrics import DEPTH, first_hit

SHOWN = 20
LONGEST_TEXT = 1200
"""Characters of a passage that the report shows."""

BANDS = ((1, 1, "1"), (2, 3, "2–3"), (4, 10, "4–10"), (11, 50, "11–50"), (51, DEPTH, f"51–{DEPTH}"))
BEYOND = f"> {DEPTH}"
"""First, last rank and name of each band; what is not among the first `DEPTH` comes last."""


def ranks_of(rows_QK: np.ndarray, test: TestSet) -> list[int | None]:
    """Rank of the best relevant passage of each question, from 1; None when not among the first `DEPTH`."""
    return [int(rank) or None for rank in first_hit(test.relevance.of(rows_QK))]


def won_and_lost(
    base: np.ndarray, candidate: np.ndarray, test: TestSet, gain: np.ndarray
) -> tuple[list[Any], list[Any]]:
    """Up to `SHOWN` questions each way, the largest difference first.

    Args:
        base, candidate: retrieved passages by row, shape (Q, DEPTH).
        gain: candidate minus base, in the metric that decides, shape (Q,).
    """
    base_ranks, candidate_ranks = ranks_of(base, test), ranks_of(candidate, test)

    def entry(question: int) -> dict[str, Any]:
        return {
            "queryId": test.question_ids[question],
            "query": test.questions[question],
            "baseRank": base_ranks[question],
            "candidateRank": candidate_ranks[question],
            "passage": _shown(test.passages[_relevant(question, base, candidate, test)]),
            "baseTop": _shown(test.passages[base[question, 0]]),
            "candidateTop": _shown(test.passages[candidate[question, 0]]),
        }

    # Of equal gains the larger way through the ranks counts more: from 90 to 2 before from 3 to 2.
    way = np.array([(b or DEPTH + 1) - (c or DEPTH + 1) for b, c in zip(base_ranks, candidate_ranks, strict=True)])
    order = np.lexsort((-way, -gain))
    won = [entry(question) for question in order[:SHOWN] if gain[question] > 1e-9]
    lost = [entry(question) for question in order[::-1][:SHOWN] if gain[question] < -1e-9]
    return won, lost


def rank_changes(base: np.ndarray, candidate: np.ndarray, test: TestSet) -> dict[str, Any]:
    """How the rank of the first relevant passage moved: counts, and a matrix of bands, base down, candidate across."""
    before = [rank or DEPTH + 1 for rank in ranks_of(base, test)]
    after = [rank or DEPTH + 1 for rank in ranks_of(candidate, test)]
    matrix = np.zeros((len(BANDS) + 1, len(BANDS) + 1), dtype=int)
    for b, a in zip(before, after, strict=True):
        matrix[_band(b), _band(a)] += 1
    pairs = list(zip(before, after, strict=True))
    return {
        "better": sum(a < b for b, a in pairs),
        "same": sum(a == b for b, a in pairs),
        "worse": sum(a > b for b, a in pairs),
        "bands": [name for _, _, name in BANDS] + [BEYOND],
        "matrix": matrix.tolist(),
    }


def _band(rank: int) -> int:
    return next((index for index, (_, last, _) in enumerate(BANDS) if rank <= last), len(BANDS))


def _relevant(question: int, base: np.ndarray, candidate: np.ndarray, test: TestSet) -> int:
    """The relevant passage that either system found highest; where neither found one, the most relevant one."""
    gains = test.relevance.gains[question]
    for rows in zip(candidate[question], base[question], strict=True):
        for row in rows:
            if int(row) in gains:
                return int(row)
    return max(sorted(gains), key=lambda row: gains[row])


def _shown(passage: Passage) -> dict[str, str]:
    text = passage.text if len(passage.text) <= LONGEST_TEXT else passage.text[:LONGEST_TEXT].rstrip() + " …"
    return {"id": passage.id, "title": passage.title, "text": text}

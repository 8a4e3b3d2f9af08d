"""How small a gain the gate is likely to see with so many test questions. src/run/smallestGain.ts says the same."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit

PAIRED_SD = (0.22, 0.35)
"""Standard deviation of the difference that two models make in nDCG@10 to single questions, from small to large:
that of the gate's own null simulation, and an assumption for models that differ more."""

POWER = 0.8
"""How likely it shall be seen."""


def smallest_gain(questions: int, groups: int, confidence: float, min_gain: float = 0.0) -> tuple[float, float] | None:
    """(t of the interval's end + t of the power) x sd / sqrt(n), above `min_gain`.

    Returns: the gain with the small deviation, where each question tells something of its own, and with the large one,
        where the questions of a group tell no more than one; None with fewer than two groups: no gain is large enough.
    Source: Webber, Moffat and Zobel 2008, Statistical power in retrieval experimentation, section 3; Sakai 2016, Topic
        set size design.
    """
    if questions < 1 or groups < 2:
        return None
    t = float(stdtrit(groups - 1, (1 + confidence) / 2) + stdtrit(groups - 1, POWER))
    low, high = PAIRED_SD
    return min_gain + t * low / float(np.sqrt(questions)), min_gain + t * high / float(np.sqrt(groups))


def in_words(questions: int, groups: int, confidence: float) -> str:
    """What so many questions cannot tell, as a clause."""
    found = smallest_gain(questions, groups, confidence)
    if found is None:
        return "no interval can be given, and nothing is proven"
    return f"a gain below {found[0]:.3f} to {found[1]:.3f} will hardly show at {confidence:.0%} confidence"

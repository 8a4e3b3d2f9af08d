"""Test questions that nearly repeat a training question.

They are told, not dropped: questions of one template differ in a name only, and are different questions all the same.

Source: Bayardo, Ma and Srikant 2007 (prefix filtering: sets that share most of their members share a rare one).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from ..question_keys import leak_key
from ..segments import ngrams, words

GRAM = 3
"""Words in a row that count as one feature of a question."""

THRESHOLD = 0.8
"""Jaccard similarity of the features from which on two questions are near-repeats."""

SHOWN = 5


def near_repeats(tested: Iterable[str], trained: Iterable[str]) -> dict[str, Any]:
    """Compare every test question with every training question.

    Args:
        tested: held in memory, about 2 KB each.
        trained: read once, one at a time.
    Returns: how many test questions were compared, how many of them were found again, and the first SHOWN with the
        training question.
    """
    text_T = list(tested)
    grams_T = [grams(text) for text in text_T]
    frequency = Counter(gram for own in grams_T for gram in own)

    def rarest(own: set[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """As many as two similar questions cannot do without: one of these is shared, or the two are not similar."""
        count = int((1 - THRESHOLD) * len(own) + 1e-9) + 1
        return sorted(own, key=lambda gram: (frequency[gram], gram))[:count]

    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, own in enumerate(grams_T):
        for gram in rarest(own):
            holders[gram].append(number)
    repeated: dict[int, str] = {}
    for text in trained:
        own = grams(text)
        for gram in rarest(own):
            for number in holders.get(gram, ()):
                if number not in repeated and similarity(own, grams_T[number]) >= THRESHOLD:
                    repeated[number] = text
    shown = [{"test": text_T[number], "train": repeated[number]} for number in sorted(repeated)[:SHOWN]]
    return {"compared": len(text_T), "found": len(repeated), "examples": shown}


def grams(text: str) -> set[tuple[str, ...]]:
    """Runs of GRAM words; the whole text when it is shorter."""
    return set(ngrams(words(text), GRAM)) or {(leak_key(text),)}


def similarity(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    """Jaccard similarity, in [0, 1]."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)

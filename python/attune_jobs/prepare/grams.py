"""Runs of words that a training text shares with a test question: what gives the question away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ..segments import ngrams, words

GRAM = 13
"""Words in a row that a test question must not share with any training text.

Source: Brown et al. 2020, appendix C (GPT-3's contamination check).
"""

PATTERN_QUESTIONS = 3
"""In more different questions than this a run of words is a pattern of asking (an instruction, a legal phrase), and
tells nothing about any of them."""

PATTERN_PASSAGES = 0.01
"""So it is in more than PATTERN_QUESTIONS of the training passages, and more than this share of them."""

Gram = tuple[str, ...]


class Grams:
    """The runs of GRAM words of the test questions. Memory: about 200 bytes each."""

    def __init__(self, questions: Iterable[str], patterns: frozenset[Gram] = frozenset()) -> None:
        """`patterns`: runs that are looked for in no text."""
        found = (gram for question in questions for gram in ngrams(words(question), GRAM))
        self._grams = {gram: gram for gram in found if gram not in patterns}
        self._beginnings = {gram[0] for gram in self._grams}

    def __bool__(self) -> bool:
        return bool(self._grams)

    def shared_by(self, text: str) -> list[Gram]:
        """Which of them stand in the text, each once."""
        found = words(text)
        shared: dict[Gram, None] = {}
        for at, word in enumerate(found[: max(0, len(found) - GRAM + 1)]):
            if word in self._beginnings and (known := self._grams.get(tuple(found[at : at + GRAM]))):
                shared[known] = None
        return list(shared)


def patterns(shared_by_question: Iterable[list[Gram]], shared_by_passage: list[list[Gram]]) -> frozenset[Gram]:
    """Which runs are patterns. Args: what each distinct question, and each distinct training passage, shares."""
    asked = Counter(gram for shared in shared_by_question for gram in shared)
    told = Counter(gram for shared in shared_by_passage for gram in shared)
    many = max(PATTERN_QUESTIONS, PATTERN_PASSAGES * len(shared_by_passage))
    return frozenset(
        [gram for gram, count in asked.items() if count > PATTERN_QUESTIONS]
        + [gram for gram, count in told.items() if count > many]
    )


def with_edges(found: frozenset[Gram], questions: Iterable[str]) -> frozenset[Gram]:
    """The patterns, and the runs of these questions that hold some word of one: its edge is no evidence either."""
    around: set[Gram] = set(found)
    for question in questions:
        runs = ngrams(words(question), GRAM)
        for at, gram in enumerate(runs):
            if gram in found:
                around.update(runs[max(0, at - GRAM + 1) : at + GRAM])
    return frozenset(around)

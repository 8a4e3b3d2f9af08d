"""What each system found for each question: the first ten passages, with the words that both have."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np

from ..segments import word_spans
from .analyzer import Analyzer
from .examples import ranks_of
from .held_out import TestSet
from .systems import Ranked

SHOWN = 10
"""Passages of each system and question."""

SNIPPET = 280
"""Characters of a passage."""

MOST_CHARACTERS = 2_500_000
"""Of all snippets together: the page is to be sent by mail."""

MOST_QUESTIONS = 1_000


def question_details(
    systems: Mapping[str, Ranked], test: TestSet, gain: np.ndarray, analyzer: Analyzer
) -> dict[str, Any]:
    """For the page's browser of single questions; those that moved most come first, and stay where not all fit.

    Args:
        gain: of the tuned model over what it was compared with, in the metric that decides, shape (Q,).
        analyzer: of keyword search, which says what two texts have in common.
    """
    ranks = {name: ranks_of(ranked.rows, test) for name, ranked in systems.items()}
    place_of: dict[int, int] = {}
    passages: list[dict[str, str]] = []
    words = _Words(analyzer)
    found: list[dict[str, Any]] = []
    characters = 0
    for question in np.argsort(-np.abs(gain), kind="stable").tolist():
        tops = {name: _found(ranked.rows[question, :SHOWN]) for name, ranked in systems.items()}
        right = sorted(test.relevance.gains[question])[:SHOWN]
        rows = list(dict.fromkeys(chain(right, *tops.values())))
        new = [row for row in rows if row not in place_of]
        characters += sum(min(SNIPPET, len(test.passages[row].text)) for row in new)
        if len(found) == MOST_QUESTIONS or (found and characters > MOST_CHARACTERS):
            break
        for row in new:
            place_of[row] = len(passages)
            passage = test.passages[row]
            passages.append({"id": passage.id, "title": passage.title, "text": _snippet(passage.text)})
        shown = [passages[place_of[row]] for row in rows]
        text = test.questions[question]
        found.append(
            {
                "id": test.question_ids[question],
                "query": text,
                "origin": test.origins[question],
                "gain": round(float(gain[question]), 4),
                "ranks": {name: of[question] for name, of in ranks.items()},
                "tops": {name: [place_of[row] for row in top] for name, top in tops.items()},
                "right": [place_of[row] for row in right],
                "words": words.shared(text, [f"{passage['title']} {passage['text']}" for passage in shown]),
            }
        )
    return {"questions": found, "passages": passages, "leftOut": len(test.questions) - len(found)}


def _found(rows: np.ndarray) -> list[int]:
    return [row for row in rows.tolist() if row >= 0]


def _snippet(text: str) -> str:
    return text if len(text) <= SNIPPET else text[:SNIPPET].rstrip() + " …"


class _Words:
    """Which words of texts keyword search takes for one of a question's."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._terms: dict[str, frozenset[str]] = {}

    def shared(self, question: str, texts: list[str]) -> list[str]:
        """As they are written in the texts, in lower case, sorted."""
        asked = frozenset(self._analyzer(question))
        written = {text[begin:end].lower() for text in texts for begin, end in word_spans(text)}
        return sorted(word for word in written if self._of(word) & asked)

    def _of(self, word: str) -> frozenset[str]:
        if word not in self._terms:
            self._terms[word] = frozenset(self._analyzer(word))
        return self._terms[word]

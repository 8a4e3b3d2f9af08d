"""The lexical baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .analyzer import Analyzer, analyzer_of
from .ranking import Own, top_by_score

METHOD, K1, B = "lucene", 1.5, 0.75

MOST_WITHOUT = 0.5
"""Share of the questions that may retrieve nothing: beyond it the baseline says nothing, and to beat it neither."""


@dataclass(frozen=True)
class Bm25:
    rows: np.ndarray
    """Rows of the k best passages, shape (questions, k); -1 where fewer share a word with the question."""

    settings: dict[str, str | float]
    analyzer: Analyzer

    def useless(self) -> str | None:
        """A sentence, where it is no baseline."""
        without = int((self.rows[:, 0] < 0).sum())
        if without <= MOST_WITHOUT * len(self.rows):
            return None
        return (
            f"BM25 is left out: it finds nothing for {without} of {len(self.rows)} questions, since no passage shares "
            "a word with them."
        )


def rank(questions: list[str], passages: list[str], k: int, own: Own = ()) -> Bm25:
    """Ranks the passages for each question, those left out that are the question itself (`own`)."""
    import bm25s
    from bm25s.tokenization import Tokenized

    analyzer = analyzer_of(passages)
    vocabulary: dict[str, int] = {}
    ids = [[vocabulary.setdefault(word, len(vocabulary)) for word in analyzer(passage)] for passage in passages]
    settings: dict[str, str | float] = {"method": METHOD, "k1": K1, "b": B, **analyzer.settings()}
    if not vocabulary:
        return Bm25(np.full((len(questions), k), -1, dtype=np.int64), settings, analyzer)
    index = bm25s.BM25(method=METHOD, k1=K1, b=B)
    index.index(Tokenized(ids=ids, vocab=vocabulary), show_progress=False)
    asked = [_known(analyzer, vocabulary, question) for question in questions]

    def scores_of(question: int) -> np.ndarray:
        return index.get_scores(asked[question]) if asked[question] else np.zeros(len(passages), dtype=np.float32)

    return Bm25(top_by_score(scores_of, len(questions), len(passages), k, own), settings, analyzer)


def _known(analyzer: Analyzer, vocabulary: dict[str, int], question: str) -> list[str]:
    return [word for word in analyzer(question) if word in vocabulary]

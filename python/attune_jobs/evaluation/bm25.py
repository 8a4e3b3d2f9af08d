"""The lexical baseline."""

from __future__ import annotations

import numpy as np

from .ranking import top_by_score

SETTINGS = {"method": "lucene", "k1": 1.5, "b": 0.75, "stopwords": "en", "stemmer": "none"}


def rank(questions: list[str], passages: list[str], k: int) -> np.ndarray:
    """Rows of the k best passages by BM25, shape (questions, k); -1 where fewer share a word with the question."""
    import bm25s

    tokens = bm25s.tokenize(passages, stopwords="en", show_progress=False)
    index = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
    index.index(tokens, show_progress=False)
    words = bm25s.tokenize(questions, stopwords="en", return_ids=False, show_progress=False)
    known = tokens.vocab
    asked = [[word for word in question if word in known] for question in words]

    def scores_of(question: int) -> np.ndarray:
        return index.get_scores(asked[question]) if asked[question] else np.zeros(len(passages), dtype=np.float32)

    return top_by_score(scores_of, len(questions), len(passages), k)

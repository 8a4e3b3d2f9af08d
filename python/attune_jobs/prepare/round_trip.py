"""Does a search with the question find the passage that it was written for? Else it asks for something else.

By words and by the base's vectors, either of which will do: who asks in other words than the passage is who an
embedding model is for, and what the base does not know yet it is to learn.

Source: round-trip consistency, Alberti et al. 2019 (arXiv 1906.05416); by BM25 as in Promptagator's kin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..base_model import refusing_model
from ..json_line import load_line
from ..texts import embedded_text
from .base import Base
from .collection import Collection

if TYPE_CHECKING:
    from .written import Candidate, Dropped

Search = Callable[[list[str], list[str], int], np.ndarray]
"""Questions, passages, k → rows of the k best passages of each, shape (questions, k); -1 where there are fewer."""


def found_again(
    candidates: Sequence[Candidate], collection: Collection, first: int, base: Base, dropped: Dropped
) -> tuple[list[Candidate], dict[str, int]]:
    """Those whose own passage is among the `first` of all by BM25, or else by the base.

    Args:
        first: 0: all stay, and nothing is searched.
        base: is asked where BM25 has not found all.
    Returns: (kept, counts): searched, found at rank 1, found, and those of them that the base alone has found.
    """
    counts = {"searched": 0, "first": 0, "found": 0, "byBase": 0}
    if first == 0 or not candidates:
        return list(candidates), counts
    texts = [embedded_text(passage["title"], passage["text"]) for passage in map(load_line, _passages(collection))]
    ranks = _ranks(candidates, collection, texts, first, _by_words)
    lost = [at for at, rank in enumerate(ranks) if rank is None]
    for at, rank in zip(
        lost, _ranks([candidates[at] for at in lost], collection, texts, first, _by_vectors(base)), strict=True
    ):
        ranks[at] = rank
        counts["byBase"] += rank is not None
    kept: list[Candidate] = []
    for candidate, rank in zip(candidates, ranks, strict=True):
        if rank is None:
            dropped.add("notFoundAgain", candidate.text)
        else:
            kept.append(candidate)
            counts["first"] += rank == 0
    return kept, counts | {"searched": len(candidates), "found": len(kept)}


def _passages(collection: Collection) -> list[bytes]:
    return [collection.passages[number] for number in range(len(collection.passages))]


def _ranks(
    candidates: Sequence[Candidate], collection: Collection, texts: list[str], first: int, search: Search
) -> list[int | None]:
    """From 0, the place of each one's own passage, or of one of the very same text; None: not among the first."""
    if not candidates:
        return []
    _, label = collection.passage_hashes.distinct()
    rows = search([candidate.text for candidate in candidates], texts, min(first, len(texts)))
    places: list[int | None] = []
    for candidate, row in zip(candidates, rows, strict=True):
        same = [place for place, found in enumerate(row) if found >= 0 and label[found] == label[candidate.passage]]
        places.append(same[0] if same else None)
    return places


def _by_words(questions: list[str], texts: list[str], first: int) -> np.ndarray:
    from ..evaluation.bm25 import rank

    return rank(questions, texts, first).rows


def _by_vectors(base: Base) -> Search:
    def search(questions: list[str], texts: list[str], first: int) -> np.ndarray:
        from ..evaluation.ranking import BestRows, slices
        from ..evaluation.systems import PASSAGES_AT_ONCE, progress_lines
        from ..serving.endpoint.loading import load_model

        with refusing_model(base.name):
            model = load_model(base.folder, base.max_seq_length, prompts=base.prompts)
        asked = model.encode(questions, "query").vectors
        best, progress = BestRows(len(questions), first), progress_lines("prepare: base")
        for block in slices(len(texts), PASSAGES_AT_ONCE):

            def report(done: int, _: int, begin: int = block.start) -> None:
                progress(begin + done, len(texts))

            best.add_vectors(block.start, asked, model.encode(texts[block], "document", report).vectors)
        return best.rows()

    return search

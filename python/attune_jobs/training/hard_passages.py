"""The passages that dev questions are asked among: those that are easily taken for the right ones.

Among few, or among any, the right passage is found before the training begins, and no checkpoint is told from another.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..evaluation import bm25
from ..evaluation.ranking import top_by_cosine
from .dev_set import DevSet

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEPTH = 25
"""Nearest passages of each question that the untrained model gives, and as many that BM25 gives."""

MOST = 5_000
"""Passages at most: each evaluation embeds all of them."""


STORED = "dev_passages.json"
"""Among the checkpoints: what was found. An interrupted training reads it when it goes on, and asks nobody again."""


@dataclass(frozen=True, slots=True)
class HardDev:
    dev: DevSet
    """The same questions over their own passages, and the nearest of BM25 and of the model among all of the corpus."""

    untrained: float | None = None
    """Dev nDCG@10 of the model over them: it has read them all to find them. None: not known."""


def hard_passages(dev: DevSet, model: SentenceTransformer, most_embedded: int, seed: int, folder: Path) -> HardDev:
    """

    Args:
        dev: over the whole corpus.
        model: before the first step.
        most_embedded: of a larger corpus the model reads so many passages: BM25's nearest, and a seeded sample.
        folder: of the checkpoints; holds STORED where an earlier try of the same job came so far.
    """
    if not dev.queries:
        return HardDev(dev)
    stored = _stored(folder / STORED, len(dev.passages))
    if stored is not None:
        return HardDev(dev.among(stored["rows"]), stored.get("untrained"))
    rows, untrained = _found_by(dev, model, most_embedded, seed)
    _store(folder / STORED, {"corpus": len(dev.passages), "rows": rows, "untrained": untrained})
    return HardDev(dev.among(rows), untrained)


def _found_by(dev: DevSet, model: SentenceTransformer, most_embedded: int, seed: int) -> tuple[list[int], float]:
    """The rows of the passages, and how the model ranks them."""
    lexical_QK = bm25.rank(dev.queries, dev.passages, DEPTH, dev.own).rows
    judged = {row for gains in dev.relevant for row in gains}
    read = _read_by_model(len(dev.passages), judged | _found(lexical_QK), most_embedded, seed)
    searched = dev.among(read)
    query_QD, passage_PD = searched.vectors(model)
    near_QK = top_by_cosine(query_QD, passage_PD, DEPTH, searched.own)
    dense_QK = np.where(near_QK < 0, -1, np.array(read)[near_QK])
    rows = sorted(_by_rank(judged, [dense_QK, lexical_QK]))
    # It has read all of them: what is judged and what BM25 finds are among what it reads.
    place = {row: at for at, row in enumerate(read)}
    return rows, dev.among(rows).ndcg_of(query_QD, passage_PD[[place[row] for row in rows]])


def _stored(path: Path, corpus: int) -> dict[str, Any] | None:
    """None where nothing is stored, or what is was found among other passages."""
    if not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found if found["corpus"] == corpus else None


def _store(path: Path, found: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(found), encoding="utf-8")
    unfinished.rename(path)


def _read_by_model(corpus: int, wanted: set[int], most: int, seed: int) -> list[int]:
    if corpus <= most:
        return list(range(corpus))
    others = np.random.default_rng(seed).permutation(corpus)
    return sorted(wanted.union(others[: max(0, most - len(wanted))].tolist()))


def _found(rows_QK: np.ndarray) -> set[int]:
    return set(rows_QK[rows_QK >= 0].tolist())


def _by_rank(judged: set[int], found: list[np.ndarray]) -> set[int]:
    """The judged ones, then the first of each question, then the second, up to `MOST`."""
    chosen = set(judged)
    for rank in range(DEPTH):
        for rows_QK in found:
            for row in rows_QK[:, rank].tolist():
                if len(chosen) >= MOST:
                    return chosen
                if row >= 0:
                    chosen.add(row)
    return chosen

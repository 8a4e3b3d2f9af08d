"""The dev set: questions whose relevant passages are known, and the passages to find them among."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import UserError
from ..json_line import read_judgements, read_lines
from ..origins import counts_of, origin_of
from ..own_passages import own_passages
from ..texts import embedded_text

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CUTOFF = 10
BATCH = 64


@dataclass(frozen=True, slots=True)
class DevSet:
    queries: list[str]
    passages: list[str]
    relevant: list[dict[int, int]]
    """For each query: position in `passages` → gain."""
    own: list[list[int]]
    """For each query the positions of the passages that are the query itself; evaluation leaves them out too."""

    origins: dict[str, int]
    """How many of the queries come from where, as `ORIGINS` names it."""

    @classmethod
    def read(cls, channel: Path | None, corpus: Path | None = None) -> DevSet:
        """Empty when there is no such channel, or no question in it.

        Args:
            corpus: channel with all passages; without it they are those that lie beside the questions.
        Raises: UserError with the place of a fault.
        """
        if channel is None or not (channel / "queries.jsonl").is_file():
            return cls([], [], [], [], {})
        rows = {row["_id"]: row for row in read_lines(channel / "queries.jsonl", "_id", "text")}
        queries = {own: row["text"] for own, row in rows.items()}
        passages: list[str] = []
        parts: list[tuple[str, str, str]] = []
        position: dict[str, int] = {}
        for row in read_lines((corpus or channel) / "corpus.jsonl", "_id", "text"):
            position[row["_id"]] = len(passages)
            parts.append((row["_id"], str(row.get("title") or ""), row["text"]))
            passages.append(embedded_text(*parts[-1][1:]))
        relevant: dict[str, dict[int, int]] = {own: {} for own in queries}
        for number, query, passage, score in read_judgements(channel / "qrels.tsv"):
            if query not in relevant or passage not in position:
                raise UserError(f"dev/qrels.tsv:{number}: {query} or {passage} is not in the set. Prepare again.")
            if score > 0:
                relevant[query][position[passage]] = score
        own = own_passages(list(queries), list(queries.values()), parts, list(relevant.values()))
        origins = counts_of(map(origin_of, rows.values()))
        return cls(list(queries.values()), passages, list(relevant.values()), own, origins)

    def among(self, rows: Sequence[int]) -> DevSet:
        """The same questions over these passages alone, which must hold every relevant one."""
        place = {row: at for at, row in enumerate(rows)}
        return replace(
            self,
            passages=[self.passages[row] for row in rows],
            relevant=[{place[row]: gain for row, gain in gains.items()} for gains in self.relevant],
            own=[[place[row] for row in left_out if row in place] for left_out in self.own],
        )

    def ndcg_at_10(self, model: SentenceTransformer) -> float:
        """Mean nDCG@10 by cosine over the dev corpus, each text encoded once at full size; in [0, 1].

        There must be at least one question.
        """
        return self.ndcg_of(*self.vectors(model))

    def vectors(self, model: SentenceTransformer) -> tuple[np.ndarray, np.ndarray]:
        """Of queries and passages, shapes (Q, D) and (P, D), unit length."""
        options = {"batch_size": BATCH, "normalize_embeddings": True, "show_progress_bar": False}
        return model.encode_query(self.queries, **options), model.encode_document(self.passages, **options)

    def ndcg_of(self, query_QD: np.ndarray, passage_PD: np.ndarray) -> float:
        """The same, where the vectors are known."""
        score_QP = query_QD @ passage_PD.T
        for score_P, left_out in zip(score_QP, self.own, strict=True):
            score_P[left_out] = -np.inf
        ranked_QK = _best(score_QP, min(CUTOFF, len(self.passages)))
        return float(np.mean([_ndcg(ranked, gains) for ranked, gains in zip(ranked_QK, self.relevant, strict=True)]))


def _best(score_QP: np.ndarray, k: int) -> np.ndarray:
    """Positions of the k highest scores, best first; ties by position."""
    order_QP: np.ndarray = np.argsort(-score_QP, axis=1, kind="stable")
    return order_QP[:, :k]


def _ndcg(ranked_K: np.ndarray, gains: dict[int, int]) -> float:
    """Source: Järvelin and Kekäläinen 2002, log2 discount, linear gain."""
    found = np.array([gains.get(int(passage), 0) for passage in ranked_K], float)
    ideal = np.array(sorted(gains.values(), reverse=True)[:CUTOFF], float)
    return _discounted(found) / _discounted(ideal)


def _discounted(gain_K: np.ndarray) -> float:
    return float(np.sum(gain_K / np.log2(np.arange(2, len(gain_K) + 2))))

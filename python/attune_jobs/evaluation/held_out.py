"""The held-out questions and the whole corpus, as prepare wrote them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..json_line import SET_ASIDE_FILE, read_judgements, read_lines
from ..origins import origin_of
from ..own_passages import own_passages
from ..texts import Passage
from .metrics import Relevance


@dataclass(frozen=True)
class TestSet:
    __test__ = False  # not a test case, whatever its name looks like

    question_ids: list[str]
    questions: list[str]
    groups: list[str]
    """Of each question; a question without a group is one of its own."""
    relevance: Relevance
    passages: list[Passage]
    """Sorted by id, so that the row breaks ties by document id."""
    origins: list[str]
    """Of each question, one of `ORIGINS`."""

    def asked_by(self, origins: Collection[str]) -> np.ndarray:
        """Bool, shape (questions,): which are of these origins."""
        return np.array([origin in origins for origin in self.origins], bool)

    @cached_property
    def own(self) -> list[list[int]]:
        """For each question the rows of the passages that are the question itself: no system is asked for them."""
        texts = ((passage.id, passage.title, passage.text) for passage in self.passages)
        return own_passages(self.question_ids, self.questions, texts, self.relevance.gains)


def read_test_set(test: Path, corpus: Path) -> TestSet:
    """Read `test/{queries.jsonl,qrels.tsv}` and `corpus/corpus.jsonl`.

    Raises: UserError when a file is missing, there is no question, or a judgement points to nothing.
    """
    for path in (test / "queries.jsonl", test / "qrels.tsv", corpus / "corpus.jsonl"):
        if not path.is_file():
            raise UserError(f"{path.parent.name}/{path.name} is missing: expected the outputs of the prepare stage.")
    found = (
        Passage(line["_id"], str(line.get("title") or ""), line["text"])
        for line in read_lines(corpus / "corpus.jsonl", "_id", "text")
    )
    passages = sorted(found, key=lambda passage: passage.id)
    row_of = {passage.id: row for row, passage in enumerate(passages)}
    queries = list(read_lines(test / "queries.jsonl", "_id", "text"))
    gains = _gains(test / "qrels.tsv", {query["_id"] for query in queries}, row_of)
    unjudged = [query["_id"] for query in queries if query["_id"] not in gains]
    if unjudged:
        raise UserError(
            f"test/qrels.tsv: no relevant passage for question {unjudged[0]} ({len(unjudged)} such questions)."
        )
    if not queries:
        raise UserError("test/queries.jsonl: no test question. Raise data.split.test or add groups.")
    return TestSet(
        question_ids=[query["_id"] for query in queries],
        questions=[query["text"] for query in queries],
        groups=[str(query.get("group") or query["_id"]) for query in queries],
        relevance=Relevance([gains[query["_id"]] for query in queries]),
        passages=passages,
        origins=[origin_of(query) for query in queries],
    )


def read_set_aside(test: Path) -> list[dict[str, Any]]:
    """What prepare left out, by reason: [{reason, count, examples}]; empty where it said nothing."""
    file = test / SET_ASIDE_FILE
    return list(read_lines(file, "reason")) if file.is_file() else []


def _gains(qrels: Path, questions: set[str], row_of: dict[str, int]) -> dict[str, dict[int, float]]:
    gains: dict[str, dict[int, float]] = {}
    for number, question, passage, score in read_judgements(qrels):
        if question not in questions:
            raise UserError(f"test/qrels.tsv:{number}: question {question} is not in queries.jsonl. Prepare again.")
        if passage not in row_of:
            raise UserError(f"test/qrels.tsv:{number}: passage {passage} is not in corpus.jsonl. Prepare again.")
        if score > 0:
            gains.setdefault(question, {})[row_of[passage]] = float(score)
    return gains

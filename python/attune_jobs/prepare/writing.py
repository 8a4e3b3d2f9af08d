"""The prepared data on disk: written beside its place, moved there when whole."""

from __future__ import annotations

import functools
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..json_line import dump_line, load_line
from ..origins import in_order, origin_of
from ..texts import embedded_text
from .collection import DEV, TEST, TRAIN, Collection
from .grouping import Grouping, Relevance
from .splitting import Assignment, label_of
from .stores import Integers

DEV_QUESTIONS = 300
"""Each evaluation pays for every question; more do not choose a better checkpoint."""

DEV_PASSAGES = 5_000
"""At most this many passages are encoded at each evaluation."""

DEV_SAMPLE = 300
"""Passages of the dev corpus beside the relevant ones: at least this many, or as many as there are relevant ones."""


MAX_JUDGEMENTS = 5_000_000
"""Of the dev or the test questions: their relevant passages with all near-duplicates of these."""

MAX_PAIRED_BYTES = 32_000_000_000
"""Of the passages of all training rows, each row's counted for itself, as it is read and written for itself."""


class Writer:
    """Writes one prepared data set; every read goes through the collection's files on disk."""

    def __init__(
        self, collection: Collection, relevance: Relevance, grouping: Grouping, assignment: Assignment, seed: int
    ) -> None:
        self._collection = collection
        self._relevance = relevance
        self._grouping = grouping
        self._assignment = assignment
        self._seed = seed
        order = np.argsort(grouping.cluster_P, kind="stable")
        self._members = order
        self._cluster_starts = np.searchsorted(grouping.cluster_P[order], np.arange(len(order) + 1))

    def write(self, data: Path) -> dict[str, dict[str, Any]]:
        """Returns: counts for each split. Raises: UserError when few passages would be written over and over."""
        self._refuse_too_much()
        for folder in ("train", "dev", "test", "corpus"):
            (data / folder).mkdir(parents=True)
        self._write_corpus(data / "corpus" / "corpus.jsonl")
        return {
            "train": self._write_train(data / "train" / "pairs.jsonl"),
            "dev": self._write_dev(data / "dev"),
            "test": self._write_held_out(data / "test", TEST, self._questions_of(TEST))[0],
        }

    def _refuse_too_much(self) -> None:
        of_cluster_R = self._grouping.cluster_P[self._relevance.row_passage_R]
        judged_R = np.diff(self._cluster_starts)[of_cluster_R]
        for split, name in ((DEV, "dev"), (TEST, "test")):
            judgements = int(judged_R[self._assignment.split_R == split].sum())
            if judgements > MAX_JUDGEMENTS:
                raise UserError(
                    f"The {name} questions have {judgements:,} relevant passages, near-duplicates counted for each "
                    f"question anew; at most {MAX_JUDGEMENTS:,} are written. Remove repeated passages from the data."
                )
        trained_R = self._relevance.row_passage_R[self._assignment.split_R == TRAIN]
        paired = int(self._collection.passages.sizes()[self._relevance.passage_P[trained_R]].sum())
        if paired > MAX_PAIRED_BYTES:
            raise UserError(
                f"The training rows repeat their passages to {paired:,} bytes; at most {MAX_PAIRED_BYTES:,} are "
                "written. Cut the long passages that many questions share, or give fewer of their questions."
            )

    def _passage(self, number: int) -> dict[str, Any]:
        return load_line(self._collection.passages[int(self._relevance.passage_P[number])])

    def _question(self, number: int) -> dict[str, Any]:
        return load_line(self._collection.questions[int(self._relevance.question_Q[number])])

    def _group(self, row: int) -> str:
        name = int(self._assignment.name_C[self._assignment.component_R[row]])
        return label_of(self._collection, self._relevance, name)

    def _questions_of(self, split: int) -> Integers:
        questions: Integers = np.unique(self._relevance.row_question_R[self._assignment.split_R == split])
        return questions

    def _write_corpus(self, path: Path) -> None:
        with path.open("wb") as file:
            for line in self._collection.passages.read(self._relevance.passage_P):
                file.write(line)

    def _write_train(self, path: Path) -> dict[str, int]:
        rows = np.flatnonzero(self._assignment.split_R == TRAIN)
        with path.open("w", encoding="utf-8") as file:
            for row in rows:
                question = self._question(int(self._relevance.row_question_R[row]))
                passage = self._passage(int(self._relevance.row_passage_R[row]))
                file.write(
                    dump_line(
                        {
                            "query_id": question["_id"],
                            "query": question["text"],
                            "document_id": passage["_id"],
                            "document": embedded_text(passage["title"], passage["text"]),
                            "group": self._group(int(row)),
                        }
                    )
                )
        texts = (self._relevance.row_question_R[rows], self._relevance.row_passage_R[rows])
        return {
            "mostPairsOfOneText": max((int(np.bincount(of_row).max()) for of_row in texts if len(rows)), default=0),
            "pairs": len(rows),
            "questions": len(np.unique(self._relevance.row_question_R[rows])),
            "passages": len(np.unique(self._relevance.row_passage_R[rows])),
            "groups": len(np.unique(self._assignment.component_R[rows])),
        }

    def _write_dev(self, folder: Path) -> dict[str, Any]:
        """The questions kept are a seeded sample when there are too many for a quick evaluation."""
        generator = np.random.default_rng(self._seed)
        questions = self._questions_of(DEV)
        kept = np.sort(generator.permutation(questions)[:DEV_QUESTIONS])
        counts, relevant = self._write_held_out(folder, DEV, kept, most_passages=DEV_PASSAGES)
        wanted = min(DEV_PASSAGES, len(relevant) + max(DEV_SAMPLE, len(relevant)))
        others = np.setdiff1d(np.arange(len(self._relevance.passage_P)), relevant)
        sample = generator.permutation(others)[: max(0, wanted - len(relevant))] if len(relevant) else others[:0]
        numbers = np.sort(np.concatenate([relevant, sample]))
        with (folder / "corpus.jsonl").open("wb") as file:
            for line in self._collection.passages.read(self._relevance.passage_P[numbers]):
                file.write(line)
        return {**counts, "corpus": len(numbers), "questionsLeftOut": len(questions) - counts["questions"]}

    def _write_held_out(
        self, folder: Path, split: int, questions: Integers, most_passages: int | None = None
    ) -> tuple[dict[str, Any], Integers]:
        """Every passage known to answer a question counts, and every near-duplicate of one.

        Returns: counts, and the numbers of the relevant passages.
        """
        passage_id = functools.lru_cache(100_000)(lambda number: self._passage(number)["_id"])
        relevant: dict[int, None] = {}
        groups: set[str] = set()
        origins: Counter[str] = Counter()
        written = pairs = 0
        with (
            (folder / "queries.jsonl").open("w", encoding="utf-8") as queries,
            (folder / "qrels.tsv").open("w", encoding="utf-8") as qrels,
        ):
            qrels.write("query-id\tcorpus-id\tscore\n")
            for number, rows in self._rows_of(split, questions):
                scores = self._relevant_passages(rows)
                if most_passages is not None and len(relevant.keys() | scores.keys()) > most_passages:
                    continue
                question, group = self._question(number), self._group(int(rows[0]))
                queries.write(dump_line({**question, "group": group}))
                origins[origin_of(question)] += 1
                for passage, score in scores.items():
                    qrels.write(f"{question['_id']}\t{passage_id(passage)}\t{score}\n")
                relevant.update(dict.fromkeys(scores))
                groups.add(group)
                written += 1
                pairs += len(scores)
        counts = {
            "questions": written,
            "pairs": pairs,
            "passages": len(relevant),
            "groups": len(groups),
            "origins": in_order(origins),
        }
        return counts, np.array(sorted(relevant), np.int64)

    def _rows_of(self, split: int, questions: Integers) -> Iterator[tuple[int, Integers]]:
        """Each question with its rows of the split, then those that were set aside as boilerplate."""
        of_split_R = self._assignment.split_R == split
        boilerplate_R = self._grouping.boilerplate_P[self._relevance.row_passage_R]
        rows = np.concatenate([np.flatnonzero(of_split_R), np.flatnonzero(boilerplate_R & ~of_split_R)])
        order = rows[np.argsort(self._relevance.row_question_R[rows], kind="stable")]
        ordered = self._relevance.row_question_R[order]
        starts, ends = np.searchsorted(ordered, questions, "left"), np.searchsorted(ordered, questions, "right")
        for question, start, end in zip(questions, starts, ends, strict=True):
            yield int(question), order[start:end]

    def _relevant_passages(self, rows: Integers) -> dict[int, int]:
        """Passage → score: of each row's passage and its near-duplicates, the best where several rows give one."""
        scores: dict[int, int] = {}
        for row in rows:
            cluster = int(self._grouping.cluster_P[self._relevance.row_passage_R[row]])
            for member in self._members[self._cluster_starts[cluster] : self._cluster_starts[cluster + 1]]:
                score = int(self._relevance.row_score_R[row])
                scores[int(member)] = max(score, scores.get(int(member), 0))
        return scores


def publish(finished: Path, place: Path) -> None:
    """Move the finished folder's children into `place`, the report last: it marks the data as whole.

    `place` itself is never replaced, since SageMaker may have mounted it; `finished` must lie on the same file system.
    """
    for child in sorted(finished.iterdir(), key=lambda child: child.name == "report.json"):
        target = place / child.name
        if target.is_dir():
            shutil.rmtree(target)
        child.rename(target)

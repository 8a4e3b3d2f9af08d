"""The prepared data on disk: written beside its place, moved there when whole."""

from __future__ import annotations

import functools
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..json_line import dump_line, load_line
from ..origins import in_order, origin_of
from ..texts import embedded_text
from .collection import DEV, TEST, TRAIN, Collection
from .grouping import Grouping, Relevance
from .negatives import Negatives
from .splitting import Assignment, label_of
from .stores import Integers, distinct_rows

DEV_QUESTIONS = 300
"""Each evaluation pays for every question; more do not choose a better checkpoint."""

DEV_PASSAGES = 5_000
"""At most this many passages are encoded at each evaluation."""

DEV_SAMPLE = 300
"""Passages of the dev corpus beside the judged ones: at least this many, or as many as there are judged ones."""

MAX_PAIRED_BYTES = 32_000_000_000
"""Of the passages of all training rows, each row's counted for itself, as it is read and written for itself."""


class Writer:
    """Writes one prepared data set; every read goes through the collection's files on disk."""

    def __init__(
        self,
        collection: Collection,
        relevance: Relevance,
        grouping: Grouping,
        assignment: Assignment,
        negatives: Negatives,
        seed: int,
    ) -> None:
        self._collection = collection
        self._relevance = relevance
        self._grouping = grouping
        self._assignment = assignment
        self._negatives = negatives
        self._seed = seed

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
        """Shape (questions, 2): each question of the split, ascending, and the first of its rows there."""
        rows = np.flatnonzero(self._assignment.split_R == split)
        questions, firsts = np.unique(self._relevance.row_question_R[rows], return_index=True)
        return np.stack([questions, rows[firsts]], axis=1)

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
                            **self._negatives_of(int(self._relevance.row_question_R[row])),
                        }
                    )
                )
        texts = (self._relevance.row_question_R[rows], self._relevance.row_passage_R[rows])
        return {
            "mostPairsOfOneText": max((int(np.bincount(of_row).max()) for of_row in texts if len(rows)), default=0),
            "pairs": len(rows),
            "withNegatives": int(np.isin(self._relevance.row_question_R[rows], [*self._negatives.of_question]).sum()),
            "questions": len(np.unique(self._relevance.row_question_R[rows])),
            "passages": len(np.unique(self._relevance.row_passage_R[rows])),
            "groups": len(np.unique(self._assignment.component_R[rows])),
        }

    def _negatives_of(self, question: int) -> dict[str, list[str]]:
        passages = [self._passage(number) for number in self._negatives.of_question.get(question, ())]
        if not passages:
            return {}
        return {
            "negative_ids": [passage["_id"] for passage in passages],
            "negatives": [embedded_text(passage["title"], passage["text"]) for passage in passages],
        }

    def _write_dev(self, folder: Path) -> dict[str, Any]:
        """The questions kept are a seeded sample when there are too many for a quick evaluation."""
        generator = np.random.default_rng(self._seed)
        questions_N2 = self._questions_of(DEV)
        kept = np.sort(generator.permutation(len(questions_N2))[:DEV_QUESTIONS])
        counts, judged = self._write_held_out(folder, DEV, questions_N2[kept], most_passages=DEV_PASSAGES)
        wanted = min(DEV_PASSAGES, len(judged) + max(DEV_SAMPLE, len(judged)))
        others = np.setdiff1d(np.arange(len(self._relevance.passage_P)), judged)
        sample = generator.permutation(others)[: max(0, wanted - len(judged))] if len(judged) else others[:0]
        numbers = np.sort(np.concatenate([judged, sample]))
        with (folder / "corpus.jsonl").open("wb") as file:
            for line in self._collection.passages.read(self._relevance.passage_P[numbers]):
                file.write(line)
        return {**counts, "corpus": len(numbers), "questionsLeftOut": len(questions_N2) - counts["questions"]}

    def _write_held_out(
        self, folder: Path, split: int, questions_N2: Integers, most_passages: int | None = None
    ) -> tuple[dict[str, Any], Integers]:
        """The judgements as they were given: nothing is judged by being like a passage that is.

        Returns: counts, and the numbers of the judged passages.
        """
        passage_id = functools.lru_cache(100_000)(lambda number: self._passage(number)["_id"])
        judgements_J3 = self._judgements(split)
        starts, ends = (np.searchsorted(judgements_J3[:, 0], questions_N2[:, 0], side) for side in ("left", "right"))
        judged: set[int] = set()
        relevant: set[int] = set()
        groups: set[str] = set()
        origins: Counter[str] = Counter()
        written = pairs = 0
        with (
            (folder / "queries.jsonl").open("w", encoding="utf-8") as queries,
            (folder / "qrels.tsv").open("w", encoding="utf-8") as qrels,
        ):
            qrels.write("query-id\tcorpus-id\tscore\n")
            for (number, row), start, end in zip(questions_N2.tolist(), starts, ends, strict=True):
                scores = dict(judgements_J3[start:end, 1:].tolist())
                if most_passages is not None and len(judged | scores.keys()) > most_passages:
                    continue
                question, group = self._question(number), self._group(row)
                queries.write(dump_line({**question, "group": group}))
                origins[origin_of(question)] += 1
                for passage, score in scores.items():
                    qrels.write(f"{question['_id']}\t{passage_id(passage)}\t{score}\n")
                answers = [passage for passage, score in scores.items() if score > 0]
                judged.update(scores)
                relevant.update(answers)
                groups.add(group)
                written += 1
                pairs += len(answers)
        counts = {
            "questions": written,
            "pairs": pairs,
            "passages": len(relevant),
            "groups": len(groups),
            "origins": in_order(origins),
        }
        return counts, np.array(sorted(judged), np.int64)

    def _judgements(self, split: int) -> Integers:
        """Question, passage and score of all that is judged in the split, ordered by question; shape (J, 3).

        A split that was given has what was given, whatever was set aside of it as a leak; one that was drawn has all
        that was given for its questions, the passages that are boilerplate included.
        """
        relevance = self._relevance
        given_R, given_J = relevance.row_split_R, relevance.rejected_J4[:, 3]
        if (given_R == split).any():
            answers_R, rejected_J = given_R == split, given_J == split
        else:
            boilerplate_R = self._grouping.boilerplate_P[relevance.row_passage_R]
            answers_R = (self._assignment.split_R == split) | (boilerplate_R & (given_R <= TRAIN))
            rejected_J = given_J <= TRAIN
        answers_A3 = np.stack([relevance.row_question_R, relevance.row_passage_R, relevance.row_score_R], axis=1)
        judged_J3 = np.concatenate([answers_A3[answers_R], relevance.rejected_J4[rejected_J, :3]])
        # An answer of one text and a rejection of the same text under another id: answers stand first and stay.
        judged_J3 = judged_J3[distinct_rows(judged_J3[:, :2])[0]]
        return judged_J3[np.argsort(judged_J3[:, 0], kind="stable")]


@contextmanager
def working_below(place: Path, name: str) -> Iterator[Path]:
    """A hidden folder below what will be published, with a folder `scratch` in it; gone afterwards, whatever came."""
    work = place / f".{name}"
    shutil.rmtree(work, ignore_errors=True)
    (work / "scratch").mkdir(parents=True)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def publish(finished: Path, place: Path) -> None:
    """Move the finished folder's children into `place`, the report last: it marks the data as whole.

    `place` itself is never replaced, since SageMaker may have mounted it; `finished` must lie on the same file system.
    """
    for child in sorted(finished.iterdir(), key=lambda child: child.name == "report.json"):
        target = place / child.name
        if target.is_dir():
            shutil.rmtree(target)
        child.rename(target)

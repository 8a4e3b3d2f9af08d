"""Questions that a language model has written: those that a person could have asked are taken, others are counted."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..json_line import dump_line, load_line
from ..origins import MODEL
from ..question_keys import question_key
from ..spec import Questions
from ..texts import clean_line, embedded_text
from .base import Base
from .collection import Collection, LeftOut
from .near_questions import grams, similarity
from .question_checks import Checks
from .round_trip import found_again

NEAR = 0.8
"""Jaccard similarity of word runs from which on two questions about one passage are the same, and a question is one of
the examples."""

EXAMPLES = 5
"""Of each reason."""

REPORT, KEPT = "report.json", "kept.jsonl"


@dataclass(frozen=True, slots=True)
class Candidate:
    passage: int
    """Number in `Collection.passages`."""

    kind: str
    text: str


class Dropped:
    """Counts by reason, with a few examples of each."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = defaultdict(list)

    def add(self, reason: str, example: str = "") -> None:
        self.counts[reason] += 1
        if example and len(self.examples[reason]) < EXAMPLES:
            self.examples[reason].append(example[:200])

    def out(self) -> dict[str, Any]:
        return {
            reason: {"count": count, "examples": self.examples[reason]}
            for reason, count in sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        }


def add_written(asked: Questions, inputs: Path, base: Base, collection: Collection, scratch: Path) -> dict[str, Any]:
    """Adds what is worth a question, each with its own passage as the answer and its document as the group.

    Args:
        inputs: with a folder `questions` of shards, and `examples` where the spec names some.
        base: looks up again what BM25 does not find.
        collection: holds the passages.
        scratch: gets the kept questions, one a line.
    Returns: for the report: what was written, kept, and dropped for which reason.
    Raises: UserError when the questions are of other passages, or none is left.
    """
    collection.passages.seal()
    numbers = {load_line(line)["_id"]: at for at, line in enumerate(_all(collection))}
    dropped, written = Dropped(), Counter[str]()
    candidates = list(_candidates(inputs / "questions", numbers, dropped, written))
    checks = Checks(asked.language, _examples(inputs / "examples"), NEAR)
    fit = []
    for candidate in candidates:
        reason = checks.fault(candidate.text, candidate.kind, load_line(collection.passages[candidate.passage]))
        if reason is None:
            fit.append(candidate)
        else:
            dropped.add(reason, candidate.text)
    distinct = list(_distinct(fit, collection, dropped))
    kept, searched = found_again(distinct, collection, asked.round_trip, base, dropped)
    if not kept:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in dropped.counts.most_common())
        raise UserError(f"Of {len(candidates)} questions that the model wrote none is left ({reasons}).")
    _add(kept, collection, scratch / KEPT)
    for reason, count in dropped.counts.items():
        told = f"questions that the language model wrote were not taken: {reason}"
        collection.left_out[told] = LeftOut(count, dropped.examples[reason])
    return {
        "passages": written["passages"],
        "written": written["questions"],
        "kept": len(kept),
        "keptByKind": dict(sorted(Counter(candidate.kind for candidate in kept).items())),
        "dropped": dropped.out(),
        "roundTrip": searched,
    }


def _all(collection: Collection) -> Iterator[bytes]:
    return (collection.passages[number] for number in range(len(collection.passages)))


def _candidates(folder: Path, numbers: dict[str, int], dropped: Dropped, written: Counter[str]) -> Iterator[Candidate]:
    files = sorted(folder.glob("*.jsonl")) if folder.is_dir() else []
    if not files:
        raise UserError("data.questions: the job has no input named 'questions' with shards. Run the stage again.")
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            record = load_line(line)
            passage = numbers.get(record["id"])
            if passage is None:
                raise UserError(
                    f"{file.name}: {record['id']!r} is no passage of these documents. They have changed since the "
                    "questions were written: run again with reuse: false."
                )
            written["passages"] += 1
            if record.get("fault"):
                dropped.add(f"model:{record['fault']}")
            for question in record["questions"]:
                written["questions"] += 1
                text = clean_line(question["question"])
                if question.get("answerable") is False:
                    dropped.add("unanswerable", text)
                elif text:
                    yield Candidate(passage, question["kind"], text)
                else:
                    dropped.add("blank")


def _examples(folder: Path) -> list[str]:
    files = sorted(folder.glob("*.txt")) if folder.is_dir() else []
    return [line.strip() for file in files for line in file.read_text("utf-8-sig").splitlines() if line.strip()]


def _distinct(candidates: list[Candidate], collection: Collection, dropped: Dropped) -> Iterator[Candidate]:
    """A question that was written for several documents asks for none of them; within one it has several answers."""
    documents: dict[str, set[str]] = defaultdict(set)
    for candidate in candidates:
        documents[question_key(candidate.text)].add(collection.document_of(candidate.passage))
    taken: dict[int, list[set[tuple[str, ...]]]] = defaultdict(list)
    for candidate in candidates:
        own = grams(candidate.text)
        if len(documents[question_key(candidate.text)]) > 1:
            dropped.add("ambiguous", candidate.text)
        elif any(similarity(own, other) >= NEAR for other in taken[candidate.passage]):
            dropped.add("duplicate", candidate.text)
        else:
            taken[candidate.passage].append(own)
            yield candidate


def _add(kept: list[Candidate], collection: Collection, path: Path) -> None:
    """Rows of the collection, and a line for each in the file, for people who look at them."""
    groups: dict[str, int] = {}
    added: list[tuple[Candidate, int]] = []
    for candidate in kept:
        document = collection.document_of(candidate.passage)
        if document not in groups:
            groups[document] = collection.add_group(document)
        question = collection.add_question(candidate.text, origin=MODEL)
        if question is not None:
            collection.add_row(question, candidate.passage, groups[document])
            added.append((candidate, question))
    collection.questions.seal()
    with path.open("w", encoding="utf-8") as lines:
        for candidate, question in added:
            passage = load_line(collection.passages[candidate.passage])
            line = {
                "id": load_line(collection.questions[question])["_id"],
                "query": candidate.text,
                "document": embedded_text(passage["title"], passage["text"]),
                "group": collection.document_of(candidate.passage),
                "kind": candidate.kind,
                "origin": MODEL,
            }
            lines.write(dump_line(line))


def publish_written(report: dict[str, Any], scratch: Path, folder: Path) -> None:
    """`questions/report.json` and `questions/kept.jsonl` of the data folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (scratch / KEPT).rename(folder / KEPT)
    (folder / REPORT).write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

"""Guard sets: questions on which the candidate must not be worse than the better of base and model in service, so that
what each retraining may lose does not add up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..arrived import check_file
from ..errors import UserError
from ..json_line import read_lines
from ..origins import PEOPLE
from ..prepare.columns import SHOWN, Columns
from ..prepare.problems import Problems
from ..prepare.qrels import read_qrels
from ..prepare.rows import read_rows
from ..question_keys import leak_key
from ..texts import Passage, clean, clean_line
from .held_out import TestSet
from .metrics import Relevance, score
from .summary import compare, means_with_intervals

LEAST_QUESTIONS = 30
"""Fewer prove nothing, however they come out: the intervals of a handful say little."""


@dataclass(frozen=True)
class Guard:
    name: str
    tolerance: float
    """How much of the rival's score may be lost, as a share of it."""

    min_groups: int
    """Questions of fewer groups prove nothing either."""

    test: TestSet
    in_training: int
    """How many of the questions stand in the training pairs too."""


def read_guards(spec: dict[str, Any], inputs: Path) -> list[Guard]:
    """The guard sets of the spec, from `guards/<name>/`.

    Raises: UserError that names the set, when a file is missing, malformed or not what its name in S3 says, or no
        question is judged.
    """
    wanted = spec["gate"]["guards"]
    for number, guard in enumerate(wanted):
        for part in ("corpus", "queries", "qrels"):
            file = _file(inputs / "guards" / guard["name"], part, guard["name"])
            check_file(f"gate.guards[{number}].{part}", guard.get(part, ""), file)
    sets = [_read_set(inputs / "guards" / guard["name"], guard["name"]) for guard in wanted]
    trained = _trained_among({leak_key(question) for test in sets for question in test.questions}, inputs / "train")
    return [
        Guard(
            guard["name"],
            guard["tolerance"],
            spec["gate"]["minGroups"],
            test,
            sum(leak_key(question) in trained for question in test.questions),
        )
        for guard, test in zip(wanted, sets, strict=True)
    ]


def summarise(guard: Guard, rows: dict[str, np.ndarray], metric: str, confidence: float) -> dict[str, Any]:
    """What the gate decides on, as guardScores of src/run/evaluation.ts.

    Args:
        rows: the ranking of each system on the guard's questions; with the incumbent's where one serves.
    """
    scores = {name: score(found, guard.test.relevance) for name, found in rows.items()}
    rivals = [name for name in ("incumbent", "base") if name in rows]
    against = max(rivals, key=lambda name: float(scores[name][metric].mean()))
    groups = guard.test.groups
    return {
        "name": guard.name,
        "questions": len(guard.test.questions),
        "groups": len(set(groups)),
        "passages": len(guard.test.passages),
        "against": against,
        "tolerance": guard.tolerance,
        "minGroups": guard.min_groups,
        "scores": {name: means_with_intervals(found, groups, confidence)[metric] for name, found in scores.items()},
        "comparison": compare(scores, groups, metric, confidence)[f"candidate-{against}"],
        "inTraining": guard.in_training,
    }


def may_lose(guard: dict[str, Any]) -> float:
    """The margin of a guard in the report, in points of the metric."""
    margin: float = guard["tolerance"] * guard["scores"][guard["against"]]["mean"]
    return margin


def verdict(guard: dict[str, Any]) -> str:
    """How a guard in the report comes out: held, lost, or inconclusive. The gate decides by the same rule."""
    comparison, margin = guard["comparison"], may_lose(guard)
    if comparison["high"] < -margin:
        return "lost"
    enough = guard["questions"] >= LEAST_QUESTIONS and guard["groups"] >= guard["minGroups"]
    return "held" if enough and comparison["low"] >= -margin else "inconclusive"


def warnings_of(guards: list[Guard]) -> list[str]:
    return [
        f"Guard {guard.name}: {guard.in_training} of its {len(guard.test.questions)} questions are training questions "
        "too, so it says less about questions that nobody trained on."
        for guard in guards
        if guard.in_training
    ]


def _trained_among(keys: set[str], train: Path) -> set[str]:
    """Which of the questions stand in the training pairs; those are streamed, whatever their number."""
    pairs = train / "pairs.jsonl"
    if not keys or not pairs.is_file():
        return set()
    return keys & {leak_key(pair["query"]) for pair in read_lines(pairs, "query")}


def _read_set(folder: Path, name: str) -> TestSet:
    """Questions without a judgement are left out: one queries file often serves several sets."""
    problems = Problems()
    passages = {
        own: Passage(own, title, text) for own, title, text in _passages(_file(folder, "corpus", name), problems)
    }
    queries = dict(_queries(_file(folder, "queries", name), problems))
    row_of = {own: row for row, own in enumerate(sorted(passages))}
    gains: dict[str, dict[int, float]] = {}
    qrels = _file(folder, "qrels", name)
    for judged in read_qrels(qrels, problems):
        if judged.query not in queries:
            problems.add(f"{qrels.name}:{judged.line}", f"its query-id {judged.query[:SHOWN]!r} is not in queries")
        elif judged.passage not in row_of:
            problems.add(f"{qrels.name}:{judged.line}", f"its corpus-id {judged.passage[:SHOWN]!r} is not in corpus")
        elif judged.score > 0:
            gains.setdefault(judged.query, {})[row_of[judged.passage]] = float(judged.score)
    problems.refuse(f"Guard {name}: fix these lines and submit again.")
    if not gains:
        raise UserError(f"Guard {name}: no question has a relevant passage. Name its judgements in gate.guards.qrels.")
    return TestSet(
        question_ids=list(gains),
        questions=[queries[own][0] for own in gains],
        groups=[queries[own][1] for own in gains],
        relevance=Relevance(list(gains.values())),
        passages=[passages[own] for own in sorted(passages)],
        origins=[PEOPLE] * len(gains),
    )


def _file(folder: Path, part: str, name: str) -> Path:
    found = sorted(folder.glob(f"{part}.*"))
    if not found:
        raise UserError(f"Guard {name}: guards/{name} holds no {part} file. The job needs it as an input.")
    return found[0]


def _passages(file: Path, problems: Problems) -> Iterator[tuple[str, str, str]]:
    """Id, title and text, cleaned as prepare cleans them."""
    columns = Columns("corpus", {})
    for where, value, own, text in _entries(file, columns, problems):
        title = clean_line(columns.text(value, "title", where, problems, optional=True) or "")
        body = clean(text)
        yield (own, title, body) if body else (own, "", title)


def _queries(file: Path, problems: Problems) -> Iterator[tuple[str, tuple[str, str]]]:
    """Id, then text and group; a question without a group is one of its own."""
    columns = Columns("queries", {})
    for where, value, own, text in _entries(file, columns, problems):
        group = columns.text(value, "group", where, problems, optional=True)
        yield own, (clean_line(text), group or own)


def _entries(file: Path, columns: Columns, problems: Problems) -> Iterator[tuple[str, dict[str, Any], str, str]]:
    seen = set()
    for where, value in read_rows(file, problems):
        own, text = columns.identifier(value, where, problems), columns.text(value, "text", where, problems)
        if own is None or text is None:
            continue
        if own in seen:
            problems.add(where, f'its "_id" {own} stands on an earlier line too')
        seen.add(own)
        yield where, value, own, text

"""The numbers of report.json: means and paired differences with their intervals, and what to be wary of."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..origins import EVIDENCE, counts_of
from ..smallest_gain import in_words
from .bootstrap import intervals
from .held_out import TestSet
from .metrics import METRICS, score
from .systems import Ranked

ENOUGH_QUESTIONS = 300
FEW_GROUPS = 20
TRUNCATED_SHARE = 0.1
TIE = 1e-9

Scores = dict[str, dict[str, np.ndarray]]
"""System → metric → one value for each question, shape (Q,)."""


def scores_of(systems: dict[str, Ranked], test: TestSet) -> Scores:
    return {name: score(ranked.rows, test.relevance) for name, ranked in systems.items()}


def summarise(
    scores: Scores, systems: dict[str, Ranked], test: TestSet, metric: str, confidence: float
) -> dict[str, Any]:
    """What the gate decides on, as evaluationSummary of src/run/evaluation.ts."""
    means = {name: means_with_intervals(values, test.groups, confidence) for name, values in scores.items()}
    comparisons = compare(scores, test.groups, metric, confidence)
    return {
        "questions": len(test.questions),
        "groups": len(set(test.groups)),
        "passages": len(test.passages),
        "metrics": means,
        "comparisons": comparisons,
        "warnings": warnings_of(scores, comparisons, systems, test, metric, confidence),
        **where_from(scores, test, metric, confidence),
    }


def where_from(scores: Scores, test: TestSet, metric: str, confidence: float) -> dict[str, Any]:
    """How many questions are of each origin; of mixed ones also the scores of each, and what those alone decide that
    each kind of `gate.evidence` admits."""
    origins = counts_of(test.origins)
    found: dict[str, Any] = {"origins": origins}
    if len(origins) < 2:
        return found
    found["byOrigin"] = {origin: _part(scores, test, (origin,), confidence) for origin in origins}
    if "candidate" not in scores:
        return found
    found["admitted"] = {}
    for evidence, admitted in EVIDENCE.items():
        asked = test.asked_by(admitted)
        if asked.any() and not asked.all():
            groups = _only(test.groups, asked)
            comparisons = compare(_of(scores, asked), groups, metric, confidence)
            found["admitted"][evidence] = {
                "questions": int(asked.sum()),
                "groups": len(set(groups)),
                "comparisons": comparisons,
            }
    return found


def _part(scores: Scores, test: TestSet, origins: tuple[str, ...], confidence: float) -> dict[str, Any]:
    asked = test.asked_by(origins)
    groups = _only(test.groups, asked)
    metrics = {name: means_with_intervals(values, groups, confidence) for name, values in _of(scores, asked).items()}
    return {"questions": int(asked.sum()), "metrics": metrics}


def _of(scores: Scores, asked: np.ndarray) -> Scores:
    return {name: {metric: each[asked] for metric, each in values.items()} for name, values in scores.items()}


def _only(groups: list[str], asked: np.ndarray) -> list[str]:
    return [group for group, one in zip(groups, asked, strict=True) if one]


def means_with_intervals(values: dict[str, np.ndarray], groups: list[str], confidence: float) -> dict[str, Any]:
    """Metric → {mean, low, high}."""
    found = intervals(np.stack([values[metric] for metric in METRICS], axis=1), groups, confidence, (0.0, 1.0))
    return {
        metric: {"mean": _round(interval.mean), "low": _round(interval.low), "high": _round(interval.high)}
        for metric, interval in zip(METRICS, found, strict=True)
    }


def compare(scores: Scores, groups: list[str], metric: str, confidence: float) -> dict[str, Any]:
    """The candidate against every other system on the same questions: candidate minus the other."""
    others = [name for name in ("base", "bm25", "incumbent") if name in scores]
    differences_QC = np.stack([scores["candidate"][metric] - scores[name][metric] for name in others], axis=1)
    found = intervals(differences_QC, groups, confidence, (-1.0, 1.0))
    return {
        f"candidate-{name}": {
            "metric": metric,
            "difference": _round(interval.mean),
            "low": _round(interval.low),
            "high": _round(interval.high),
            "confidence": confidence,
            "wins": int((difference > TIE).sum()),
            "ties": int((np.abs(difference) <= TIE).sum()),
            "losses": int((difference < -TIE).sum()),
        }
        for name, interval, difference in zip(others, found, differences_QC.T, strict=True)
    }


def by_dimension(systems: dict[str, Ranked], test: TestSet, confidence: float) -> dict[str, Any]:
    """System → vector size → metrics with intervals."""
    return {
        name: {
            str(size): means_with_intervals(score(rows, test.relevance), test.groups, confidence)
            for size, rows in ranked.by_dimension.items()
        }
        for name, ranked in systems.items()
        if ranked.by_dimension
    }


def ndcg_by_size(ranked: Ranked, test: TestSet) -> dict[int, np.ndarray]:
    """Vector size → nDCG@10 of each question, shape (questions,)."""
    return {size: score(rows, test.relevance)["ndcg@10"] for size, rows in ranked.by_dimension.items()}


def warnings_of(
    scores: Scores,
    comparisons: dict[str, Any],
    systems: dict[str, Ranked],
    test: TestSet,
    metric: str,
    confidence: float,
) -> list[str]:
    """Sentences for a person, the gravest first."""
    found = []
    means = {name: float(values[metric].mean()) for name, values in scores.items()}
    best = max(means, key=lambda name: means[name])
    if best == "bm25":
        found.append(
            f"BM25 wins: {metric} {means['bm25']:.3f} against {means['candidate']:.3f} of the tuned model. "
            "Plain word search serves these questions better than either model; consider it, or both together."
        )
    found += question_warnings(test, confidence)
    base = comparisons["candidate-base"]
    if base["low"] <= 0 <= base["high"]:
        found.append(f"Against the base model the interval of the {metric} gain holds zero: the gain may be chance.")
    elif base["high"] < 0:
        found.append(f"The tuned model is worse than the base model: {metric} {base['difference']:+.3f}.")
    return found + length_warnings(systems["candidate"], test)


def question_warnings(test: TestSet, confidence: float) -> list[str]:
    """What so few questions, or groups of them, cannot tell."""
    found = []
    questions, groups = len(test.questions), len(set(test.groups))
    if questions < ENOUGH_QUESTIONS:
        found.append(
            f"{questions} test questions of {groups} groups: {in_words(questions, groups, confidence)}; "
            f"{ENOUGH_QUESTIONS} questions or more show less."
        )
    if 1 < groups < FEW_GROUPS:
        found.append(f"The test questions come from only {groups} groups: the intervals allow for it, and are wide.")
    return found


def length_warnings(model: Ranked, test: TestSet) -> list[str]:
    cut = model.truncated
    if cut <= TRUNCATED_SHARE * len(test.passages):
        return []
    return [
        f"{cut:,} of {len(test.passages):,} passages ({cut / len(test.passages):.0%}) are longer than the "
        f"{model.max_seq_length} tokens that the models read of them; the rest is not searchable. "
        "Raise train.maxSeqLength or cut the passages smaller."
    ]


def _round(value: float) -> float:
    return round(value, 6)

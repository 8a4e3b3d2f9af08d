"""What the recipes' models find on the same test questions, and whether one finds more. Q questions, S seeds."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from attune_jobs.evaluation.bootstrap import intervals
from attune_jobs.evaluation.held_out import TestSet, read_test_set
from attune_jobs.evaluation.metrics import score
from attune_jobs.evaluation.systems import rank_dense

METRICS = ("ndcg@10", "recall@10")
CONFIDENCE = 0.95

Found = dict[str, np.ndarray]
"""Metric → one value for each question, shape (Q,)."""


@dataclass(frozen=True, slots=True)
class Trained:
    """One recipe at one seed."""

    model: Path
    seconds: float
    """By the clock, from the start of the process to its end."""

    cpu_seconds: float
    """Of the processor: a busy machine does not lengthen them."""


def found_by(model: Path, test: TestSet, max_seq_length: int) -> Found:
    with contextlib.redirect_stdout(sys.stderr):
        ranked = rank_dense(model.parent.name, model, test, {}, [], max_seq_length)
    scores = score(ranked.rows, test.relevance)
    return {metric: scores[metric] for metric in METRICS}


def compare(
    data: Path, base: Path, max_seq_length: int, common: list[Trained], attune: list[Trained]
) -> dict[str, Any]:
    """The figures of one set.

    Args:
        data: the prepared data.
        common, attune: of the same seeds, in the same order.
    """
    test = read_test_set(data / "test", data / "corpus")
    found = {
        name: [found_by(one.model, test, max_seq_length) for one in recipe]
        for name, recipe in (("common", common), ("attune", attune))
    }
    at_first = found_by(base, test, max_seq_length)
    return {
        "questions": len(test.questions),
        "passages": len(test.passages),
        "groups": len(set(test.groups)),
        "base": {metric: _rounded(values.mean()) for metric, values in at_first.items()},
        "common": _figures(found["common"], common),
        "attune": _figures(found["attune"], attune),
        "attune-common": {metric: paired(found, metric, test.groups) for metric in METRICS},
        "timesTheCommonTime": round(_cpu(attune) / _cpu(common), 2),
    }


def paired(found: dict[str, list[Found]], metric: str, groups: list[str]) -> dict[str, float]:
    """What attune's recipe finds more: of each question the mean over the seeds, resampled by groups of questions."""
    common_Q, attune_Q = (np.mean([one[metric] for one in found[name]], axis=0) for name in ("common", "attune"))
    (interval,) = intervals((attune_Q - common_Q)[:, None], groups, CONFIDENCE, (-1.0, 1.0))
    return {"difference": _rounded(interval.mean), "low": _rounded(interval.low), "high": _rounded(interval.high)}


def _figures(found: list[Found], trained: list[Trained]) -> dict[str, Any]:
    means = {metric: [_rounded(one[metric].mean()) for one in found] for metric in METRICS}
    return {
        **{metric: _rounded(float(np.mean(values))) for metric, values in means.items()},
        "seeds": means,
        "seconds": round(float(np.mean([one.seconds for one in trained])), 1),
        "cpuSeconds": round(_cpu(trained), 1),
    }


def _cpu(trained: list[Trained]) -> float:
    return float(np.mean([one.cpu_seconds for one in trained]))


def _rounded(value: float) -> float:
    return round(float(value), 4)

"""The engine that will serve the candidate, chosen by what it loses against float32 on the same questions."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..serving.endpoint.int8 import FILE
from .held_out import TestSet
from .metrics import score
from .systems import Ranked

SERVES = "ATTUNE_SERVES"
"""Variable of the job: auto or int8 where the endpoint can run int8; absent, float32 serves. By src/spec/engine.ts."""

MOST_LOSS = 0.01
"""Share of float32's metric that `auto` gives for int8's speed."""


@dataclass(frozen=True)
class Served:
    """The candidate as it will serve: its scores are the ones that the gate decides on."""

    candidate: Ranked
    engine: str = "float32"
    record: dict[str, Any] = field(default_factory=dict)
    """`served` of the report's summary; empty where nothing but float32 was asked for."""


def choose(float32: Ranked, rank_int8: Callable[[], Ranked], package: Path, test: TestSet, metric: str) -> Served:
    """Args: `rank_int8` ranks all questions by the package's int8 file; it is called where int8 may serve."""
    asked = os.environ.get(SERVES)
    if asked is None:
        return Served(float32)
    if not (package / FILE).is_file():
        why = f"float32 serves: the package has no {FILE}; the training job's log says why"
        return Served(float32, record={"engine": "float32", "why": why})
    int8 = rank_int8()
    means = {name: _mean(ranked, test, metric) for name, ranked in (("float32", float32), ("int8", int8))}
    loss = round((means["float32"] - means["int8"]) / max(means["float32"], 1e-9), 6)
    figures = f"{metric} {means['int8']:.4f} in int8, {means['float32']:.4f} in float32 ({-loss:+.2%})"
    takes = asked == "int8" or loss <= MOST_LOSS
    engine = "int8" if takes else "float32"
    why = f"{figures}: int8 serves" if takes else f"{figures}: it loses more than {MOST_LOSS:.0%}, so float32 serves"
    record = {"engine": engine, "why": why, **{name: round(mean, 6) for name, mean in means.items()}}
    return Served(int8 if takes else float32, engine, record)


def _mean(ranked: Ranked, test: TestSet, metric: str) -> float:
    return float(score(ranked.rows, test.relevance)[metric].mean())

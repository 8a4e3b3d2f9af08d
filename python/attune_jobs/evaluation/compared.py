"""A base without a candidate: how it does as it is, beside BM25, the model in service and the bases before it."""

from __future__ import annotations

import json
import math
import struct
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..base_fitness import positions_of
from ..base_model import resolve_base_model
from ..prompts import prompts_of
from . import bootstrap, summary
from .compared_page import render_bases
from .held_out import TestSet
from .systems import Lexical, Ranked, rank_bm25, rank_dense

COMPARED_BASE = "ATTUNE_COMPARED_BASE"
"""Variable of a job that evaluates one of the spec's `bases`: its index."""


NO_WEIGHTS = ("BOOL", "I32", "I64")
"""Types of a safetensors file that hold positions and masks."""


def evaluate_base(
    spec: dict[str, Any], index: int, inputs: Path, output: Path, test: TestSet, incumbent: Path | None
) -> None:
    """Write report.json and report.html, on whose page are the bases of `inputs/earlier` too."""
    base = spec["bases"][index]
    channel = inputs / "base"
    folder = resolve_base_model(base, channel if channel.is_dir() else None)
    lexical = rank_bm25(test)
    length = readable_tokens(folder, spec["train"]["maxSeqLength"])
    ranked = rank_dense("base", folder, test, {}, [], length, prompts=prompts_of(base, folder, None))
    systems = {**lexical.ranked, "base": ranked}
    if incumbent is not None:
        systems["incumbent"] = rank_dense("incumbent", incumbent, test, {}, [], None)
    report = _report(spec, base, test, systems, lexical, parameters_of(folder))
    output.mkdir(parents=True, exist_ok=True)
    page = render_bases([*_earlier(inputs / "earlier", index), report])
    (output / "report.html").write_text(page, encoding="utf-8")
    (output / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
    metric = spec["gate"]["metric"]
    for name, metrics in report["summary"]["metrics"].items():
        print(f"{base if name == 'base' else name}: {metric} {metrics[metric]['mean']:.3f}", flush=True)


def _report(
    spec: dict[str, Any],
    base: str,
    test: TestSet,
    systems: dict[str, Ranked],
    lexical: Lexical,
    parameters: int | None,
) -> dict[str, Any]:
    metric, confidence = spec["gate"]["metric"], spec["gate"]["confidence"]
    scores = summary.scores_of(systems, test)
    return {
        "version": 1,
        "summary": {
            "questions": len(test.questions),
            "groups": len(set(test.groups)),
            "passages": len(test.passages),
            "metrics": {
                name: summary.means_with_intervals(values, test.groups, confidence) for name, values in scores.items()
            },
            "comparisons": {},
            **summary.where_from(scores, test, metric, confidence),
            "guards": [],
            "warnings": [
                *lexical.warnings,
                *summary.question_warnings(test, confidence),
                *summary.length_warnings(systems["base"], test),
            ],
        },
        "won": [],
        "lost": [],
        "settings": {
            "name": spec["name"],
            "base": base,
            "metric": metric,
            "confidence": confidence,
            "resamples": bootstrap.RESAMPLES,
            "seed": bootstrap.SEED,
            "groups": len(set(test.groups)),
            "bm25": lexical.settings,
            "size": {
                "dimensions": max(systems["base"].by_dimension),
                "parameters": parameters,
                "maxSeqLength": systems["base"].max_seq_length,
            },
            "versions": {name: version(name) for name in ("torch", "transformers", "tokenizers", "numpy", "bm25s")},
            "seconds": {name: round(ranked.seconds, 1) for name, ranked in systems.items()},
        },
    }


def _earlier(folder: Path, index: int) -> list[dict[str, Any]]:
    """The reports on other bases, in the order of the spec. One of this base is of an earlier try."""
    files = sorted(folder.glob("*/report.json"), key=lambda file: int(file.parent.name))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files if file.parent.name != str(index)]


def readable_tokens(model: Path, wanted: int) -> int:
    """`wanted`, or fewer where the model has not as many positions."""
    return min(wanted, positions_of(model) or wanted)


def parameters_of(model: Path) -> int | None:
    """Weights of a model's folder, by the headers of its safetensors files; None where it has none.

    Format: eight bytes of length, then JSON of name → shape (https://huggingface.co/docs/safetensors).
    """
    files = sorted(model.rglob("*.safetensors"))
    return sum(map(_weights_in, files)) if files else None


def _weights_in(file: Path) -> int:
    with file.open("rb") as opened:
        (length,) = struct.unpack("<Q", opened.read(8))
        header = json.loads(opened.read(length))
    header.pop("__metadata__", None)
    return sum(math.prod(entry["shape"]) for entry in header.values() if entry["dtype"] not in NO_WEIGHTS)

"""Evaluate: BM25, base, incumbent and candidate on the same held-out questions over the whole corpus."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from ..base_model import resolve_base_model
from ..errors import UserError
from ..gpus import require_promised_gpu
from ..json_line import dump_line
from ..serving.inference import read_manifest
from ..serving.package import check_package, unpack
from ..spec import read_spec
from . import bootstrap, examples, guards, summary
from .compared import COMPARED_BASE, evaluate_base
from .guards import Guard, read_guards
from .held_out import TestSet, read_set_aside, read_test_set
from .html_report import render
from .probes import make_probes
from .systems import Lexical, Ranked, rank_bm25, rank_dense
from .trials import read_trials

MOST_STORED_PASSAGES = 50_000
"""A larger corpus's vectors are not stored."""


def main(arguments: argparse.Namespace) -> None:
    """Read `--spec` and `--input`, write the folder `evaluation` under `--output`."""
    started = time.perf_counter()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    spec = read_spec(arguments.spec)
    with tempfile.TemporaryDirectory(prefix="attune-evaluate-") as scratch:
        # 1. The questions nobody has trained on, and all passages
        test = read_test_set(arguments.input / "test", arguments.input / "corpus")
        print(f"{len(test.questions):,} questions, {len(test.passages):,} passages", flush=True)
        watched = read_guards(spec, arguments.input)
        # 2. The packages, refused before anything is computed
        candidate = _package(arguments.input / "candidate", Path(scratch) / "candidate")
        incumbent = _package(arguments.input / "incumbent", Path(scratch) / "incumbent")
        compared = os.environ.get(COMPARED_BASE)
        if compared is not None:
            require_promised_gpu()
            folder = arguments.output / "evaluation"
            evaluate_base(spec, int(compared), arguments.input, folder, test, incumbent)
            return
        if candidate is None:
            raise UserError(
                "candidate/model.tar.gz is missing: expected the training job's model as the input 'candidate'."
            )
        require_promised_gpu()
        # 3. Every system's ranking of the whole corpus
        lexical = rank_bm25(test)
        systems = {**lexical.ranked, **_rank_dense(spec, arguments.input, test, watched, candidate, incumbent)}
        # 4. Numbers with intervals, and what stands behind them
        report, questions = _report(spec, test, watched, systems, lexical, candidate)
        # 5. What the live endpoint must answer, asked of the package's own handler
        probes = make_probes(candidate, test)
    report["setAside"] = read_set_aside(arguments.input / "test")
    report["search"] = read_trials(arguments.input / "trials")
    report["notices"] = _notices(os.environ)
    report["settings"]["seconds"]["total"] = round(time.perf_counter() - started, 1)
    _write(arguments.output / "evaluation", report, questions, probes, test, systems)
    for line in _conclusion(report["summary"]):
        print(line, flush=True)


def _notices(variables: Mapping[str, str]) -> list[str]:
    """What happened to the run before, in its own words: another instance type, a second attempt."""
    return [variables[name] for name in sorted(variables) if name.startswith("ATTUNE_NOTICE_")]


def _package(channel: Path, folder: Path) -> Path | None:
    """The unpacked and checked model of an input, or None when there is no such input."""
    archives = sorted(channel.glob("*.tar.gz")) if channel.is_dir() else []
    if not archives:
        return None
    check_package(unpack(archives[0], folder))
    return folder


def _rank_dense(
    spec: dict[str, Any],
    inputs: Path,
    test: TestSet,
    watched: list[Guard],
    candidate: Path,
    incumbent: Path | None,
) -> dict[str, Ranked]:
    sets = {guard.name: guard.test for guard in watched}
    dimensions = read_manifest(candidate).get("dimensions") or []
    # The base is read at the candidate's length: what it would gain from reading more is not what training changed.
    length = read_manifest(candidate).get("maxSeqLength") or spec["train"]["maxSeqLength"]
    channel = inputs / "base"
    base = resolve_base_model(spec["base"], channel if channel.is_dir() else None)
    systems = {"base": rank_dense("base", base, test, sets, dimensions, length)}
    if incumbent is not None:
        systems["incumbent"] = rank_dense("incumbent", incumbent, test, sets, dimensions, None)
    systems["candidate"] = rank_dense("candidate", candidate, test, sets, dimensions, None)
    return systems


def _report(
    spec: dict[str, Any],
    test: TestSet,
    watched: list[Guard],
    systems: dict[str, Ranked],
    lexical: Lexical,
    candidate: Path,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """report.json, and one line for each question."""
    metric, confidence = spec["gate"]["metric"], spec["gate"]["confidence"]
    scores = summary.scores_of(systems, test)
    base, tuned = systems["base"].rows, systems["candidate"].rows
    won, lost = examples.won_and_lost(base, tuned, test, scores["candidate"][metric] - scores["base"][metric])
    report = {
        "version": 1,
        "summary": _summary(scores, systems, test, watched, lexical, metric, confidence),
        "comparisons": {name: summary.compare(scores, test.groups, name, confidence) for name in summary.METRICS},
        "byDimension": summary.by_dimension(systems, test, confidence),
        "won": won,
        "lost": lost,
        "rankChanges": examples.rank_changes(base, tuned, test),
        "settings": {
            "name": spec["name"],
            "base": spec["base"],
            "model": spec.get("model"),
            "metric": metric,
            "confidence": confidence,
            "resamples": bootstrap.RESAMPLES,
            "seed": bootstrap.SEED,
            "groups": len(set(test.groups)),
            "maxSeqLength": {name: ranked.max_seq_length for name, ranked in systems.items() if ranked.max_seq_length},
            "bm25": lexical.settings,
            "ownPassages": sum(map(bool, test.own)),
            "manifest": read_manifest(candidate),
            "versions": {name: version(name) for name in ("torch", "transformers", "tokenizers", "numpy", "bm25s")},
            "seconds": {name: round(ranked.seconds, 1) for name, ranked in systems.items()},
        },
    }
    ranks = {name: examples.ranks_of(ranked.rows, test) for name, ranked in systems.items()}
    questions = [
        {
            "queryId": test.question_ids[row],
            "group": test.groups[row],
            "ranks": {name: found[row] for name, found in ranks.items()},
            "scores": {
                name: {key: round(float(values[row]), 6) for key, values in found.items()}
                for name, found in scores.items()
            },
        }
        for row in range(len(test.questions))
    ]
    return report, questions


def _summary(
    scores: summary.Scores,
    systems: dict[str, Ranked],
    test: TestSet,
    watched: list[Guard],
    lexical: Lexical,
    metric: str,
    confidence: float,
) -> dict[str, Any]:
    found = summary.summarise(scores, systems, test, metric, confidence)
    ranked = {name: system.guards for name, system in systems.items() if name != "bm25"}
    return found | {
        "guards": [
            guards.summarise(guard, {name: rows[guard.name] for name, rows in ranked.items()}, metric, confidence)
            for guard in watched
        ],
        "warnings": [*lexical.warnings, *found["warnings"], *guards.warnings_of(watched)],
    }


def _write(
    folder: Path,
    report: dict[str, Any],
    questions: list[dict[str, Any]],
    probes: dict[str, Any],
    test: TestSet,
    systems: dict[str, Ranked],
) -> None:
    """report.json comes last: who finds it finds all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "probes.json").write_text(json.dumps(probes, ensure_ascii=False), encoding="utf-8")
    (folder / "questions.jsonl").write_text("".join(map(dump_line, questions)), encoding="utf-8")
    if len(test.passages) <= MOST_STORED_PASSAGES:
        ids = [passage.id for passage in test.passages]
        (folder / "corpus_ids.json").write_text(json.dumps(ids, ensure_ascii=False), encoding="utf-8")
        for name in ("base", "candidate"):
            vectors = systems[name].vectors
            assert vectors is not None
            np.save(folder / f"corpus_{name}.npy", vectors.astype(np.float16), allow_pickle=False)
    (folder / "report.html").write_text(render(report), encoding="utf-8")
    (folder / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")


def _conclusion(found: dict[str, Any]) -> list[str]:
    comparison = found["comparisons"]["candidate-base"]
    metric = comparison["metric"]
    means = ", ".join(f"{name} {metrics[metric]['mean']:.3f}" for name, metrics in found["metrics"].items())
    gain = (
        f"candidate - base: {comparison['difference']:+.3f}, {comparison['confidence']:.0%} interval "
        f"{comparison['low']:+.3f} to {comparison['high']:+.3f}; "
        f"{comparison['wins']} won, {comparison['ties']} tied, {comparison['losses']} lost"
    )
    watched = [f"guard {guard['name']}: {guards.verdict(guard)}" for guard in found["guards"]]
    return [f"{metric}: {means}", gain, *watched, *(f"Note: {warning}" for warning in found["warnings"])]

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
from ..prompts import prompts_of
from ..serving.endpoint.files import read_manifest
from ..serving.package import check_package, unpack
from ..spec import read_spec
from . import bootstrap, examples, guards, served, summary
from .compared import COMPARED_BASE, evaluate_base
from .guards import Guard, read_guards
from .head import against
from .held_out import TestSet, read_set_aside, read_test_set
from .html_report import render
from .probes import make_probes
from .question_details import question_details
from .question_print import question_print
from .systems import Lexical, Ranked, rank_bm25, rank_dense
from .trials import read_trials


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
        as_served = _as_served(spec, test, watched, candidate, systems["candidate"])
        systems["candidate"] = as_served.candidate
        # 4. Numbers with intervals, and what stands behind them
        report, questions, details = _report(spec, test, watched, systems, lexical, candidate)
        # 5. What the live endpoint must answer, asked of the package's own handler
        probes = make_probes(candidate, test, as_served.engine)
    if as_served.record:
        report["summary"]["served"] = as_served.record
    report["setAside"] = read_set_aside(arguments.input / "test")
    report["search"] = read_trials(arguments.input / "trials")
    report["notices"] = _notices(os.environ)
    report["settings"]["seconds"]["total"] = round(time.perf_counter() - started, 1)
    _write(arguments.output / "evaluation", report, questions, details, probes, test, systems)
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
    prompts = prompts_of(spec["base"], base, spec["train"].get("prompts"))
    systems = {"base": rank_dense("base", base, test, sets, dimensions, length, prompts=prompts)}
    if incumbent is not None:
        systems["incumbent"] = rank_dense("incumbent", incumbent, test, sets, dimensions, None)
    systems["candidate"] = rank_dense("candidate", candidate, test, sets, dimensions, None)
    return systems


def _as_served(
    spec: dict[str, Any], test: TestSet, watched: list[Guard], candidate: Path, float32: Ranked
) -> served.Served:
    sets = {guard.name: guard.test for guard in watched}
    dimensions = read_manifest(candidate).get("dimensions") or []

    def rank_int8() -> Ranked:
        return rank_dense("candidate in int8", candidate, test, sets, dimensions, None, "int8")

    return served.choose(float32, rank_int8, candidate, test, spec["gate"]["metric"])


def _report(
    spec: dict[str, Any],
    test: TestSet,
    watched: list[Guard],
    systems: dict[str, Ranked],
    lexical: Lexical,
    candidate: Path,
) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
    """report.json, one line for each question, and what the page shows of single ones."""
    metric, confidence = spec["gate"]["metric"], spec["gate"]["confidence"]
    scores = summary.scores_of(systems, test)
    base, tuned = systems["base"].rows, systems["candidate"].rows
    won, lost = examples.won_and_lost(base, tuned, test, scores["candidate"][metric] - scores["base"][metric])
    report: dict[str, Any] = {
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
            "test": question_print(test.questions),
            "maxSeqLength": {name: ranked.max_seq_length for name, ranked in systems.items() if ranked.max_seq_length},
            "bm25": lexical.settings,
            "ownPassages": sum(map(bool, test.own)),
            "manifest": read_manifest(candidate),
            "versions": {name: version(name) for name in ("torch", "transformers", "tokenizers", "numpy", "bm25s")},
            "seconds": {name: round(ranked.seconds, 1) for name, ranked in systems.items()},
        },
    }
    ranks = {name: examples.ranks_of(ranked.rows, test) for name, ranked in systems.items()}
    by_size = summary.ndcg_by_size(systems["candidate"], test)
    questions = [
        {
            "queryId": test.question_ids[row],
            "group": test.groups[row],
            # What it takes to ask again, of an index: the question, its answers, and what is left out of its ranking.
            "query": test.questions[row],
            "gains": {test.passages[answer].id: gain for answer, gain in test.relevance.gains[row].items()},
            "own": [test.passages[own].id for own in test.own[row]],
            "ndcgBySize": {str(size): round(float(values[row]), 6) for size, values in by_size.items()},
            "ranks": {name: found[row] for name, found in ranks.items()},
            "scores": {
                name: {key: round(float(values[row]), 6) for key, values in found.items()}
                for name, found in scores.items()
            },
        }
        for row in range(len(test.questions))
    ]
    rival = scores[against(report["summary"]).removeprefix("candidate-")]
    gain_Q = scores["candidate"][metric] - rival[metric]
    return report, questions, question_details(systems, test, gain_Q, lexical.analyzer)


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
    details: dict[str, Any],
    probes: dict[str, Any],
    test: TestSet,
    systems: dict[str, Ranked],
) -> None:
    """report.json comes last: who finds it finds all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "probes.json").write_text(json.dumps(probes, ensure_ascii=False), encoding="utf-8")
    (folder / "questions.jsonl").write_text("".join(map(dump_line, questions)), encoding="utf-8")
    stored = {name: systems[name].vectors for name in ("base", "candidate")}
    for name, vectors in stored.items():
        if vectors is not None:
            ids = [passage.id for passage in test.passages]
            (folder / "corpus_ids.json").write_text(json.dumps(ids, ensure_ascii=False), encoding="utf-8")
            np.save(folder / f"corpus_{name}.npy", vectors.astype(np.float16), allow_pickle=False)
    (folder / "report.html").write_text(render(report, details), encoding="utf-8")
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
    as_served = [found["served"]["why"]] if "served" in found else []
    watched = [f"guard {guard['name']}: {guards.verdict(guard)}" for guard in found["guards"]]
    return [f"{metric}: {means}", gain, *as_served, *watched, *(f"Note: {warning}" for warning in found["warnings"])]

"""Bases that are compared as they are, without a candidate."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from shapes import hold
from test_evaluate import PASSAGES, QUESTIONS, write_inputs
from tiny_package import write_package

from attune_jobs.errors import UserError
from attune_jobs.evaluation.compared import COMPARED_BASE, parameters_of, readable_tokens
from attune_jobs.evaluation.main import main

BASES = ["s3://bucket/base/", "s3://bucket/<other>/"]


def compare(inputs: Path, output: Path, index: int) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(COMPARED_BASE, str(index))
        main(argparse.Namespace(spec=inputs / "spec" / "spec.json", input=inputs, output=output))
    report: dict[str, Any] = json.loads((output / "evaluation" / "report.json").read_text())
    hold("evaluation-report", report)
    return report


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], str, Path]:
    """The second of two bases, after the first, and the page of both."""
    root = tmp_path_factory.mktemp("compared")
    inputs = write_inputs(root / "input", incumbent=True)
    shutil.rmtree(inputs / "candidate")
    spec = json.loads((inputs / "spec" / "spec.json").read_text()) | {"bases": BASES}
    (inputs / "spec" / "spec.json").write_text(json.dumps(spec))
    first = compare(inputs, root / "first", 0)

    for folder in ("base", "incumbent"):
        shutil.rmtree(inputs / folder)
    write_package(inputs / "base", seed=4)
    shutil.copytree(root / "first" / "evaluation", inputs / "earlier" / "0")
    second = compare(inputs, root / "second", 1)
    page = (root / "second" / "evaluation" / "report.html").read_text(encoding="utf-8")
    return [first, second], page, inputs


def test_a_base_is_measured_without_a_candidate_and_its_size_told(
    compared: tuple[list[dict[str, Any]], str, Path],
) -> None:
    (first, second), _, inputs = compared
    assert set(first["summary"]["metrics"]) == {"bm25", "base", "incumbent"}
    assert set(second["summary"]["metrics"]) == {"bm25", "base"}
    assert (first["summary"]["questions"], first["summary"]["passages"]) == (QUESTIONS, PASSAGES)
    assert first["summary"]["metrics"]["base"] != second["summary"]["metrics"]["base"]
    assert first["summary"]["metrics"]["bm25"] == second["summary"]["metrics"]["bm25"]
    size = second["settings"]["size"]
    assert (size["dimensions"], size["parameters"]) == (32, parameters_of(inputs / "base"))
    assert size["parameters"] > 0


def test_the_page_has_all_bases_so_far_and_the_best_first(compared: tuple[list[dict[str, Any]], str, Path]) -> None:
    reports, page, _ = compared
    assert page.count('<tr><th scope="row">') == 4
    means = {report["settings"]["base"]: report["summary"]["metrics"]["base"]["ndcg@10"]["mean"] for report in reports}
    assert max(means, key=lambda name: means[name]).replace("<", "&lt;").replace(">", "&gt;") in page.split("<h1>")[1]
    assert "<other>" not in page
    assert "In service" in page
    assert "BM25" in page


@pytest.mark.parametrize(("kind", "most"), [("bert", 64), ("xlm-roberta", 63)])
def test_a_base_reads_no_more_than_it_has_positions_for(kind: str, most: int, tmp_path: Path) -> None:
    model = write_package(tmp_path / "model", kind=kind)
    assert readable_tokens(model, 512) == most
    assert readable_tokens(model, 32) == 32
    assert readable_tokens(tmp_path, 512) == 512


def test_a_model_without_safetensors_has_no_known_size(tmp_path: Path) -> None:
    assert parameters_of(tmp_path) is None


def test_without_the_variable_a_candidate_is_asked_for(
    compared: tuple[list[dict[str, Any]], str, Path], tmp_path: Path
) -> None:
    inputs = compared[2]
    with pytest.raises(UserError, match="candidate"):
        main(argparse.Namespace(spec=inputs / "spec" / "spec.json", input=inputs, output=tmp_path))

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import pytest
from conftest import synthetic_pairs
from prepare_runs import Prepared, prepare_pairs
from shapes import hold
from tiny_package import pack, write_static_model
from train_runs import Ended, run_train

from attune_jobs.evaluation.main import main as evaluate
from attune_jobs.serving.package import check_package


@pytest.fixture(scope="module")
def static_base(tmp_path_factory: pytest.TempPathFactory, tiny_bert: Path) -> Path:
    return write_static_model(tmp_path_factory.mktemp("static") / "model", tiny_bert / "tokenizer.json", size=32)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, static_base: Path) -> Prepared:
    return prepare_pairs(tmp_path_factory.mktemp("prepare"), synthetic_pairs(300), base=static_base)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, static_base: Path, prepared: Prepared) -> Ended:
    recipe = {"epochs": 1, "batch_size": 10, "max_pairs": 20, "learning_rate": 0.01}
    return run_train(tmp_path_factory.mktemp("job"), prepared.folder, base_model=static_base, **recipe)


def test_twenty_pairs_train_a_static_model_that_is_packaged_with_what_it_needs(trained: Ended) -> None:
    assert trained.code == 0, trained.failure
    assert trained.manifest()["maxSeqLength"] is None
    check_package(trained.model)
    assert "sentence-transformers==" in (trained.model / "code" / "requirements.txt").read_text()


def test_a_static_model_is_evaluated_against_its_base(
    tmp_path: Path, static_base: Path, prepared: Prepared, trained: Ended
) -> None:
    inputs = tmp_path / "input"
    for name in ("test", "corpus"):
        shutil.copytree(prepared.folder / name, inputs / name)
    pack(trained.model, inputs / "candidate" / "model.tar.gz")
    spec = {"name": "static", "base": str(static_base), "train": {"maxSeqLength": 128}}
    spec["gate"] = {"metric": "ndcg@10", "confidence": 0.95, "minGroups": 10, "guards": []}
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    evaluate(argparse.Namespace(spec=tmp_path / "spec.json", input=inputs, output=tmp_path))
    report = json.loads((tmp_path / "evaluation" / "report.json").read_text())
    hold("evaluation-report", report)
    assert set(report["summary"]["metrics"]) == {"bm25", "base", "candidate"}
    assert report["settings"]["maxSeqLength"] == {}
    probes = json.loads((tmp_path / "evaluation" / "probes.json").read_text())
    hold("probes", probes)
    assert probes["maxSeqLength"] == 0 and len(probes["probes"][0]["vector"]) == 32

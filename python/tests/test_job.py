from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import synthetic_pairs
from prepare_runs import tokenizer_folder, write_jsonl

import job
from job import failure_file

PYTHON_FOLDER = Path(__file__).parents[1]


def run_job(root: Path, *before: str) -> subprocess.CompletedProcess[str]:
    spec = {
        "data": {"pairs": "s3://b/pairs", "split": {"dev": 0.1, "test": 0.1, "seed": 0}},
        "base": str(tokenizer_folder(root / "base")),
        "train": {"maxSeqLength": 128},
    }
    (root / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    processing = root / "processing"
    arguments = [
        "prepare",
        "--spec",
        root / "spec.json",
        "--input",
        processing / "input",
        "--output",
        processing / "output",
    ]
    command = [sys.executable, *before, str(PYTHON_FOLDER / "job.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_prepare_ends_with_0_and_never_imports_torch(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "processing" / "input" / "pairs" / "pairs.jsonl", synthetic_pairs(300))
    ended = run_job(tmp_path, "-X", "importtime")
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "processing" / "output" / "data" / "report.json").is_file()
    assert not any(line.split("|")[-1].strip() == "torch" for line in ended.stderr.splitlines())


def test_a_refusal_ends_with_2_and_its_sentence_where_sagemaker_reads_it(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "processing" / "input" / "pairs" / "pairs.jsonl", [{"question": "no query"}])
    ended = run_job(tmp_path)
    assert ended.returncode == 2
    message = (tmp_path / "output" / "message").read_text()
    assert message.startswith("2 errors in the input.")
    assert "Traceback" not in ended.stderr
    assert len(message) <= 1024


def test_the_message_lies_beside_the_processing_folder(tmp_path: Path) -> None:
    assert failure_file(tmp_path / "ml" / "processing" / "output") == tmp_path / "ml" / "output" / "message"


def test_each_stage_has_the_code_that_does_its_work() -> None:
    for module in job.STAGES.values():
        assert importlib.util.find_spec(module) is not None, module


def test_a_stage_that_is_not_known_is_refused_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        job.parse(["rank", "--spec", "s", "--input", "i", "--output", "o"])
    assert ended.value.code == 2
    assert "'rank' (choose from" in capsys.readouterr().err


def test_no_stage_does_the_work_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attune_jobs.evaluation.main.main", lambda _: pytest.fail("evaluated"))
    with pytest.raises(KeyError, match="rank"):
        job.main(argparse.Namespace(stage="rank"))

"""Training runs as the training toolkit starts them: folders by SM_* variables, the recipe by arguments."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conftest import synthetic_pairs
from shapes import hold

from attune_jobs.environment import TrainingEnvironment
from attune_jobs.run_job import run_job
from attune_jobs.training.config import parse_config
from attune_jobs.training.main import train
from train import failure_file

RECIPE: dict[str, Any] = {
    "epochs": 2,
    "learning_rate": 1e-3,
    "batch_size": 16,
    "max_seq_length": 32,
    "dimensions": "[32, 16]",
    "evaluations_per_epoch": 2,
}
"""Twelve steps over the channels of `make_channels`."""

PYTHON_FOLDER = Path(__file__).parents[1]
METRIC = re.compile(r"attune-metric step=(\d+) epoch=([\d.]+)(?: progress=[\d.]+)? (\w+)=([-+0-9.eE]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Ended:
    code: int
    output: str
    model: Path
    failure: str

    def metrics(self, name: str) -> list[tuple[int, float]]:
        return [(int(step), float(value)) for step, _, found, value in METRIC.findall(self.output) if found == name]

    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads((self.model / "attune.json").read_text(encoding="utf-8"))
        hold("model-manifest", manifest)
        return manifest


def make_channels(folder: Path, pairs: int = 96, dev: int = 16) -> Path:
    """`train/` and `dev/` as prepare writes them."""
    rows = synthetic_pairs(pairs + dev)
    for split in ("train", "dev"):
        (folder / split).mkdir(parents=True)
    with (folder / "train" / "pairs.jsonl").open("w", encoding="utf-8") as file:
        for number, row in enumerate(rows[:pairs]):
            file.write(json.dumps({"query_id": f"q{number}", "document_id": f"d{number}", **row}) + "\n")
    held_out = list(enumerate(rows))[pairs:]
    with (folder / "dev" / "queries.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(
            json.dumps({"_id": f"q{at}", "text": row["query"], "group": "g"}) + "\n" for at, row in held_out
        )
    with (folder / "dev" / "qrels.tsv").open("w", encoding="utf-8") as file:
        file.write("query-id\tcorpus-id\tscore\n")
        file.writelines(f"q{at}\td{at}\t1\n" for at, _ in held_out)
    with (folder / "dev" / "corpus.jsonl").open("w", encoding="utf-8") as file:
        for at, row in enumerate(rows):
            file.write(json.dumps({"_id": f"d{at}", "title": "", "text": row["document"]}) + "\n")
    return folder


def start_train(job: Path, channels: Path, **recipe: Any) -> subprocess.Popen[str]:
    """train.py as a process of its own."""
    return subprocess.Popen(
        [sys.executable, str(PYTHON_FOLDER / "train.py"), *arguments_of(recipe)],
        env={**os.environ, **variables_for(job, channels), "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        stdout=subprocess.PIPE,
        text=True,
    )


def run_train(job: Path, channels: Path, **recipe: Any) -> Ended:
    """The same in this process, which has the libraries imported already."""
    variables = variables_for(job, channels)

    def main() -> None:
        train(parse_config(arguments_of(recipe)), TrainingEnvironment.read(variables))

    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        code = run_job(main, failure_file(variables))
    failure = job / "output" / "failure"
    print(output.getvalue())
    return Ended(code, output.getvalue(), job / "model", failure.read_text() if failure.is_file() else "")


def variables_for(job: Path, channels: Path) -> dict[str, str]:
    for folder in ("model", "output"):
        (job / folder).mkdir(parents=True, exist_ok=True)
    variables = {
        "SM_MODEL_DIR": str(job / "model"),
        "SM_OUTPUT_DIR": str(job / "output"),
        "SM_CHANNEL_TRAIN": str(channels / "train"),
        "SM_CHANNEL_DEV": str(channels / "dev"),
    }
    optional = {name: channels / name for name in ("corpus", "incumbent")}
    return variables | {f"SM_CHANNEL_{name.upper()}": str(path) for name, path in optional.items() if path.is_dir()}


def arguments_of(recipe: dict[str, Any]) -> list[str]:
    return [part for name, value in recipe.items() for part in (f"--{name}", str(value))]

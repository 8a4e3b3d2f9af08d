"""Runs of train.py as the training toolkit starts it: a process of its own, folders and recipe by name."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conftest import synthetic_pairs

PYTHON_FOLDER = Path(__file__).parents[1]
METRIC = re.compile(r"attune-metric step=(\d+) epoch=([\d.]+) (\w+)=([-+0-9.eE]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Ended:
    code: int
    output: str
    model: Path
    failure: str

    def metrics(self, name: str) -> list[tuple[int, float]]:
        return [(int(step), float(value)) for step, _, found, value in METRIC.findall(self.output) if found == name]

    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads((self.model / "manifest.json").read_text(encoding="utf-8"))
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
        passages = enumerate(rows)
        file.writelines(
            json.dumps({"_id": f"d{at}", "title": "", "text": row["document"]}) + "\n" for at, row in passages
        )
    return folder


def start_train(job: Path, channels: Path, **recipe: Any) -> subprocess.Popen[str]:
    for folder in ("model", "output"):
        (job / folder).mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "SM_MODEL_DIR": str(job / "model"),
        "SM_OUTPUT_DIR": str(job / "output"),
        "SM_CHANNEL_TRAIN": str(channels / "train"),
        "SM_CHANNEL_DEV": str(channels / "dev"),
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "CUDA_VISIBLE_DEVICES": "",
    }
    arguments = [part for name, value in recipe.items() for part in (f"--{name}", str(value))]
    return subprocess.Popen(
        [sys.executable, str(PYTHON_FOLDER / "train.py"), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_train(job: Path, channels: Path, **recipe: Any) -> Ended:
    process = start_train(job, channels, **recipe)
    output, errors = process.communicate(timeout=300)
    failure = job / "output" / "failure"
    print(output, errors)
    return Ended(process.returncode, output, job / "model", failure.read_text() if failure.is_file() else "")

"""A set as the prepare job leaves it: leaks dropped, for all recipes alike."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from sets import ROOT, Set


def prepared(of: Set, base: Path, folder: Path) -> Path:
    """Returns: the folder `data` of the job, of an earlier bench where it is there."""
    data = folder / "data"
    if (data / "report.json").is_file():
        return data
    for name in ("corpus", "queries"):
        (folder / "input" / name).mkdir(parents=True, exist_ok=True)
        shutil.copy(of.folder / f"{name}.jsonl", folder / "input" / name)
    shutil.copytree(of.folder / "qrels", folder / "input" / "qrels", dirs_exist_ok=True)
    spec = {
        "data": {
            **{name: f"s3://bench/{of.name}/{name}" for name in ("corpus", "queries", "qrels")},
            "split": {"dev": 0.1, "test": 0.1, "seed": 0},
        },
        "base": str(base),
        "train": {"maxSeqLength": of.max_seq_length},
    }
    (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    arguments = ["prepare", "--spec", folder / "spec.json", "--input", folder / "input", "--output", folder]
    subprocess.run(
        [sys.executable, str(ROOT / "python" / "job.py"), *map(str, arguments)], check=True, stdout=sys.stderr
    )
    return data

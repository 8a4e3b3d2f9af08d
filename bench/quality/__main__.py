"""attune's default recipe against the common one, on the same base, pairs and test questions.

    npm run bench:quality -- [--set FOLDER]… [--seeds 3] [--tokens 128] [--resume]

For each set (a folder in BEIR layout; without any, medquad-mini and the demo's domain, which are built in) and each
seed: prepare as its job does it, train by a plain script of sentence-transformers (Matryoshka over MNRL, 2 epochs,
learning rate 5e-5, batch 64) and by attune's training job with nothing set but the length, and ask both models the
test questions over the whole corpus. Prints a table on stderr and one JSON object on stdout; ends with 0 only where
attune's recipe keeps what `goal.py` promises of it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from prepared import prepared
from sets import ROOT, Set, built_in_sets

sys.path.insert(0, str(ROOT / "python"))

BASE = "sentence-transformers/all-MiniLM-L6-v2"
WORK = ROOT / ".attune" / "bench-quality"


def main() -> int:
    parser = argparse.ArgumentParser(prog="npm run bench:quality --", description=__doc__)
    parser.add_argument("--set", type=Path, action="append", default=[], help="a folder in BEIR layout; may repeat")
    parser.add_argument("--tokens", type=int, default=128, help="of the sets given: what is longer is cut")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each recipe on each set")
    parser.add_argument("--base", default=BASE, help="the base model: a hub id or a folder")
    parser.add_argument("--resume", action="store_true", help="go on with what an interrupted bench has left")
    parser.add_argument("--work", type=Path, default=WORK, help="folder for what is trained")
    asked = parser.parse_args()

    from goal import missed, table
    from scores import compare

    from attune_jobs.base_model import resolve_base_model

    if not asked.resume:
        shutil.rmtree(asked.work, ignore_errors=True)
    asked.work.mkdir(parents=True, exist_ok=True)
    base = resolve_base_model(asked.base)
    given = [Set(folder.resolve().name, folder.resolve(), asked.tokens) for folder in asked.set]
    sets = given or built_in_sets(asked.work)
    figures: dict[str, dict[str, Any]] = {}
    for one in sets:
        folder = asked.work / one.name
        data = prepared(one, base, folder)
        seeds = range(1, asked.seeds + 1)
        common = [train_common(one, base, data, folder / f"common-{seed}", seed) for seed in seeds]
        attune = [train_attune(one, base, data, folder / f"attune-{seed}", seed) for seed in seeds]
        figures[one.name] = compare(data, base, one.max_seq_length, common, attune)
        print(json.dumps({one.name: figures[one.name]}), file=sys.stderr, flush=True)
    faults = [fault for one in sets for fault in missed(one, figures[one.name])]
    print(table(figures), *faults, sep="\n", file=sys.stderr)
    print(json.dumps({"seeds": asked.seeds, "sets": figures, "missed": faults}))
    return 1 if faults else 0


def train_common(of: Set, base: Path, data: Path, folder: Path, seed: int) -> Any:
    arguments = {"base": base, "pairs": data / "train" / "pairs.jsonl", "max-seq-length": of.max_seq_length}
    return timed(folder, "common_recipe.py", {**arguments, "seed": seed, "output": folder}, {})


def train_attune(of: Set, base: Path, data: Path, folder: Path, seed: int) -> Any:
    channels = {f"SM_CHANNEL_{name.upper()}": str(data / name) for name in ("train", "dev", "corpus")}
    variables = {**channels, "SM_MODEL_DIR": str(folder / "model"), "SM_OUTPUT_DIR": str(folder / "output")}
    arguments = {"base_model": base, "max_seq_length": of.max_seq_length, "seed": seed}
    return timed(folder, str(ROOT / "python" / "train.py"), arguments, variables)


def timed(folder: Path, script: str, arguments: dict[str, Any], variables: dict[str, str]) -> Any:
    """Runs the script, unless an interrupted bench had done so, and measures its process."""
    from scores import Trained

    record = folder / "seconds.json"
    if not record.is_file():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        parts = [part for name, value in arguments.items() for part in (f"--{name}", str(value))]
        before, began = _child_seconds(), time.monotonic()
        subprocess.run(
            [sys.executable, str(Path(__file__).parent / script), *parts],
            env={**os.environ, **variables},
            check=True,
            stdout=sys.stderr,
        )
        took = {"seconds": time.monotonic() - began, "cpu_seconds": _child_seconds() - before}
        record.write_text(json.dumps(took), encoding="utf-8")
    return Trained(folder / "model", **json.loads(record.read_text(encoding="utf-8")))


def _child_seconds() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


if __name__ == "__main__":
    sys.exit(main())

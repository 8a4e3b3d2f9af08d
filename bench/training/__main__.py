"""What attune's training and evaluation take against plain scripts of sentence-transformers, at equal steps.

    npm run bench:training -- [--steps 24] [--rounds 1] [--tokens 64]

On the demo's domain, as its prepare job leaves it, cut to the pairs of so many steps: both train 2 epochs of batches
of 64, in turns; then both ask the test questions of the base and of what they have trained, over the same passages.
Of each: seconds a step (the median over the steps), of the whole process, of its processors, and the most memory that
it held. Prints a table on stderr and one JSON line on stdout; ends with 0 only where attune trains as fast as
`goal.py` promises. It wants two quiet processors: the load before and after is a part of what it prints.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
QUALITY = HERE.parent / "quality"
sys.path.append(str(QUALITY))  # behind this folder: both have a goal

from measured import Measured, run  # noqa: E402
from sets import ROOT, Set, built_in_sets  # noqa: E402

sys.path.insert(0, str(ROOT / "python"))

BASE = "sentence-transformers/all-MiniLM-L6-v2"
EPOCHS, BATCH = 2, 64
"""Of the common recipe, and attune's defaults."""

PASSAGES = 2_000
"""Of the corpus at most: with all of it the evaluation alone would take the time that there is."""

WORK = ROOT / ".attune" / "bench-training"


def main() -> int:
    parser = argparse.ArgumentParser(prog="npm run bench:training --", description=__doc__)
    parser.add_argument("--steps", type=int, default=24, help="of each training, in 2 epochs")
    parser.add_argument("--rounds", type=int, default=1, help="trainings of each kind, in turns; the fastest counts")
    parser.add_argument("--tokens", type=int, default=64, help="what is longer is cut")
    parser.add_argument("--base", default=BASE, help="the base model: a hub id or a folder")
    parser.add_argument("--work", type=Path, default=WORK, help="folder for what is trained")
    asked = parser.parse_args()

    from goal import missed, table
    from prepared import prepared

    from attune_jobs.base_model import resolve_base_model

    shutil.rmtree(asked.work, ignore_errors=True)
    asked.work.mkdir(parents=True)
    base = resolve_base_model(asked.base)
    demo = next(one for one in built_in_sets(asked.work) if one.name == "demo")
    whole = prepared(Set("demo", demo.folder, asked.tokens), base, asked.work / "prepared")
    data = cut(whole, asked.work / "data", asked.steps // EPOCHS * BATCH)
    load = [os.getloadavg()[0]]
    trained: dict[str, list[Measured]] = {"plain": [], "attune": []}
    for number in range(1, asked.rounds + 1):
        trained["plain"].append(train_plain(base, data, asked.work / f"plain-{number}", asked.tokens))
        trained["attune"].append(train_attune(base, data, asked.work / f"attune-{number}", asked.tokens))
    evaluated = {
        "plain": evaluate_plain(base, data, asked.work / "plain-1", asked.tokens),
        "attune": evaluate_attune(base, data, asked.work / "attune-1", asked.tokens),
    }
    load.append(os.getloadavg()[0])
    figures: dict[str, Any] = {
        "steps": {name: rounds[0].steps for name, rounds in trained.items()},
        "train": {name: best(rounds) for name, rounds in trained.items()},
        "evaluate": {name: one.figures() for name, one in evaluated.items()},
        "processors": os.cpu_count(),
        "load": [round(one, 1) for one in load],
    }
    faults = missed(figures)
    print(table(figures), *faults, sep="\n", file=sys.stderr)
    print(json.dumps({**figures, "missed": faults}))
    return 1 if faults else 0


def cut(whole: Path, data: Path, pairs: int) -> Path:
    """The first pairs that share no text, so that both samplers make the same number of batches of them; and the
    passages that somebody asks for, with as many others as there is room for."""
    for part in ("train", "dev", "test", "corpus"):
        shutil.copytree(whole / part, data / part)
    train = data / "train" / "pairs.jsonl"
    kept = list(islice(apart(lines_of(train)), pairs))
    if len(kept) < pairs:
        raise SystemExit(f"the demo's domain has {len(kept)} such pairs, {pairs} are needed: give fewer --steps")
    train.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
    judged = {line.split("\t")[1] for part in ("dev", "test") for line in lines_of(data / part / "qrels.tsv")[1:]}
    corpus = data / "corpus" / "corpus.jsonl"
    wanted, others = [], []
    for line in lines_of(corpus):
        (wanted if json.loads(line)["_id"] in judged else others).append(line)
    lines = [*wanted, *others[: max(0, PASSAGES - len(wanted))]]
    corpus.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return data


def apart(lines: list[str]) -> Iterator[str]:
    """Those of which no text stands in an earlier one."""
    seen: set[str] = set()
    for line in lines:
        row = json.loads(line)
        texts = {row["query"], row["document"]}
        if seen.isdisjoint(texts):
            seen |= texts
            yield line


def lines_of(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def best(rounds: list[Measured]) -> dict[str, Any]:
    """Of each figure the least: what slowed the others down came from elsewhere."""
    figures = [one.figures() for one in rounds]
    return {name: min(one[name] for one in figures) for name in figures[0]}


def train_plain(base: Path, data: Path, folder: Path, tokens: int) -> Measured:
    pairs = data / "train" / "pairs.jsonl"
    arguments = ("--base", base, "--pairs", pairs, "--max-seq-length", tokens, "--seed", 1, "--output", folder)
    return run(folder, QUALITY / "common_recipe.py", *arguments)


def train_attune(base: Path, data: Path, folder: Path, tokens: int) -> Measured:
    channels = {f"SM_CHANNEL_{name.upper()}": str(data / name) for name in ("train", "dev", "corpus")}
    variables = {**channels, "SM_MODEL_DIR": str(folder / "model"), "SM_OUTPUT_DIR": str(folder / "output")}
    arguments = ("--base_model", base, "--max_seq_length", tokens, "--seed", 1)
    return run(folder, ROOT / "python" / "train.py", *arguments, variables=variables)


def evaluate_plain(base: Path, data: Path, folder: Path, tokens: int) -> Measured:
    arguments = ("--base", base, "--model", folder / "model", "--data", data, "--max-seq-length", tokens)
    return run(folder / "evaluation", HERE / "plain_evaluation.py", *arguments)


def evaluate_attune(base: Path, data: Path, folder: Path, tokens: int) -> Measured:
    """As the job does it, from the archive of the trained model to report, page and probes."""
    inputs = folder / "input"
    (inputs / "candidate").mkdir(parents=True)
    shutil.make_archive(str(inputs / "candidate" / "model"), "gztar", folder / "model")
    for part in ("test", "corpus"):
        shutil.copytree(data / part, inputs / part)
    spec = folder / "spec.json"
    gate = {"metric": "ndcg@10", "confidence": 0.95, "minGain": 0, "guards": []}
    asked = {"name": "bench", "base": str(base), "train": {"maxSeqLength": tokens}, "gate": gate}
    spec.write_text(json.dumps(asked), encoding="utf-8")
    paths = ("--spec", spec, "--input", inputs, "--output", folder / "output")
    return run(folder / "output", ROOT / "python" / "job.py", "evaluate", *paths)


if __name__ == "__main__":
    sys.exit(main())

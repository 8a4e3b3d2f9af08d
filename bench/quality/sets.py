"""The sets that the recipes are compared on, each a folder in BEIR layout: `python sets.py FOLDER` writes them."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MEDQUAD = ROOT.parent / "shared" / "data" / "medquad-mini" / "pairs.jsonl.gz"


@dataclass(frozen=True, slots=True)
class Set:
    name: str
    folder: Path
    """Holds corpus.jsonl, queries.jsonl and qrels/."""

    max_seq_length: int = 128
    built_in: bool = False
    least_ndcg: float | None = None
    """nDCG@10 that attune's default has to reach."""


def built_in_sets(scratch: Path) -> list[Set]:
    """The demo's domain at the demo's 64 tokens; medquad-mini where it lies beside the project."""
    demo = scratch / "demo-input"
    builder = [sys.executable, str(ROOT / "examples" / "aws-api" / "build.py"), "--output", str(demo)]
    subprocess.run(builder, check=True, stdout=sys.stderr)
    sets = [Set("demo", demo, max_seq_length=64, built_in=True)]
    if MEDQUAD.is_file():
        folder = scratch / "medquad-mini-input"
        write_medquad(MEDQUAD, folder)
        sets.append(Set("medquad-mini", folder, built_in=True, least_ndcg=0.76))
    else:
        print("medquad-mini is not beside the project: left out", file=sys.stderr)
    return sets


def write_medquad(pairs: Path, folder: Path) -> None:
    """Its rows as a corpus of distinct answers, distinct questions, and judgements in the split that it comes with."""
    documents: dict[str, str] = {}
    questions: dict[str, tuple[str, str]] = {}
    judged: dict[str, set[tuple[str, str]]] = defaultdict(set)
    with gzip.open(pairs, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            document = documents.setdefault(row["answer"], f"d{len(documents)}")
            question, _ = questions.setdefault(row["question"], (f"q{len(questions)}", row["group"]))
            judged[row["split"]].add((question, document))
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    _write(folder / "corpus.jsonl", ({"_id": name, "title": "", "text": text} for text, name in documents.items()))
    named = ((name, text, group) for text, (name, group) in questions.items())
    _write(folder / "queries.jsonl", ({"_id": name, "text": text, "group": group} for name, text, group in named))
    for split, pairs_of_split in judged.items():
        lines_of = "".join(f"{question}\t{document}\t1\n" for question, document in sorted(pairs_of_split))
        (folder / "qrels" / f"{split}.tsv").write_text("query-id\tcorpus-id\tscore\n" + lines_of, encoding="utf-8")


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    built_in_sets(Path(sys.argv[1]))

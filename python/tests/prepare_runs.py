"""Runs of prepare as its job runs it: input folders in, a data folder out."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shapes import hold

from attune_jobs.prepare.main import main

VOCABULARY = "a b c d e f g h i j k l m n o p q r s t u v w x y z 0 1 2 3 4 5 6 7 8 9".split()


@dataclass(frozen=True)
class Prepared:
    folder: Path
    report: dict[str, Any]

    def rows(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / name).read_text(encoding="utf-8").splitlines()]

    def qrels(self, split: str) -> list[tuple[str, str, int]]:
        lines = (self.folder / split / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]
        return [(query, passage, int(score)) for query, passage, score in (line.split("\t") for line in lines)]

    def split_of_groups(self) -> dict[str, str]:
        found = {row["group"]: "train" for row in self.rows("train/pairs.jsonl")}
        for split in ("dev", "test"):
            found.update({row["group"]: split for row in self.rows(f"{split}/queries.jsonl")})
        return found


def tokenizer_folder(folder: Path) -> Path:
    """A folder with nothing but a tokenizer that counts letters: enough of a base model for prepare."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    if not (folder / "tokenizer.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        vocabulary = {"[UNK]": 0, **{token: number for number, token in enumerate(VOCABULARY, start=1)}}
        vocabulary.update({f"##{token}": len(vocabulary) + number for number, token in enumerate(VOCABULARY)})
        tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def run_prepare(
    root: Path,
    data: dict[str, str],
    max_seq_length: int = 128,
    base: Path | None = None,
    index: dict[str, Any] | None = None,
) -> Prepared:
    """Inputs must lie in `root/input`; the base model's tokenizer counts letters unless `base` is given."""
    spec = {
        "data": {**data, "split": {"dev": 0.1, "test": 0.1, "seed": 0}},
        "base": str(base or tokenizer_folder(root / "base-model")),
        "train": {"maxSeqLength": max_seq_length},
        **({} if index is None else {"index": index}),
    }
    (root / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    output = root / "processing" / "output"
    output.mkdir(parents=True, exist_ok=True)
    main(argparse.Namespace(stage="prepare", spec=root / "spec.json", input=root / "input", output=output))
    report = json.loads((output / "data" / "report.json").read_text(encoding="utf-8"))
    hold("data-report", report)
    return Prepared(output / "data", report)


def prepare_pairs(root: Path, rows: Iterable[dict[str, Any]], **options: Any) -> Prepared:
    write_jsonl(root / "input" / "pairs" / "pairs.jsonl", rows)
    return run_prepare(root, {"pairs": "s3://bucket/pairs.jsonl"}, **options)


def write_jsonl(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


BEIR = {"corpus": "s3://b/corpus", "queries": "s3://b/queries", "qrels": "s3://b/qrels"}


def prepare_beir(
    root: Path,
    corpus: Iterable[dict[str, Any]],
    queries: Iterable[dict[str, Any]],
    qrels: dict[str, list[tuple[str, str, int]]],
    base: Path | None = None,
) -> Prepared:
    write_jsonl(root / "input" / "corpus" / "corpus.jsonl", corpus)
    write_jsonl(root / "input" / "queries" / "queries.jsonl", queries)
    folder = root / "input" / "qrels"
    folder.mkdir(parents=True, exist_ok=True)
    for split, rows in qrels.items():
        lines = "".join(f"{query}\t{passage}\t{score}\n" for query, passage, score in rows)
        (folder / f"{split}.tsv").write_text("query-id\tcorpus-id\tscore\n" + lines, encoding="utf-8")
    return run_prepare(root, BEIR, base=base)

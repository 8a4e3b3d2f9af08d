"""Inputs under the SHA-256 of their content."""

from __future__ import annotations

import hashlib
import json
from argparse import Namespace
from pathlib import Path

import pytest
from conftest import synthetic_pairs
from prepare_runs import tokenizer_folder, write_jsonl

from attune_jobs.arrived import check_input
from attune_jobs.base_model import resolve_base_model
from attune_jobs.errors import UserError
from attune_jobs.evaluation.guards import read_guards
from attune_jobs.prepare.main import main

ROOT = "s3://bucket/attune/inputs"
CONTENT = {
    "guide.md": b"# One\n",
    "deep/\u00e9.md": b"# Two\n",
    "deep/\uff5e.md": b"",
    "deep/\U0001f600.md": b"# Three\n",
}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def folder_of(root: Path) -> Path:
    for name, content in CONTENT.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def folder_uri() -> str:
    # A half of a surrogate pair, which the last name begins with in UTF-16, comes before U+FF5E.
    names = ["deep/\u00e9.md", "deep/\U0001f600.md", "deep/\uff5e.md", "guide.md"]
    manifest = "".join(f"{sha256(CONTENT[name])}  {name}\n" for name in names)
    return f"{ROOT}/{sha256(manifest.encode())}/docs/"


def test_a_file_is_held_against_the_digest_in_its_uri(tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_bytes(b"{}\n")
    uri = f"{ROOT}/{sha256(b'{}' + bytes([10]))}/pairs.jsonl"
    check_input("data.pairs", uri, tmp_path)

    (tmp_path / "pairs.jsonl").write_bytes(b"[]\n")

    with pytest.raises(UserError) as refused:
        check_input("data.pairs", uri, tmp_path)
    assert str(refused.value).startswith(f"data.pairs: what arrived of {uri} is not what its name says")
    assert sha256(b"[]\n") in str(refused.value)


def test_a_file_that_came_with_another_whose_key_begins_alike_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_bytes(b"")
    (tmp_path / "pairs.jsonl.gz").write_bytes(b"")
    with pytest.raises(UserError, match=r"more than one file \(pairs.jsonl, pairs.jsonl.gz\)"):
        check_input("data.pairs", f"{ROOT}/{sha256(b'')}/pairs.jsonl", tmp_path)


@pytest.mark.parametrize("change", ["changed", "more", "less", "renamed"])
def test_a_folder_is_held_against_its_manifest(tmp_path: Path, change: str) -> None:
    folder = folder_of(tmp_path / "documents")
    check_input("data.documents", folder_uri(), folder)

    if change == "changed":
        (folder / "guide.md").write_bytes(b"# One!\n")
    if change == "more":
        (folder / "deep" / "more.md").write_bytes(b"")
    if change == "less":
        (folder / "guide.md").unlink()
    if change == "renamed":
        (folder / "guide.md").rename(folder / "guides.md")

    with pytest.raises(UserError, match="data.documents: what arrived of .* is not what its name says"):
        check_input("data.documents", folder_uri(), folder)


@pytest.mark.parametrize(
    "uri", ["s3://bucket/pairs.jsonl", f"{ROOT}/pairs.jsonl", f"{ROOT}/{'0' * 64}/docs/part/", f"{ROOT}/{'0' * 63}/x"]
)
def test_of_other_names_nothing_is_asked(tmp_path: Path, uri: str) -> None:
    (tmp_path / "x").write_bytes(b"")
    check_input("data.pairs", uri, tmp_path)


def test_prepare_refuses_data_that_is_not_what_its_name_says(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "input" / "pairs" / "pairs.jsonl", synthetic_pairs(300))
    spec = {
        "data": {"pairs": f"{ROOT}/{'0' * 64}/pairs.jsonl", "split": {"dev": 0.1, "test": 0.1, "seed": 0}},
        "base": str(tokenizer_folder(tmp_path / "base")),
        "train": {"maxSeqLength": 128},
    }
    (tmp_path / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    arguments = Namespace(spec=tmp_path / "spec.json", input=tmp_path / "input", output=tmp_path / "output")

    with pytest.raises(UserError, match="data.pairs: what arrived"):
        main(arguments)
    assert not (tmp_path / "output").exists()


def test_no_job_takes_a_base_model_that_is_not_what_its_name_says(tmp_path: Path) -> None:
    channel = tokenizer_folder(tmp_path / "base")
    with pytest.raises(UserError, match="base: what arrived"):
        resolve_base_model(f"{ROOT}/{'0' * 64}/model/", channel)


def test_no_guard_set_is_judged_by_a_file_that_is_not_what_its_name_says(tmp_path: Path) -> None:
    folder = tmp_path / "guards" / "general"
    folder.mkdir(parents=True)
    (folder / "corpus.jsonl").write_text('{"_id": "d", "text": "a passage"}\n')
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "a question"}\n')
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\td\t1\n")

    def guards(qrels: str) -> list[str]:
        guard = {"name": "general", "tolerance": 0.1, "qrels": f"{ROOT}/{qrels}/test.tsv"}
        return [found.name for found in read_guards({"gate": {"minGroups": 10, "guards": [guard]}}, tmp_path)]

    assert guards(sha256((folder / "qrels.tsv").read_bytes())) == ["general"]
    with pytest.raises(UserError, match=r"gate.guards\[0\].qrels: what arrived"):
        guards("0" * 64)

"""The example `examples/aws-api`: what its builder writes, and that nothing held out is ever trained on."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from types import ModuleType

import botocore
import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "aws-api"
COPIED_WORDS = 8
"""Words in a row that a question must not share with a text that it is about, or any other."""


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("aws_api_build", EXAMPLE / "build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    if botocore.__version__ != module.BOTOCORE_VERSION:
        pytest.skip(
            f"botocore {botocore.__version__} is installed; the example is written for {module.BOTOCORE_VERSION}"
        )
    return module


@pytest.fixture(scope="module")
def built(builder: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("aws-api")
    builder.build(folder)
    return folder


def read_lines(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def read_qrels(built: Path, split: str) -> list[tuple[str, str]]:
    header, *rows = (built / "qrels" / f"{split}.tsv").read_text(encoding="utf-8").splitlines()
    assert header == "query-id\tcorpus-id\tscore"
    assert all(row.endswith("\t1") for row in rows)
    return [(row.split("\t")[0], row.split("\t")[1]) for row in rows]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    """All runs of `length` words in a row."""
    found = words(text)
    return {tuple(found[at : at + length]) for at in range(len(found) - length + 1)}


def test_building_twice_gives_the_same_bytes(builder: ModuleType, built: Path, tmp_path: Path) -> None:
    builder.build(tmp_path)
    files = sorted(file.relative_to(built) for file in built.rglob("*") if file.is_file())
    assert [str(file) for file in files] == [
        "corpus.jsonl",
        "qrels/dev.tsv",
        "qrels/test.tsv",
        "qrels/train.tsv",
        "queries.jsonl",
    ]
    for file in files:
        assert (built / file).read_bytes() == (tmp_path / file).read_bytes(), file


def test_domain_has_2000_passages_and_200_test_questions(built: Path) -> None:
    corpus = read_lines(built / "corpus.jsonl")
    assert len(corpus) >= 2_000
    assert len({query for query, _ in read_qrels(built, "test")}) >= 200
    assert len({query for query, _ in read_qrels(built, "dev")}) >= 60
    assert len({query for query, _ in read_qrels(built, "train")}) >= 900


def test_passages_are_clean_text_with_unique_ids(built: Path) -> None:
    corpus = read_lines(built / "corpus.jsonl")
    assert len({passage["_id"] for passage in corpus}) == len(corpus)
    for passage in corpus:
        assert set(passage) == {"_id", "title", "text"}
        assert passage["title"] and passage["text"]
        assert not re.search(r"</?(p|a|code|ul|li|note|i|b)\b|&[a-z]+;|\s\s", passage["text"]), passage


def test_every_judgement_names_a_question_and_a_passage(built: Path) -> None:
    passages = {passage["_id"] for passage in read_lines(built / "corpus.jsonl")}
    queries = {query["_id"] for query in read_lines(built / "queries.jsonl")}
    judged = [row for split in ("train", "dev", "test") for row in read_qrels(built, split)]
    assert {query for query, _ in judged} == queries
    assert {passage for _, passage in judged} <= passages
    assert len(set(judged)) == len(judged)


def test_no_group_question_or_positive_stands_in_two_splits(built: Path) -> None:
    queries = {query["_id"]: query for query in read_lines(built / "queries.jsonl")}
    seen: dict[str, dict[str, set[str]]] = defaultdict(dict)
    for split in ("train", "dev", "test"):
        rows = read_qrels(built, split)
        seen["group"][split] = {queries[query]["group"] for query, _ in rows}
        seen["question"][split] = {" ".join(words(queries[query]["text"])) for query, _ in rows}
        seen["positive"][split] = {passage for _, passage in rows}
    for what, splits in seen.items():
        assert not splits["train"] & splits["test"], what
        assert not splits["train"] & splits["dev"], what
        assert not splits["dev"] & splits["test"], what


def test_no_trained_passage_reads_almost_like_a_held_out_one(built: Path) -> None:
    shingles = {passage["_id"]: runs(passage["text"], 5) for passage in read_lines(built / "corpus.jsonl")}
    positives = {split: {passage for _, passage in read_qrels(built, split)} for split in ("train", "dev", "test")}
    passages_with: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for passage in positives["train"]:
        for run in shingles[passage]:
            passages_with[run].add(passage)
    for held_out in positives["dev"] | positives["test"]:
        for trained in set().union(*(passages_with.get(run, set()) for run in shingles[held_out])):
            shared = len(shingles[trained] & shingles[held_out])
            assert shared / len(shingles[trained] | shingles[held_out]) < 0.8, (trained, held_out)


def test_no_question_is_written_twice(built: Path) -> None:
    texts = [" ".join(words(query["text"])) for query in read_lines(built / "queries.jsonl")]
    assert len(set(texts)) == len(texts)


def test_no_question_copies_the_documentation(built: Path) -> None:
    documented: set[tuple[str, ...]] = set()
    for passage in read_lines(built / "corpus.jsonl"):
        documented |= runs(passage["text"], COPIED_WORDS)
    copied = [
        query["text"]
        for query in read_lines(built / "queries.jsonl")
        if runs(query["text"], COPIED_WORDS) & documented
    ]
    assert copied == []


def test_a_passage_missing_from_botocore_is_named_with_the_version_to_install(builder: ModuleType) -> None:
    question = builder.Question("how to fly", ("sagemaker.CreateRocket",), "sagemaker.Rocket")
    with pytest.raises(
        builder.BuildError, match=r"sagemaker\.CreateRocket.*botocore==" + re.escape(builder.BOTOCORE_VERSION)
    ):
        builder.resolve([question], [], {})


def test_names_of_operations_give_the_resource_they_act_on(builder: ModuleType) -> None:
    assert builder.resource_of("ListTrainingJobs") == "TrainingJob"
    assert builder.resource_of("BatchDescribeModelPackage") == "ModelPackage"
    assert builder.resource_of("ListCodeRepositories") == "CodeRepository"
    assert builder.resource_of("ListStateMachineAliases") == "StateMachineAlias"
    assert builder.resource_of("GetBucketCors") == "BucketCors"


def test_command_line_reports_what_it_wrote(
    builder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["build.py", "--output", str(tmp_path)])
    assert builder.main() == 0
    assert re.search(
        r"[\d,]+ passages, [\d,]+ train questions, \d+ dev questions, \d+ test questions", capsys.readouterr().out
    )

"""Texts of any corpus get vectors once, by the package that serves, and none is lost without being counted."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_package import pack, write_package

from attune_jobs.embedding.main import embedding, main, write_shards
from attune_jobs.embedding.texts import Texts
from attune_jobs.errors import UserError
from attune_jobs.evaluation.probes import packaged_handler
from attune_jobs.indexing.main import load_package
from attune_jobs.indexing.shards import DONE

PROMPTS = {"query": "what ", "document": ""}
LONG = "model " * 40


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("package")
    pack(write_package(root / "package", prompts=PROMPTS), root / "model.tar.gz")
    return root


def inputs_of(folder: Path, package: Path | None, files: dict[str, list[Any] | str]) -> Path:
    inputs = folder / "processing" / "input"
    for name, rows in files.items():
        file = inputs / "corpus" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        text = rows if isinstance(rows, str) else "".join(json.dumps(row) + "\n" for row in rows)
        file.write_text(text, encoding="utf-8")
    if package is not None:
        (inputs / "model").mkdir()
        (inputs / "model" / "model.tar.gz").write_bytes((package / "model.tar.gz").read_bytes())
    return inputs


def run(inputs: Path, kind: str = "document", **asked: Any) -> Path:
    output = inputs.parent / "output"
    output.mkdir(exist_ok=True)
    spec = inputs.parent / "spec.json"
    data = {"columns": asked.pop("columns")} if "columns" in asked else {}
    spec.write_text(json.dumps({"data": data, "embed": {"kind": kind, **asked}}), encoding="utf-8")
    main(argparse.Namespace(spec=spec, input=inputs, output=output))
    return output / "embed"


def counts_in(folder: Path) -> dict[str, Any]:
    counts: dict[str, Any] = json.loads((folder / "counts.json").read_text())
    return counts


def lines_in(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for file in sorted(folder.glob("*.jsonl")) for line in file.read_text().splitlines()]


def test_each_text_gets_the_vector_that_the_endpoint_would_answer_with(package: Path, tmp_path: Path) -> None:
    rows = [{"id": "a", "text": "stop the job"}, {"id": 7, "text": "start a model"}, {"id": "c", "text": LONG}]
    folder = run(inputs_of(tmp_path, package, {"texts.jsonl": rows}), "query", dimensions=16)

    handler = packaged_handler(package / "package")
    model = handler.model_fn(str(package / "package"))
    body = json.dumps({"inputs": ["stop the job", "start a model"], "kind": "query", "dimensions": 16})
    request = handler.input_fn(body, "application/json")
    answer = json.loads(handler.output_fn(handler.predict_fn(request, model), "application/json"))
    vectors = np.load(folder / "00000.npy")
    assert [line["id"] for line in lines_in(folder)] == ["a", "7", "c"]
    assert vectors.shape == (3, 16) and vectors.dtype == np.float32
    np.testing.assert_allclose(vectors[:2], answer, atol=1e-5)
    counts = counts_in(folder)
    assert counts | {"digest": ""} == {
        "version": 1,
        "shards": 1,
        "documents": 3,
        "digest": "",
        "unreadable": 0,
        "unreadablePlaces": [],
        "dimensions": 16,
        "prompts": PROMPTS,
        "maxSeqLength": 16,
    }
    # The long one was cut: it is counted with its shard, whatever attempt made that.
    shard = json.loads((folder / "00000.json").read_text())
    assert shard == {"version": 1, "documents": 3, "truncated": 1, "dimensions": 16}


def test_a_corpus_may_come_in_the_forms_that_prepare_reads(package: Path, tmp_path: Path) -> None:
    files: dict[str, list[Any] | str] = {
        "a.jsonl": [{"_id": "1", "title": "Jobs", "text": "stop\r\nthe job "}],
        "b/c.csv": "id,body\n2,start\n3,\n",
        "readme.md": "no data",
    }
    inputs = inputs_of(tmp_path, package, files)

    folder = run(inputs, columns={"text": ["text", "body"]})

    assert [(line["id"], line["title"], line["text"]) for line in lines_in(folder)] == [
        ("1", "Jobs", "stop\nthe job"),
        ("2", "", "start"),
    ]
    assert counts_in(folder)["unreadable"] == 1
    assert counts_in(folder)["unreadablePlaces"] == ["c.csv:3"]


def test_for_an_endpoint_the_texts_are_only_cut_into_shards(tmp_path: Path) -> None:
    folder = run(inputs_of(tmp_path, None, {"texts.jsonl": [{"id": "a", "text": "stop"}]}))

    assert sorted(file.name for file in folder.iterdir()) == ["00000.jsonl", "counts.json"]
    assert "dimensions" not in counts_in(folder)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"id": "a", "text": "x"}, {"id": "b", "text": "y"}, {"id": "a", "text": "z"}], r"stands also at entry 1"),
        ([{"text": "x"}], r"texts\.jsonl:1: \"_id\" is missing"),
        ([{"id": "a", "text": 3}], r"texts\.jsonl:1: \"text\" is"),
        ([{"id": "a", "text": " "}], r"holds no text: 1 rows in 1 files"),
        ([], r"holds no text: 0 rows"),
    ],
)
def test_what_cannot_be_embedded_is_refused_before_anything_is(
    package: Path, tmp_path: Path, rows: list[Any], words: str
) -> None:
    inputs = inputs_of(tmp_path, package, {"texts.jsonl": rows})
    with pytest.raises(UserError, match=words):
        run(inputs)
    assert list((inputs.parent / "output" / "embed").iterdir()) == []


def test_a_size_that_the_model_was_not_trained_for_is_refused(package: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"dimensions: found 20, the model was trained for 32, 16"):
        run(inputs_of(tmp_path, package, {"texts.jsonl": [{"id": "a", "text": "x"}]}), dimensions=20)


def test_hosts_share_the_shards_and_none_makes_again_what_is_there(package: Path, tmp_path: Path) -> None:
    rows = [{"id": f"d{i}", "text": f"the job and model {i}"} for i in range(23)]
    inputs = inputs_of(tmp_path, package, {"texts.jsonl": rows})
    texts = Texts(inputs, {}, "document")
    model = load_package(inputs / "model", tmp_path / "model")
    made = []
    for place in range(2):
        out, scratch = tmp_path / f"out{place}", tmp_path / f"scratch{place}"
        out.mkdir()
        scratch.mkdir()
        write = embedding(model, "document", 32, out, scratch)
        assert write_shards(texts, texts.census(), write, done={2}, share=(place, 2), passages=5) == 5
        made.append(sorted(file.name for file in out.glob("*.npy")))

    assert made == [["00000.npy", "00004.npy"], ["00001.npy", "00003.npy"]]
    assert len(np.load(tmp_path / "out0" / "00004.npy")) == 3


def test_a_whole_shard_of_an_earlier_attempt_is_left_alone(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DONE, "0")

    folder = run(inputs_of(tmp_path, package, {"texts.jsonl": [{"id": "a", "text": "x"}]}))

    assert [file.name for file in folder.iterdir()] == ["counts.json"]

"""Every passage is embedded once, by the package that serves, however often and on however many hosts the job runs."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prepare_runs import prepare_beir, run_prepare, write_jsonl
from tiny_package import MAX_SEQ_LENGTH, pack, write_package

from attune_jobs.errors import UserError
from attune_jobs.evaluation.probes import packaged_handler
from attune_jobs.indexing.main import READS, index, load_package, main, own_share
from attune_jobs.indexing.shards import DONE, Changes, Document, numbers_in, shards_done

TEXTS = [f"the job and model {number} in data" for number in range(23)]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("index") / "processing" / "input"
    pack(write_package(root.parent / "package"), root / "model" / "model.tar.gz")
    (root / "corpus").mkdir()
    lines = [{"_id": f"d{i}", "title": "train" if i % 2 else "", "text": text} for i, text in enumerate(TEXTS)]
    (root / "corpus" / "corpus.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return root


def run(inputs: Path, output: Path, index: dict[str, int] | None = None) -> Path:
    spec = output / "spec.json"
    output.mkdir(parents=True, exist_ok=True)
    spec.write_text(json.dumps({"index": index or {}}), encoding="utf-8")
    main(argparse.Namespace(spec=spec, input=inputs, output=output))
    return output / "index"


def shards_in(folder: Path) -> tuple[list[dict[str, str]], np.ndarray]:
    lines = [
        json.loads(line) for file in sorted(folder.glob("[0-9]*.jsonl")) for line in file.read_text().splitlines()
    ]
    return lines, np.concatenate([np.load(file) for file in sorted(folder.glob("*.npy"))])


def test_vectors_are_those_of_the_packages_own_handler(inputs: Path, tmp_path: Path) -> None:
    folder = run(inputs, tmp_path / "out")

    lines, vectors = shards_in(folder)
    handler = packaged_handler(inputs.parent / "package")
    model = handler.model_fn(str(inputs.parent / "package"))
    body = json.dumps({"inputs": ["the job and model 0 in data", "train\nthe job and model 1 in data"]})
    answer = json.loads(
        handler.output_fn(
            handler.predict_fn(handler.input_fn(body[:-1] + ', "kind": "document"}', "application/json"), model),
            "application/json",
        )
    )
    assert [line["id"] for line in lines] == [f"d{i}" for i in range(23)]
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors[:2], answer, atol=1e-5)
    counts = json.loads((folder / "counts.json").read_text())
    assert counts["documents"] == 23 and counts["dimensions"] == 32 and counts["shards"] == 1
    digest = 0
    for line in lines:
        digest ^= int(line["hash"][:16], 16)
    assert counts["digest"] == f"{digest:016x}"
    assert lines[1]["hash"] == Document("d1", "train", TEXTS[1]).hash


def test_cut_vectors_have_length_one(inputs: Path, tmp_path: Path) -> None:
    _, vectors = shards_in(run(inputs, tmp_path / "out", {"dimensions": 16}))

    assert vectors.shape == (23, 16)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_size_that_the_model_was_not_trained_for_is_refused(inputs: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"index\.dimensions: found 20, the model was trained for 32, 16"):
        run(inputs, tmp_path / "out", {"dimensions": 20})


def test_hosts_share_the_shards_and_the_first_counts_them_all(inputs: Path, tmp_path: Path) -> None:
    model = load_package(inputs / "model", tmp_path / "model")
    counts = []
    for place in range(3):
        out, scratch = tmp_path / f"out{place}", tmp_path / f"scratch{place}"
        out.mkdir()
        scratch.mkdir()
        corpus = inputs / "corpus" / "corpus.jsonl"
        changes = Changes(tmp_path / "nothing")
        index(model, corpus, out, scratch, changes=changes, size=32, done=set(), share=(place, 3), passages=5)
        counts.append((out / "counts.json").exists())

    files = sorted(file.name for place in range(3) for file in (tmp_path / f"out{place}").glob("*.npy"))
    assert files == [f"{number:05d}.npy" for number in range(5)]
    assert counts == [True, False, False]
    assert json.loads((tmp_path / "out0" / "counts.json").read_text())["documents"] == 23


def test_what_an_earlier_attempt_has_left_is_not_embedded_again(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DONE, "0-4")

    folder = run(inputs, tmp_path / "out")

    assert [file.name for file in folder.iterdir()] == ["counts.json"]
    assert numbers_in("0-2,7") == {0, 1, 2, 7}
    assert shards_done({DONE: "0-2", f"{DONE}_2": "7,9", "OTHER": "8"}) == {0, 1, 2, 7, 9}
    with pytest.raises(UserError, match="0-4,7"):
        numbers_in("all")


def test_a_host_finds_its_place_among_those_that_sagemaker_names(tmp_path: Path) -> None:
    file = tmp_path / "resourceconfig.json"
    file.write_text(json.dumps({"current_host": "algo-2", "hosts": ["algo-1", "algo-3", "algo-2"]}), encoding="utf-8")

    assert own_share(file) == (1, 3)
    assert own_share(tmp_path / "none") == (0, 1)


def test_a_missing_model_is_said(inputs: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"model/model\.tar\.gz is missing"):
        load_package(tmp_path, tmp_path / "model")


def listed(folder: Path, to: Path) -> Path:
    """What an index of the folder's shards has, as a sync tells its job."""
    lines, _ = shards_in(folder)
    write_jsonl(to / "known" / "00000.jsonl", [{"id": line["id"], "hash": line["hash"]} for line in lines])
    return to


def test_what_the_index_has_already_is_not_embedded_again_and_what_is_gone_is_named(
    inputs: Path, tmp_path: Path
) -> None:
    before = run(inputs, tmp_path / "before")
    changed = listed(before, tmp_path / "inputs")
    shutil.copytree(inputs / "model", changed / "model")
    corpus = [json.loads(line) for line in (inputs / "corpus" / "corpus.jsonl").read_text().splitlines()]
    corpus[3] |= {"text": "another text"}
    corpus[4] |= {"title": "Another title"}
    write_jsonl(changed / "corpus" / "corpus.jsonl", [*corpus[1:], {"_id": "new", "text": "start the job"}])

    folder = run(changed, tmp_path / "after")

    lines, vectors = shards_in(folder)
    assert [line["id"] for line in lines] == ["d3", "d4", "new"]
    assert vectors.shape == (3, 32)
    counts = json.loads((folder / "counts.json").read_text())
    assert {key: counts[key] for key in ("added", "changed", "unchanged", "deleted", "documents", "shards")} == {
        "added": 1,
        "changed": 2,
        "unchanged": 20,
        "deleted": 1,
        "documents": 23,
        "shards": 1,
    }
    assert [json.loads(line) for line in (folder / "deleted.jsonl").read_text().splitlines()] == [{"id": "d0"}]


def pairs_with_test(root: Path) -> None:
    rows = [
        {"query": f"where is {n}", "document": f"lamp {n} of river {n % 7}", "negatives": [f"no {n}"]}
        for n in range(150)
    ]
    write_jsonl(
        root / "input" / "test" / "test.jsonl", [{"query": f"who {n}", "document": f"own {n}"} for n in range(9)]
    )
    write_jsonl(root / "input" / "pairs" / "pairs.jsonl", [*rows, rows[0]])
    run_prepare(root, {"pairs": "s3://b/pairs.jsonl", "test": "s3://b/test.jsonl"})


def beir(root: Path) -> None:
    corpus = [{"_id": f"c{n}", "title": "Lamp", "text": f"stone {n}"} for n in range(200)] + [
        {"_id": "twin", "title": "Lamp", "text": "stone 0"}
    ]
    queries = [{"_id": f"q{n}", "text": f"where is stone {n}"} for n in range(200)]
    prepare_beir(root, corpus, queries, {"train": [(f"q{n}", f"c{n}", 1) for n in range(200)]})


def documents(root: Path) -> None:
    for number in range(150):
        page = root / "input" / "documents" / f"page-{number}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        facts = " ".join(f"river{number}x{position} of stone." for position in range(60))
        page.write_text(f"# Page {number}\n\n## Limits\n\n{facts}\n", encoding="utf-8")
    run_prepare(root, {"documents": "s3://b/docs/"}, max_seq_length=MAX_SEQ_LENGTH, base=root / "package")


@pytest.mark.parametrize("prepared", [pairs_with_test, beir, documents])
def test_what_is_read_anew_has_the_passages_and_ids_that_the_run_has_put_in(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepared: Any
) -> None:
    shutil.copytree(inputs.parent / "package", tmp_path / "package")
    prepared(tmp_path)
    whole = tmp_path / "whole"
    shutil.copytree(inputs / "model", whole / "model")
    shutil.copytree(tmp_path / "processing" / "output" / "data" / "corpus", whole / "corpus")
    before = run(whole, tmp_path / "before")
    again = listed(before, tmp_path / "input")
    shutil.copytree(inputs / "model", again / "model")
    spec = json.loads((tmp_path / "spec.json").read_text()) | {"index": {}}
    (tmp_path / "sync.json").write_text(json.dumps(spec))
    monkeypatch.setenv(READS, "source")

    out = tmp_path / "after"
    out.mkdir()
    main(argparse.Namespace(spec=tmp_path / "sync.json", input=again, output=out))

    counts = json.loads((out / "index" / "counts.json").read_text())
    first = json.loads((before / "counts.json").read_text())
    assert counts["documents"] == first["documents"] == counts["unchanged"] > 100
    assert counts["digest"] == first["digest"]
    assert counts["shards"] == counts["added"] == counts["changed"] == counts["deleted"] == 0


@pytest.mark.parametrize(
    ("source", "name", "text", "found"),
    [
        ({"documents": "s3://b/help/"}, "documents/help.md", "# Help\n\nStart the lamp of the river.\n", "help.md#1"),
        ({"corpus": ["s3://b/own.jsonl"]}, "corpus/own.jsonl", '{"_id": "own", "text": "Start the lamp."}\n', "own"),
    ],
)
def test_a_source_of_its_own_takes_the_place_of_the_data(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: Any, name: str, text: str, found: str
) -> None:
    shutil.copytree(inputs / "model", tmp_path / "input" / "model")
    file = tmp_path / "input" / name
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    spec = {
        "index": {"source": source},
        "data": {"pairs": "s3://b/p.jsonl", "split": {"dev": 0.1, "test": 0.1, "seed": 0}},
    }
    spec |= {"base": "tiny", "train": {"maxSeqLength": MAX_SEQ_LENGTH}}
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    monkeypatch.setenv(READS, "source")

    main(argparse.Namespace(spec=tmp_path / "spec.json", input=tmp_path / "input", output=tmp_path))

    lines, _ = shards_in(tmp_path / "index")
    assert [line["id"] for line in lines] == [found]

    file.write_text("", encoding="utf-8")
    with pytest.raises(UserError, match=r"holds no|no text|no passage"):
        main(argparse.Namespace(spec=tmp_path / "spec.json", input=tmp_path / "input", output=tmp_path))

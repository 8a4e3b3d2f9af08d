"""The same prompts in training, evaluation, endpoint and `attune query`: every vector is held against
sentence-transformers' own, of texts that have their prompt written before them by hand."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_evaluate import evaluate, write_inputs
from test_inference import ask, refusal
from tiny_package import MAX_SEQ_LENGTH, pack, write_package
from train_runs import make_channels, run_train

from attune_jobs.embed import main as embed
from attune_jobs.errors import UserError
from attune_jobs.prompts import UNSTORED, prompts_of
from attune_jobs.serving.endpoint.loading import load_model
from attune_jobs.serving.endpoint.prompts import prompts_in
from attune_jobs.training import fit
from attune_jobs.training import model as training

OWN = {"query": "how ", "passage": "the stone "}
"""Under the names that a model of somebody's has, of which one is not ours."""

CASES: list[tuple[dict[str, str] | None, dict[str, str]]] = [
    (None, {"query": "how ", "document": "the stone "}),
    ({"query": "where in ", "document": ""}, {"query": "where in ", "document": ""}),
    ({"document": "cloud: "}, {"query": "", "document": "cloud: "}),
]


def by_hand(base: Path, texts: list[str], prompt: str) -> np.ndarray:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(base), device="cpu")
    return model.encode([prompt + text for text in texts], prompt="", normalize_embeddings=True)


@pytest.mark.parametrize(("asked", "expected"), CASES)
def test_training_evaluation_endpoint_and_query_put_the_same_before_a_text(
    asked: dict[str, str] | None,
    expected: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    base = write_package(tmp_path / "base", seed=3, prompts=OWN)
    given: list[dict[str, str]] = []
    make: Callable[..., Any] = fit.SentenceTransformerTrainingArguments

    def arguments(**options: Any) -> Any:
        given.append(options["prompts"])
        return make(**options)

    monkeypatch.setattr(fit, "SentenceTransformerTrainingArguments", arguments)
    # Steps of next to nothing: the tuned model is the base, and all vectors can be held against the same ones.
    recipe = {"epochs": 1, "learning_rate": 1e-12, "batch_size": 32, "max_seq_length": MAX_SEQ_LENGTH}
    if asked is not None:
        recipe["prompts"] = json.dumps(asked)
    trained = run_train(tmp_path / "job", make_channels(tmp_path / "channels"), base_model=base, **recipe)
    assert trained.code == 0, trained.failure
    assert given == [expected]
    assert trained.manifest()["prompts"] == expected

    inputs = write_inputs(tmp_path / "evaluate" / "input")
    spec = json.loads((inputs / "spec" / "spec.json").read_text())
    spec |= {"base": str(base), "train": {**spec["train"], **({} if asked is None else {"prompts": asked})}}
    (inputs / "spec" / "spec.json").write_text(json.dumps(spec))
    (inputs / "base").rename(tmp_path / "another")
    pack(trained.model, inputs / "candidate" / "model.tar.gz")
    evaluate(inputs, tmp_path / "output")
    passages = {line["_id"]: line["text"] for line in map(json.loads, (inputs / "corpus" / "corpus.jsonl").open())}
    documents = by_hand(base, [passages[one] for one in sorted(passages)], expected["document"])
    for system in ("base", "candidate"):
        found = np.load(tmp_path / "output" / "evaluation" / f"corpus_{system}.npy")
        np.testing.assert_allclose(found, documents, atol=1e-3)

    endpoint = load_model(trained.model)
    for kind, prompt in expected.items():
        answer = json.loads(ask(endpoint, {"inputs": ["zebra"], "kind": kind}))
        np.testing.assert_allclose(answer, by_hand(base, ["zebra"], prompt), atol=1e-5)

    monkeypatch.setattr(sys, "stdin", (tmp_path / "question").open("w+"))
    sys.stdin.write("zebra")
    sys.stdin.seek(0)
    options = [] if asked is None else ["--prompts", json.dumps(asked)]
    monkeypatch.setattr(sys, "argv", ["embed", "--model", str(base), *options])
    capsys.readouterr()
    assert embed() == 0
    vector = json.loads(capsys.readouterr().out)
    np.testing.assert_allclose([vector], by_hand(base, ["zebra"], expected["query"]), atol=1e-5)


def test_dev_questions_and_passages_have_them_too(tmp_path: Path) -> None:
    base = write_package(tmp_path / "base", prompts=OWN)
    model = training.load_model(base, MAX_SEQ_LENGTH, prompts_of("tiny", base, None))
    np.testing.assert_allclose(model.encode_query(["zebra"]), by_hand(base, ["zebra"], "how "), atol=1e-5)
    np.testing.assert_allclose(model.encode_document(["zebra"]), by_hand(base, ["zebra"], "the stone "), atol=1e-5)


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({}, ("", "")),
        ({"prompts": {"query": "q: ", "document": "d: "}}, ("q: ", "d: ")),
        ({"prompts": {"query": "q: ", "corpus": "c: "}}, ("q: ", "c: ")),
        ({"prompts": {"passage": "p: ", "document": "d: "}}, ("", "d: ")),
        ({"prompts": {"query": "q: ", "any": "a: "}, "default_prompt_name": "any"}, ("q: ", "a: ")),
        ({"prompts": {"query": None}, "default_prompt_name": None}, ("", "")),
    ],
)
def test_a_models_prompts_are_looked_up_as_sentence_transformers_does(config: Any, found: tuple[str, str]) -> None:
    assert prompts_in(config) == dict(zip(("query", "document"), found, strict=True))


@pytest.mark.parametrize("base", ["intfloat/e5-small-v2", "intfloat/e5-small-v2@main", "BAAI/bge-small-en-v1.5"])
def test_a_base_whose_prompts_stand_on_its_page_alone_has_them(base: str, tmp_path: Path) -> None:
    bare, telling = write_package(tmp_path / "bare"), write_package(tmp_path / "telling", prompts=OWN)
    assert prompts_of(base, bare, None) == UNSTORED[base.split("@")[0]]
    assert prompts_of(base, telling, None) == {"query": "how ", "document": "the stone "}
    assert prompts_of(base, bare, {"query": "", "document": ""}) == {"query": "", "document": ""}


def test_prompts_that_are_no_texts_are_the_models_fault(tmp_path: Path) -> None:
    folder = write_package(tmp_path / "base")
    (folder / "config_sentence_transformers.json").write_text('{"prompts": ["query"]}')
    with pytest.raises(UserError, match="owner/name: it cannot be loaded"):
        prompts_of("owner/name", folder, None)


def test_a_model_that_tells_kinds_apart_wants_to_know_the_kind(tmp_path: Path) -> None:
    prompted = load_model(write_package(tmp_path / "prompted", prompts=OWN))
    for body in ({"inputs": "zebra"}, {"input": "zebra", "model": "any"}):
        status, error = refusal(prompted, body)
        assert (status, error["code"], error["param"]) == (400, "missing_key", "kind")
        assert "Send query or document" in error["message"]

    alike = write_package(tmp_path / "alike", prompts={"query": "how ", "document": "how "})
    answer = json.loads(ask(load_model(alike), {"inputs": ["zebra"]}))
    np.testing.assert_allclose(answer, by_hand(alike, ["zebra"], "how "), atol=1e-5)

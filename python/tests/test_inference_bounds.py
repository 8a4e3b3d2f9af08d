"""What a hostile or careless client sends costs a bounded amount, and gets a 4xx that says why."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_inference import ask, refusal
from tiny_package import write_package, write_static_model

from attune_jobs.serving.endpoint import answering
from attune_jobs.serving.endpoint.loading import load_model
from attune_jobs.serving.endpoint.model import Model
from attune_jobs.serving.endpoint.request import RequestError
from attune_jobs.serving.endpoint.start import model_fn
from attune_jobs.serving.endpoint.tokens import CHARACTERS_PER_TOKEN
from attune_jobs.serving.endpoint.transformer import TransformerEngine


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_package(tmp_path_factory.mktemp("package") / "model")


@pytest.fixture(scope="module")
def model(package: Path) -> Model:
    return model_fn(str(package))


@pytest.fixture(scope="module")
def static(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_model(write_static_model(tmp_path_factory.mktemp("static") / "model", package / "tokenizer.json"))


@pytest.mark.parametrize(("engine", "runs"), [("model", "_network"), ("static", "_forward")])
def test_more_tokens_than_a_request_may_hold_are_refused_before_the_model_runs(
    engine: str, runs: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = request.getfixturevalue(engine)
    monkeypatch.setattr(answering, "MAX_TOKENS", 100)
    monkeypatch.setattr(model.engine, runs, lambda *_: pytest.fail("the model ran"))
    status, error = refusal(model, {"inputs": [f"lamp river stone cloud {number}" for number in range(60)]})
    assert (status, error["code"], error["param"]) == (413, "too_many_tokens", "inputs")
    assert "at most 100" in error["message"] and "several requests" in error["message"]


def test_a_request_that_takes_too_long_ends_between_two_batches(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model.engine, "_tokens_per_batch", 8)
    monkeypatch.setattr(answering, "MAX_SECONDS", 0.05)
    network, ran = model.engine._network, []

    def slow(ids: list[list[int]]) -> np.ndarray:
        ran.append(len(ids))
        time.sleep(0.02)
        return network(ids)

    monkeypatch.setattr(model.engine, "_network", slow)
    status, error = refusal(model, {"inputs": [f"lamp {letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]})
    assert (status, error["code"]) == (413, "took_too_long")
    assert len(ran) < 10
    assert "of 26 texts" in error["message"]


def test_a_long_text_is_cut_before_it_is_tokenised_and_counts_as_truncated(model: Model) -> None:
    longer = "lamp " * 1_000
    encoded = model.encode([longer + "x" * 400_000])
    np.testing.assert_allclose(encoded.vectors, model.encode([longer]).vectors, atol=1e-6)
    assert encoded.truncated == 1
    tokenized: list[int] = []

    class Watching:
        def __init__(self, real: Any) -> None:
            self.real = real

        def encode_batch_fast(self, texts: list[str]) -> Any:
            tokenized.extend(map(len, texts))
            return self.real.encode_batch_fast(texts)

    engine = model.engine
    assert isinstance(engine, TransformerEngine)
    engine._tokenizer, real = Watching(engine._tokenizer), engine._tokenizer
    try:
        model.encode(["lamp " * 100_000])
    finally:
        engine._tokenizer = real
    assert tokenized == [CHARACTERS_PER_TOKEN * engine.max_seq_length]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ('{"\\ud800": 1, "inputs": "a"}', 400, "unknown_key"),
        ({"k" * 5_000_000: 1, "inputs": "a"}, 400, "unknown_key"),
        ({"\x1b]0;x\x07\u202e": 1, "inputs": "a"}, 400, "unknown_key"),
        ('{"inputs": "a", "dimensions": ' + "9" * 4_000 + "}", 400, "untrained_dimensions"),
        ('{"inputs": "a", "dimensions": -' + "9" * 9_000 + "}", 400, "malformed_json"),
        ({"inputs": "a", "kind": "\ud800" * 100_000}, 400, "bad_value"),
        ('{"inputs": "a", "kind": ' + "[" * 900 + "]" * 900 + "}", 400, "bad_value"),
        ('{"inputs": "a", "encoding_format": {"a": ' + "[" * 900 + "]" * 900 + "}}", 400, "bad_value"),
        ({"inputs": "a" * 1_000_001}, 413, "text_too_long"),
        ({"inputs": ["a", "é" * 1_000_001]}, 413, "text_too_long"),
    ],
)
def test_what_is_echoed_is_short_and_every_answer_can_be_sent(body: Any, status: int, code: str, model: Model) -> None:
    with pytest.raises(RequestError) as caught:
        ask(model, body)
    assert (caught.value.status, json.loads(str(caught.value))["error"]["code"]) == (status, code)
    assert str(caught.value).isascii() and len(str(caught.value)) < 1_500
    json.loads(str(caught.value))["error"]["message"].encode("utf-8")


@pytest.mark.parametrize(("name", "status"), [("content_type", 415), ("accept", 406)])
def test_headers_are_echoed_short_too(name: str, status: int, model: Model) -> None:
    found, error = refusal(model, {"inputs": "a"}, **{name: "\x1b" + "x" * 100_000})
    assert found == status and len(error["message"]) < 300


def test_a_tokenizer_that_panics_is_a_refusal_and_not_the_workers_end(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PanicException(BaseException):  # as pyo3's, which is no Exception
        pass

    class Panicking:
        def encode_batch_fast(self, _: list[str]) -> Any:
            raise PanicException("regex: retry-limit-in-match over")

    monkeypatch.setattr(model.engine, "_tokenizer", Panicking())
    status, error = refusal(model, {"inputs": "a"})
    assert (status, error["code"], error["param"]) == (400, "unreadable_text", "inputs")

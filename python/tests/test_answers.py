from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from test_inference import ask, refusal
from tiny_package import MAX_SEQ_LENGTH, write_package

from attune_jobs.serving.endpoint import answering
from attune_jobs.serving.endpoint.answering import TOLD, output_fn, predict_fn
from attune_jobs.serving.endpoint.model import Model
from attune_jobs.serving.endpoint.request import input_fn
from attune_jobs.serving.endpoint.start import model_fn

TEXTS = ["stop the job", "what of the model in the endpoint " * 5]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return model_fn(str(write_package(tmp_path_factory.mktemp("answers") / "model")))


def plain(model: Model, **body: Any) -> np.ndarray:
    return np.array(json.loads(ask(model, {"inputs": TEXTS, **body})))


def test_openais_body_is_answered_in_openais_form(model: Model) -> None:
    answer = json.loads(ask(model, {"input": TEXTS, "model": "mine", "dimensions": 16, "user": "somebody"}))
    assert answer["object"] == "list"
    assert answer["model"] == "mine"
    assert [(row["object"], row["index"]) for row in answer["data"]] == [("embedding", 0), ("embedding", 1)]
    found = np.array([row["embedding"] for row in answer["data"]])
    np.testing.assert_array_equal(found, plain(model, dimensions=16))
    assert answer["usage"] == {"prompt_tokens": 5 + MAX_SEQ_LENGTH, "total_tokens": 5 + MAX_SEQ_LENGTH}
    assert answer["truncated"] == 1


def test_openais_clients_ask_for_base64_and_one_text(model: Model) -> None:
    body = {"input": TEXTS[0], "model": "mine", "encoding_format": "base64", "kind": "query"}
    [row] = json.loads(ask(model, body))["data"]
    found = np.frombuffer(base64.b64decode(row["embedding"]), "<f4")
    np.testing.assert_allclose(found, plain(model, kind="query")[0], atol=1e-7)


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"input": [1, 2, 3], "model": "mine"}, "wrong_type", "input[0]"),
        ({"input": "", "model": "mine"}, "blank", "input"),
        ({"input": "a", "model": 3}, "wrong_type", "model"),
        ({"input": "a", "details": True}, "unknown_key", "details"),
        ({"inputs": "a", "input": "a"}, "unknown_key", "input"),
        ({"inputs": "a", "details": "yes"}, "wrong_type", "details"),
    ],
)
def test_what_is_wrong_with_a_body_is_named_as_its_form_has_it(
    model: Model, body: dict[str, Any], code: str, param: str
) -> None:
    status, error = refusal(model, body)
    assert (status, error["code"], error["param"]) == (400, code, param)


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_a_caller_that_asks_is_told_tokens_and_texts_that_were_cut(model: Model, encoding: str) -> None:
    answer = json.loads(ask(model, {"inputs": TEXTS, "details": True, "encoding_format": encoding}))
    assert answer["vectors"] == json.loads(ask(model, {"inputs": TEXTS, "encoding_format": encoding}))
    assert (answer["tokens"], answer["truncated"]) == (5 + MAX_SEQ_LENGTH, 1)


def test_the_bounds_of_a_request_hold_in_openais_form_too(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "MAX_TOKENS", 10)
    status, error = refusal(model, {"input": TEXTS, "model": "mine"})
    assert (status, error["code"], error["param"]) == (413, "too_many_tokens", "input")


class Context:
    """The model server's, as far as output_fn uses it."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}

    def set_response_header(self, index: int, name: str, value: str) -> None:
        assert index == 0
        self.headers[name] = value


@pytest.mark.parametrize(("text", "told"), [(TEXTS[0], {}), (TEXTS[1], {TOLD: "X-Attune-Truncated=1"})])
def test_the_header_that_sagemaker_passes_on_tells_of_a_text_that_was_cut(
    model: Model, text: str, told: dict[str, str]
) -> None:
    context = Context()
    request = input_fn(json.dumps({"inputs": text}), "application/json")
    output_fn(predict_fn(request, model), "application/json", context)
    assert context.headers == told

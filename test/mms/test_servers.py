"""What attune's model package answers behind AWS's inference stack, and the local SageMaker's server against that."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from servers import ROOT, Server, aws, local

sys.path[:0] = [str(ROOT / "python"), str(ROOT / "python" / "tests")]
from tiny_package import write_package  # noqa: E402

JSON = "application/json"
TEXTS = json.dumps({"inputs": ["a", "stop the job"]})
SERVERS = {"aws": aws, "local": local}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_package(tmp_path_factory.mktemp("package") / "model")


@pytest.fixture(scope="module", params=SERVERS)
def server(
    request: pytest.FixtureRequest, package: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    scratch = tmp_path_factory.mktemp(request.param)
    with SERVERS[request.param](package, scratch, SAGEMAKER_MODEL_SERVER_WORKERS="1") as running:
        assert running.post(TEXTS, content_type=JSON).status == 200
        yield running


def test_every_text_gets_its_vector(server: Server) -> None:
    answer = server.post(TEXTS, content_type=JSON, accept=JSON)
    assert (answer.status, answer.type) == (200, JSON)
    vectors = np.array(json.loads(answer.body))
    assert vectors.shape == (2, 32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("accept", ["*/*", ""])
def test_json_is_what_a_client_gets_that_takes_anything(server: Server, accept: str) -> None:
    answer = server.post(TEXTS, content_type=JSON, **({"accept": accept} if accept else {}))
    assert (answer.status, answer.type) == (200, JSON)


def test_a_content_type_with_a_charset_is_read_as_bytes(server: Server) -> None:
    assert server.post(TEXTS, content_type="application/json; charset=utf-8").status == 200


def test_an_array_comes_as_bytes_of_the_type_asked_for(server: Server) -> None:
    answer = server.post(TEXTS, content_type=JSON, accept="application/x-npy")
    assert (answer.status, answer.type) == (200, "application/x-npy")
    assert np.load(io.BytesIO(answer.body)).shape == (2, 32)


def test_a_request_of_six_megabytes_passes_whole(server: Server) -> None:
    inputs = json.dumps({"inputs": ["a"] * 1024, "padding": ""}).replace(', "padding": ""', " " * 6_000_000)
    assert 6_000_000 < len(inputs) < 6_291_456
    answer = server.post(inputs, content_type=JSON)
    assert answer.status == 200
    assert len(json.loads(answer.body)) == 1024


REFUSED = {
    "blank": ('{"inputs": ""}', JSON, JSON),
    "malformed_json": ("{", JSON, JSON),
    "too_many_texts": (json.dumps({"inputs": ["a"] * 1025}), JSON, JSON),
    "unsupported_content_type": ("x", "text/plain", JSON),
    "not_acceptable": (TEXTS, JSON, "text/html"),
}


@pytest.mark.parametrize("code", REFUSED)
def test_a_refusal_reaches_the_client_with_its_code(server: Server, code: str) -> None:
    body, content_type, accept = REFUSED[code]
    answer = server.post(body, content_type=content_type, accept=accept)
    assert 400 <= answer.status < 500
    assert code in answer.body.decode()


@pytest.mark.parametrize("code", REFUSED)
def test_a_refusal_is_a_400_with_the_models_words_in_the_servers_own(server: Server, code: str) -> None:
    body, content_type, accept = REFUSED[code]
    answer = server.post(body, content_type=content_type, accept=accept)
    assert (answer.status, answer.type) == (400, JSON)
    said = json.loads(answer.body)
    assert (said["code"], said["type"]) == (400, "InternalServerException")
    assert json.loads(said["message"])["error"]["code"] == code


def test_an_unknown_path_is_404(server: Server) -> None:
    assert server.get("/nothing").status == 404


ECHO = """
import os
import time

def model_fn(model_dir):
    time.sleep({seconds})
    return "loaded"

def transform_fn(model, data, content_type, accept):
    time.sleep({each})
    return str(os.getpid())
"""


@pytest.mark.parametrize("name", SERVERS)
def test_a_ping_is_green_before_the_model_is_loaded_and_a_request_waits_for_it(name: str, tmp_path: Path) -> None:
    with SERVERS[name](echo(tmp_path, 20, 0), in_(tmp_path), SAGEMAKER_MODEL_SERVER_WORKERS="1") as server:
        since = time.monotonic()
        assert server.get("/ping").status == 200
        assert time.monotonic() - since < 15
        assert server.post("x", content_type=JSON).status == 200


@pytest.mark.parametrize("name", SERVERS)
def test_several_workers_are_several_processes(name: str, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with SERVERS[name](echo(tmp_path, 0, 1), in_(tmp_path), SAGEMAKER_MODEL_SERVER_WORKERS="2") as server:
        with ThreadPoolExecutor(8) as clients:
            answers = list(clients.map(lambda _: server.post("x", content_type=JSON), range(8)))
        assert {answer.status for answer in answers} == {200}
        assert len({answer.body for answer in answers}) == 2


LARGEST = 6_291_456
"""Bytes of an answer that the platform passes on (InvokeEndpoint's limit)."""

OF_A_SIZE = """
def model_fn(model_dir):
    return "loaded"

def transform_fn(model, data, content_type, accept):
    return "x" * int(data)
"""


@pytest.mark.parametrize("name", SERVERS)
def test_the_largest_answer_that_the_platform_passes_on_comes_whole(name: str, tmp_path: Path) -> None:
    with SERVERS[name](handler(tmp_path, OF_A_SIZE), in_(tmp_path), SAGEMAKER_MODEL_SERVER_WORKERS="1") as server:
        answer = server.post(str(LARGEST), content_type=JSON)
        assert (answer.status, len(answer.body)) == (200, LARGEST)


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("reserved", ["manifest.json", "deep/MANIFEST.json"])
def test_a_file_of_the_servers_own_name_keeps_it_from_starting(name: str, reserved: str, tmp_path: Path) -> None:
    model = echo(tmp_path, 0, 0)
    (model / reserved).parent.mkdir(exist_ok=True)
    (model / reserved).write_text("{}")
    in_(tmp_path)
    with (
        pytest.raises((AssertionError, OSError)),
        SERVERS[name](model, tmp_path / "ml", SAGEMAKER_STARTUP_TIMEOUT="20") as server,
    ):
        assert server.post("x", content_type=JSON).status == 200
    output = "".join(path.read_text() for path in (tmp_path / "ml").glob("[ol][uo]*") if path.is_file())
    assert "LegacyManifest" in output or "manifest.json" in output.lower()


def echo(folder: Path, seconds: float, each: float) -> Path:
    return handler(folder, ECHO.format(seconds=seconds, each=each))


def handler(folder: Path, script: str) -> Path:
    code = folder / "package" / "code"
    code.mkdir(parents=True)
    (code / "inference.py").write_text(script)
    return folder / "package"


def in_(folder: Path) -> Path:
    (folder / "ml").mkdir()
    return folder / "ml"

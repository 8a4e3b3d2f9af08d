from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_arrival import wheel
from tiny_package import write_package

from attune_jobs.serving.endpoint import int8
from attune_jobs.serving.endpoint.files import ModelRefused
from attune_jobs.serving.endpoint.loading import ENGINES, load_model
from attune_jobs.serving.endpoint.start import model_fn
from attune_jobs.training.onnx_export import write_int8

TEXTS = ["stop the job", "a", "what of the model in the endpoint " * 5, "Größe, 日本!", "zebra quilt lamp river stone"]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_package(tmp_path_factory.mktemp("int8") / "model")
    assert write_int8(folder) is None
    return folder


@pytest.mark.parametrize(("kind", "pooling"), [("bert", "cls"), ("roberta", "mean"), ("mpnet", "mean")])
def test_every_plain_transformer_has_vectors_near_those_of_float32(tmp_path: Path, kind: str, pooling: str) -> None:
    folder = write_package(tmp_path / "model", kind=kind, pooling=pooling)
    assert write_int8(folder) is None
    exact, made = (load_model(folder, engine=engine).encode(TEXTS).vectors for engine in ENGINES)
    assert made.shape == exact.shape
    assert not np.array_equal(made, exact)
    assert (made * exact).sum(axis=1).min() > 0.99


def test_a_text_has_the_same_vector_alone_and_beside_any_other(package: Path) -> None:
    model = load_model(package, engine="int8")
    together = model.encode(TEXTS).vectors
    alone = np.concatenate([model.encode([text]).vectors for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_more_than_a_transformer_with_plain_pooling_stays_in_float32(tmp_path: Path) -> None:
    folder = write_package(tmp_path / "model", pooling="max")
    assert "more than a transformer" in str(write_int8(folder))
    assert not (folder / int8.FILE).exists()
    with pytest.raises(ModelRefused, match="int8 does not run it"):
        load_model(folder, engine="int8")


def test_a_model_that_no_exporter_takes_stays_in_float32(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("unsupported operator\nand a graph of a thousand lines")

    monkeypatch.setattr("attune_jobs.training.onnx_export._export", fails)
    copy = write_package(package.parent / "other")
    assert write_int8(copy) == "it cannot be exported (RuntimeError: unsupported operator)"


def test_a_package_without_the_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match=r"no onnx/model_int8\.onnx, which the int8 engine runs"):
        load_model(write_package(tmp_path / "model"), engine="int8")


def test_an_engine_that_is_not_known_is_refused(package: Path) -> None:
    with pytest.raises(ModelRefused, match="'int4' is not known, expected float32 or int8"):
        load_model(package, engine="int4")


SERVE = """
import json, sys
sys.path.insert(0, sys.argv[1] + "/code")
import inference
model = inference.model_fn(sys.argv[1])
request = inference.input_fn(json.dumps({"inputs": ["stop the job"]}), "application/json")
print(inference.output_fn(inference.predict_fn(request, model), "*/*"))
print("torch" in sys.modules)
"""


def serve(package: Path, **variables: str) -> list[str]:
    """The lines that a process prints which serves as an endpoint does."""
    environment = {**os.environ, "ATTUNE_ENGINE": "int8", **variables}
    command = [sys.executable, "-c", SERVE, str(package)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=300)
    return done.stdout.splitlines()


def test_the_packaged_handler_serves_int8_without_torch(package: Path) -> None:
    loaded, _, answer, torch = serve(package)
    assert json.loads(loaded)["engine"] == "int8"
    expected = load_model(package, engine="int8").encode(["stop the job"]).vectors
    np.testing.assert_allclose(np.array(json.loads(answer)), expected, atol=1e-6)
    assert torch == "False"


def test_an_endpoint_that_cannot_get_the_runtime_serves_float32_and_says_why(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ATTUNE_ENGINE", "int8")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    model = model_fn(str(package))
    said = capsys.readouterr().out
    assert "float32 serves instead of int8: pip could not install onnxruntime" in said
    assert '"engine": "float32"' in said
    expected = load_model(package).encode(TEXTS).vectors
    np.testing.assert_array_equal(model.encode(TEXTS).vectors, expected)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `code/` folder in an image without the runtime."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "code" / "wheels").mkdir(parents=True)
    requirement = "--no-index\n--find-links wheels\nattune-probe==1.0\n"
    (tmp_path / "code" / int8.REQUIREMENT).write_text(requirement, encoding="utf-8")
    return tmp_path / "code"


def test_the_runtime_comes_from_a_wheel_that_travels_with_the_model(bare: Path) -> None:
    wheel(bare / "wheels", "attune_probe")
    int8.bring_runtime(bare)
    assert (bare.parent / "attune-onnxruntime" / "attune_probe.py").is_file()
    assert sys.path[-1] == str(bare.parent / "attune-onnxruntime")


def test_what_pip_says_is_why_there_is_no_runtime(bare: Path) -> None:
    with pytest.raises(int8.NoRuntime, match=r"pip could not install onnxruntime \(.*attune-probe"):
        int8.bring_runtime(bare)

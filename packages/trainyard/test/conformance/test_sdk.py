"""The SageMaker Python SDK, versions 2 and 3, unmodified and with its defaults."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bench import BUCKET, KEYS, REGION, ROLE, Emulator, until

SOURCES = {
    "train.py": """
import argparse, os, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--factor", type=int)
parser.add_argument("--rate", type=float)
given = parser.parse_args()
print(f"loss={given.rate}", flush=True)
pathlib.Path(os.environ["SM_MODEL_DIR"], "factor.txt").write_text(str(given.factor))
""",
    "inference.py": """
import json, pathlib

def model_fn(model_dir):
    return int(pathlib.Path(model_dir, "factor.txt").read_text())

def input_fn(data, content_type):
    return json.loads(data)["inputs"]

def predict_fn(data, model):
    return [len(text) * model for text in data]

def output_fn(prediction, accept):
    return json.dumps(prediction)
""",
    "process.py": """
import argparse, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--suffix")
given = parser.parse_args()
folder = pathlib.Path(__file__).parents[2]
found = list((folder / "input").glob(f"*{given.suffix}"))
(folder / "output" / "count.txt").write_text(str(len(found)))
""",
}

# The SDK sends every call's name to its makers, unless told otherwise.
CONFIG = "SchemaVersion: '1.0'\nSageMaker: {PythonSDK: {Modules: {TelemetryOptOut: true}}}\n"


def python_of(variable: str) -> str:
    """A Python with the SageMaker Python SDK: it wants other versions of its neighbours than the jobs do."""
    python = os.environ.get(variable)
    if python is None:
        why = f"{variable} names no Python with the SageMaker Python SDK"
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    return python


def test_version_2_fits_tunes_processes_deploys_asks_and_deletes(
    emulator: Emulator, sagemaker: Any, s3_url: str, tmp_path: Path
) -> None:
    result = printed_by("sdk_v2_program.py", python_of("TRAINYARD_SDK_PYTHON"), emulator, s3_url, tmp_path)

    assert_done(result, models=2)
    until("its endpoints are gone", lambda: not sagemaker.list_endpoints()["Endpoints"])


def test_version_3_trains_tunes_processes_deploys_asks_and_deletes(
    emulator: Emulator,
    sagemaker: Any,
    s3_url: str,
    tmp_path: Path,
    # Its jobs run scripts of its own, by their paths below /opt/ml.
    namespaces: None,
) -> None:
    result = printed_by("sdk_v3_program.py", python_of("TRAINYARD_SDK3_PYTHON"), emulator, s3_url, tmp_path)

    assert_done(result, models=1)
    until("its endpoints are gone", lambda: not sagemaker.list_endpoints()["Endpoints"])


def assert_done(result: Any, models: int) -> None:
    assert result["status"] == "Completed"
    assert result["metrics"] == ["loss"]
    assert (result["tried"], bool(result["best"])) == (2, True)
    assert result["counted"] == "3"
    assert result["answers"] == [[3, 6]] * models


def printed_by(program: str, python: str, emulator: Emulator, s3_url: str, tmp_path: Path) -> Any:
    source = tmp_path / "source"
    source.mkdir()
    for name, text in SOURCES.items():
        (source / name).write_text(text)
    (tmp_path / "config.yaml").write_text(CONFIG)
    endpoints = ("SAGEMAKER", "SAGEMAKER_RUNTIME", "CLOUDWATCH_LOGS")
    environment = {
        **os.environ,
        **KEYS,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL_S3": s3_url,
        **{f"AWS_ENDPOINT_URL_{service}": emulator.url for service in endpoints},
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(tmp_path / "config.yaml"),
        # Version 3 asks IAM otherwise whether the role may do all that it is for.
        "SAGEMAKER_VALIDATE_ROLE": "false",
    }

    done = subprocess.run(
        [python, str(Path(__file__).with_name(program)), BUCKET, ROLE, str(source)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])

"""The SageMaker Python SDK, unmodified: an estimator is fitted, deployed, asked and deleted."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import BUCKET, KEYS, REGION, ROLE, ROOT, Emulator

SOURCES = {
    "train.py": """
import argparse, os, pathlib, shutil
parser = argparse.ArgumentParser()
parser.add_argument("--factor", type=int)
parser.add_argument("--name")
given = parser.parse_args()
print("loss=0.125", flush=True)
model = pathlib.Path(os.environ["SM_MODEL_DIR"])
(model / "factor.txt").write_text(str(given.factor))
(model / "code").mkdir()
shutil.copy("inference.py", model / "code" / "inference.py")
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
}


@pytest.fixture(scope="module")
def sdk_python() -> str:
    program = ["node", "--import", "tsx", "tools/conformance-python.ts"]
    made = subprocess.run(program, cwd=ROOT, capture_output=True, text=True)
    if made.returncode != 0:
        why = f"no environment for the SageMaker Python SDK: {made.stderr.strip().splitlines()[-1]}"
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    return made.stdout.strip()


def test_an_estimator_is_fitted_deployed_asked_and_deleted(
    sdk_python: str, emulator: Emulator, sagemaker: Any, s3_url: str, inputs: str, tmp_path: Path
) -> None:
    for name, source in SOURCES.items():
        (tmp_path / name).write_text(source)
    endpoints = ("SAGEMAKER", "SAGEMAKER_RUNTIME", "CLOUDWATCH_LOGS")
    environment = {
        **os.environ,
        **KEYS,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL_S3": s3_url,
        **{f"AWS_ENDPOINT_URL_{service}": emulator.url for service in endpoints},
    }
    image = f"763104351884.dkr.ecr.{REGION}.amazonaws.com/pytorch-training:2.10.0-cpu-py313"
    program = str(Path(__file__).with_name("sdk_program.py"))

    done = subprocess.run(
        [sdk_python, program, BUCKET, ROLE, str(tmp_path), image],
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.strip().splitlines()[-1])
    assert result["status"] == "Completed"
    assert result["metrics"] == ["loss"]
    assert result["answer"] == [3, 6]
    with pytest.raises(ClientError, match="Could not find"):
        sagemaker.describe_endpoint_config(EndpointConfigName="sdk-endpoint")

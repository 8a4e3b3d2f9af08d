"""Variables that refer to a secret, against moto's Secrets Manager and Systems Manager."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from test_arrival import PYTHON_FOLDER, code, start  # noqa: F401  # a fixture

from arrival import code_digest
from attune_jobs.serving.endpoint.references import ReferenceRefused, resolve
from attune_jobs.serving.package import write_handler

SECRET = "hf_not-a-real-token"


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with mock_aws():
        yield


def stored(text: str, region: str = "eu-west-1") -> str:
    made: str = boto3.client("secretsmanager", region_name=region).create_secret(Name="hf", SecretString=text)["ARN"]
    return made


def test_a_secret_a_key_of_one_and_a_parameter_become_the_variables_values() -> None:
    secret = stored(SECRET + "\n", "us-west-2")
    pair = stored(json.dumps({"user": "me", "password": "p"}))
    ssm = boto3.client("ssm", region_name="eu-west-1")
    ssm.put_parameter(Name="/attune/index", Value="https://me:p@pypi.example/simple", Type="SecureString")
    variables = {
        "ATTUNE_FROM_HF_TOKEN": f"secret:{secret}",
        "ATTUNE_FROM_PASSWORD": f"secret:{pair}#password",
        "ATTUNE_FROM_PIP_INDEX_URL": "parameter:/attune/index",
        "HF_ENDPOINT": "https://hf.example",
    }

    resolve(variables)

    assert variables == {
        "HF_TOKEN": SECRET,
        "PASSWORD": "p",
        "PIP_INDEX_URL": "https://me:p@pypi.example/simple",
        "HF_ENDPOINT": "https://hf.example",
    }


@pytest.mark.parametrize(
    ("text", "reference", "why"),
    [
        (SECRET, "secret:{arn}#token", "the secret is no JSON object with the key 'token'"),
        (json.dumps({"other": SECRET}), "secret:{arn}#token", "the secret is no JSON object with the key 'token'"),
        (json.dumps({"token": [SECRET]}), "secret:{arn}#token", "the value of 'token' is no text"),
        (SECRET, "secret:{arn}x", "ResourceNotFoundException"),
        (SECRET, "parameter:/attune/none", "ParameterNotFound"),
    ],
)
def test_what_cannot_be_resolved_is_told_by_variable_and_reference_and_no_secret(
    text: str, reference: str, why: str
) -> None:
    reference = reference.format(arn=stored(text))
    with pytest.raises(ReferenceRefused) as refused:
        resolve({"ATTUNE_FROM_HF_TOKEN": reference})
    message = str(refused.value)
    assert message.startswith(f"environment.HF_TOKEN ({reference}): ") and why in message
    assert SECRET not in message


@pytest.mark.parametrize("script", ["job.py", "train.py"])
def test_a_job_whose_secret_cannot_be_had_ends_with_that_sentence(
    code: Path,  # noqa: F811
    tmp_path: Path,
    script: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("ATTUNE_FROM_HF_TOKEN", "secret:arn:aws:secretsmanager:eu-west-1:123456789012:secret:hf")
    output = str(tmp_path / "processing" / "output")
    arguments = ["prepare", "--spec", "s", "--input", "i", "--output", output] if script == "job.py" else []

    ended = start(code, script, code_digest(code), tmp_path, *arguments)

    assert ended.returncode == 2, ended.stderr
    message = (tmp_path / "output" / ("message" if script == "job.py" else "failure")).read_text()
    assert message.startswith("environment.HF_TOKEN (secret:arn:aws:secretsmanager:")
    assert "Traceback" not in ended.stderr


def test_the_endpoints_handler_resolves_by_the_file_beside_it(tmp_path: Path) -> None:
    write_handler(tmp_path)
    program = f"""
import os, sys
from moto import mock_aws
import boto3
with mock_aws():
    arn = boto3.client("secretsmanager", region_name="eu-west-1").create_secret(Name="n", SecretString="s")["ARN"]
    os.environ["ATTUNE_FROM_OWN"] = "secret:" + arn
    sys.path.insert(0, {str(tmp_path)!r})
    import inference
    try:
        inference.model_fn({str(tmp_path / "none")!r})
    except Exception as error:
        print(type(error).__name__, os.environ["OWN"])
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert ended.stdout.split()[-1] == "s", ended.stderr

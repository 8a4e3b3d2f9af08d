"""A pytest plugin that has moto's own tests speak to the local SageMaker: `pytest -p on_trainyard …`.

`mock_aws` mocks nothing; each test gets a server of its own, in the instant mode, and the objects that its jobs read.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import moto
import pytest

import bench

pytest_plugins = ["bench"]

bench.REGION = bench.KEYS["AWS_REGION"] = "us-east-1"
ROLE = f"arn:aws:iam::{bench.ACCOUNT}:role/FakeRole"

INPUTS = {
    "my-bucket": [
        "sagemaker/DEMO-breast-cancer-prediction/train/x",
        "sagemaker/DEMO-breast-cancer-prediction/validation/x",
        "sagemaker/processing/x",
    ]
}
"""What moto's tests name and never make: on AWS nothing could be created without."""

INFERENCE = "def model_fn(model_dir): return None\n"

KEYS_AS_THEY_CAN_BE = {"prediction//": "prediction/", "s3://MyBucket/": "s3://my-bucket/"}
"""No bucket has capitals in its name, and no file system an empty folder name."""

create_client = boto3.client


def client_here(*arguments: Any, **options: Any) -> Any:
    """Whatever region a test asks for, the server is in one; its requests get what AWS would ask of them."""
    client = create_client(*arguments, **{**options, "region_name": bench.REGION})
    client.meta.events.register("provide-client-params.sagemaker", with_what_aws_asks_for)
    client.meta.events.register("after-call.sagemaker.CreateEndpoint", lambda **_: until_settled(client))
    return client


def until_settled(client: Any) -> None:
    """In moto an endpoint is there at once: its tests wait for none."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and client.list_endpoints(StatusEquals="Creating")["Endpoints"]:
        time.sleep(0.1)


def with_what_aws_asks_for(params: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A role that is one, and keys as a file system has them: tests that have neither show something else."""
    text = json.dumps(params, default=str)
    changed = params
    for written, meant in KEYS_AS_THEY_CAN_BE.items():
        if written in text:
            changed = json.loads(text := text.replace(written, meant))
    return {**changed, **{name: ROLE for name in ("RoleArn", "ExecutionRoleArn") if name in changed}}


boto3.client = client_here


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """AWS writes names in ARNs in lower case; moto as they are given."""
    for module in {item.getparent(pytest.Module).obj for item in items}:
        if hasattr(module, "re"):
            module.re = SimpleNamespace(match=lambda pattern, text: re.match(pattern, text, re.IGNORECASE))


class NothingMocked:
    """In the place of `mock_aws`: a decorator with or without parentheses, and a context."""

    def __call__(self, wrapped: Callable[..., Any] | None = None, **_config: Any) -> Any:
        return self if wrapped is None else wrapped

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass


moto.mock_aws = NothingMocked()  # type: ignore[assignment, misc]


@pytest.fixture(scope="session")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the jobs of the instant mode leave."""
    folder = tmp_path_factory.mktemp("outputs")
    (folder / "training").mkdir()
    (folder / "training.log").write_text("")
    (folder / "training" / "model.tar.gz").write_bytes(archive_of({}))
    return folder


def archive_of(files: dict[str, str]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return archive.getvalue()


@pytest.fixture(scope="session")
def s3_with_inputs(s3_url: str) -> str:
    s3 = bench.client("s3", s3_url)
    for bucket, keys in INPUTS.items():
        s3.create_bucket(Bucket=bucket)
        for key in keys:
            s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    s3.put_object(Bucket="my-bucket", Key="model.tar.gz", Body=archive_of({"code/inference.py": INFERENCE}))
    return s3_url


@pytest.fixture(autouse=True)
def trainyard(s3_with_inputs: str, outputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    options = ["--role", ROLE, "--instant", "1", "--outputs", str(outputs)]
    started = bench.Emulator(tmp_path / "state", s3_with_inputs, "http://127.0.0.1:9/", options=options)
    started.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3_with_inputs)
    for service in ("SAGEMAKER", "SAGEMAKER_RUNTIME", "CLOUDWATCH_LOGS"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", started.url)
    for name, value in {**bench.KEYS, "AWS_DEFAULT_REGION": bench.REGION}.items():
        monkeypatch.setenv(name, value)
    yield
    started.kill()

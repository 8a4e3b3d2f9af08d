"""Endpoints as boto3 sees them: its waiters, paginators and error classes; objects served without an archive."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from bench import ACCOUNT, BUCKET, REGION, ROLE, Emulator, client

IMAGE = f"763104351884.dkr.ecr.{REGION}.amazonaws.com/huggingface-pytorch-inference:2.6.0-cpu-py312"
WAITED = {"Delay": 1, "MaxAttempts": 60}

ECHO = """
class Refused(Exception):
    status = 413

def model_fn(model_dir):
    return "{name}"

def transform_fn(model, data, content_type, accept):
    if data == "refuse":
        raise Refused("not JSON, but clear")
    return model + ":" + data
"""

Create = Callable[..., None]


@pytest.fixture
def runtime(emulator: Emulator) -> Any:
    return client("sagemaker-runtime", emulator.url)


@pytest.fixture
def create(sagemaker: Any, s3: Any) -> Iterator[Create]:
    """Makes model, configuration and endpoint of one name; ends the endpoints afterwards."""
    names: list[str] = []

    def make(name: str, code: str = ECHO, **container: Any) -> None:
        if not container:
            container = {"ModelDataUrl": upload(s3, name, code.replace("{name}", name))}
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE, **container})
        variant = {
            "VariantName": "main",
            "ModelName": name,
            "InstanceType": "ml.c6i.xlarge",
            "InitialInstanceCount": 1,
        }
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        names.append(name)

    yield make
    for name in names:
        sagemaker.delete_endpoint(EndpointName=name)
        sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig=WAITED)


def upload(s3: Any, name: str, code: str) -> str:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        entry = tarfile.TarInfo("code/inference.py")
        entry.size = len(code.encode())
        tar.addfile(entry, io.BytesIO(code.encode()))
    s3.put_object(Bucket=BUCKET, Key=f"{name}/model.tar.gz", Body=archive.getvalue())
    return f"s3://{BUCKET}/{name}/model.tar.gz"


def test_the_waiter_sees_an_endpoint_come_into_service_and_it_answers(
    create: Create, sagemaker: Any, runtime: Any
) -> None:
    create("py-served")
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="py-served", WaiterConfig=WAITED)

    reply = runtime.invoke_endpoint(
        EndpointName="py-served", ContentType="application/json", Accept="text/plain", Body=b"hello"
    )

    assert reply["Body"].read() == b"py-served:hello"
    assert reply["InvokedProductionVariant"] == "main"
    assert reply["ContentType"] == "text/plain"


def test_a_refusal_of_the_model_is_boto3s_own_model_error(create: Create, sagemaker: Any, runtime: Any) -> None:
    create("py-refuses")
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="py-refuses", WaiterConfig=WAITED)

    with pytest.raises(runtime.exceptions.ModelError) as refused:
        runtime.invoke_endpoint(EndpointName="py-refuses", ContentType="application/json", Body=b"refuse")

    assert refused.value.response["OriginalStatusCode"] == 400
    message = json.loads(refused.value.response["OriginalMessage"])["message"]
    assert message == "not JSON, but clear"


def test_an_unknown_endpoint_is_refused_in_awss_words(runtime: Any) -> None:
    with pytest.raises(ClientError) as refused:
        runtime.invoke_endpoint(EndpointName="py-none", Body=b"{}")

    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationError"
    assert error["Message"] == f"Endpoint py-none of account {ACCOUNT} not found."


def test_the_waiter_sees_an_endpoint_fail(create: Create, sagemaker: Any) -> None:
    create("py-fails", ModelDataUrl=f"s3://{BUCKET}/not-there/model.tar.gz")

    with pytest.raises(WaiterError, match="Failed"):
        sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="py-fails", WaiterConfig=WAITED)


def test_functions_that_do_not_belong_together_do_not_load(
    create: Create, sagemaker: Any, runtime: Any, logs: Any
) -> None:
    create("py-mixed", ECHO + "\ndef predict_fn(data, model):\n    return data\n")
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="py-mixed", WaiterConfig=WAITED)

    with pytest.raises(runtime.exceptions.ModelError) as failed:
        runtime.invoke_endpoint(EndpointName="py-mixed", ContentType="application/json", Body=b"x")

    assert failed.value.response["OriginalStatusCode"] == 503
    group = "/aws/sagemaker/Endpoints/py-mixed"
    stream = logs.describe_log_streams(logGroupName=group)["logStreams"][0]["logStreamName"]
    events = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]
    assert "defines transform_fn and predict_fn: expected one or the other" in events[0]["message"]


def test_model_data_may_be_objects_under_a_prefix(create: Create, sagemaker: Any, runtime: Any, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="py-prefix/code/inference.py", Body=ECHO.replace("{name}", "objects").encode())
    source = {"S3Uri": f"s3://{BUCKET}/py-prefix/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    create("py-prefix", ModelDataSource={"S3DataSource": source})
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="py-prefix", WaiterConfig=WAITED)

    reply = runtime.invoke_endpoint(EndpointName="py-prefix", ContentType="application/json", Body=b"x")

    assert reply["Body"].read() == b"objects:x"


def test_paginators_go_through_models_and_configurations(sagemaker: Any) -> None:
    for number in range(5):
        sagemaker.create_model(ModelName=f"py-page-{number}", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE})
    pages = sagemaker.get_paginator("list_models").paginate(
        NameContains="py-page", SortBy="Name", SortOrder="Ascending", PaginationConfig={"PageSize": 2}
    )

    shown = [[model["ModelName"] for model in page["Models"]] for page in pages]

    assert shown == [["py-page-0", "py-page-1"], ["py-page-2", "py-page-3"], ["py-page-4"]]


def test_a_deployment_that_aws_would_refuse_is_refused(sagemaker: Any, create: Create) -> None:
    create("py-canary")
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="py-canary", WaiterConfig=WAITED)
    size = {"Type": "CAPACITY_PERCENT", "Value": 80}
    routing = {"Type": "CANARY", "WaitIntervalInSeconds": 0, "CanarySize": size}

    with pytest.raises(ClientError, match="CanarySize is 80 %") as refused:
        sagemaker.update_endpoint(
            EndpointName="py-canary",
            EndpointConfigName="py-canary",
            DeploymentConfig={"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}},
        )

    assert refused.value.response["Error"]["Code"] == "ValidationException"

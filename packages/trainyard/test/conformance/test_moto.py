"""moto as an outside oracle: where it agrees with AWS, the emulator gives the same answers."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from bench import KEYS, REGION, channel, processing_request, training_request


def answer(client: Any, operation: str, request: dict[str, Any]) -> tuple[int, str]:
    with pytest.raises(ClientError) as refused:
        getattr(client, operation)(**request)
    response = refused.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def of_moto(operation: str, request: dict[str, Any]) -> tuple[int, str]:
    keys = {"aws_access_key_id": KEYS["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": KEYS["AWS_SECRET_ACCESS_KEY"]}
    with mock_aws():
        return answer(boto3.client("sagemaker", region_name=REGION, **keys), operation, request)


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("describe_training_job", {"TrainingJobName": "nobody"}),
        ("describe_processing_job", {"ProcessingJobName": "nobody"}),
        ("describe_model", {"ModelName": "nobody"}),
        ("delete_model", {"ModelName": "nobody"}),
        ("describe_endpoint_config", {"EndpointConfigName": "nobody"}),
        ("delete_endpoint_config", {"EndpointConfigName": "nobody"}),
        ("describe_endpoint", {"EndpointName": "nobody"}),
        ("delete_endpoint", {"EndpointName": "nobody"}),
    ],
)
def test_a_missing_resource_is_answered_alike(sagemaker: Any, operation: str, request_: dict[str, Any]) -> None:
    assert answer(sagemaker, operation, request_) == of_moto(operation, request_) == (400, "ValidationException")


def shape_of(value: Any) -> Any:
    """Member names and types, without the values."""
    if isinstance(value, dict):
        return {key: shape_of(member) for key, member in value.items()}
    if isinstance(value, list):
        return [shape_of(member) for member in value]
    return type(value).__name__


def test_a_described_job_carries_what_was_asked_for_in_the_same_form(sagemaker: Any, inputs: str) -> None:
    training = training_request("alike", InputDataConfig=[channel("train", inputs)])
    training["AlgorithmSpecification"]["ContainerEntrypoint"] = ["true"]
    processing = processing_request("alike", "pass")
    sagemaker.create_training_job(**training)
    sagemaker.create_processing_job(**processing)
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    with mock_aws():
        moto = boto3.client("sagemaker", region_name=REGION, **keys)
        moto.create_training_job(**training)
        moto.create_processing_job(**processing)
        their_training = moto.describe_training_job(TrainingJobName="alike")
        their_processing = moto.describe_processing_job(ProcessingJobName="alike")

    our_training = sagemaker.describe_training_job(TrainingJobName="alike")
    our_processing = sagemaker.describe_processing_job(ProcessingJobName="alike")
    for member in (
        "RoleArn",
        "InputDataConfig",
        "OutputDataConfig",
        "ResourceConfig",
        "StoppingCondition",
        "CreationTime",
    ):
        assert shape_of(our_training[member]) == shape_of(their_training[member]), member
    for member in ("AppSpecification", "RoleArn", "CreationTime"):
        assert shape_of(our_processing[member]) == shape_of(their_processing[member]), member


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("create_training_job", training_request("both-twice")),
        ("create_processing_job", processing_request("both-twice", "pass")),
    ],
)
def test_a_duplicate_that_moto_accepts_is_refused_as_on_aws(
    sagemaker: Any, operation: str, request_: dict[str, Any]
) -> None:
    with mock_aws():
        moto = boto3.client("sagemaker", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")
        getattr(moto, operation)(**request_)
        getattr(moto, operation)(**request_)
    getattr(sagemaker, operation)(**request_)

    assert answer(sagemaker, operation, request_) == (400, "ResourceInUse")

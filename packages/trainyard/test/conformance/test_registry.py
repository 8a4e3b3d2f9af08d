"""The model registry, held against moto and against botocore, which refuses to read what does not fit AWS's model."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from bench import REGION, client

VERSION = {
    "ModelPackageDescription": "ours",
    "InferenceSpecification": {
        "Containers": [{"Image": "1.dkr.ecr.us-east-1.amazonaws.com/x:1", "ModelDataUrl": "s3://bucket/model.tar.gz"}],
        "SupportedContentTypes": ["application/json"],
        "SupportedResponseMIMETypes": ["application/json"],
    },
    "ModelMetrics": {
        "ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": "s3://b/report.json"}}
    },
}


def moto_client() -> Any:
    return boto3.client("sagemaker", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")


def story(client: Any) -> list[Any]:
    """What a registry is for; the answers without times, requests ids and who asked."""
    client.create_model_package_group(ModelPackageGroupName="Embedders", ModelPackageGroupDescription="ours")
    first = client.create_model_package(ModelPackageGroupName="Embedders", **VERSION)["ModelPackageArn"]
    second = client.create_model_package(ModelPackageGroupName="Embedders", ModelApprovalStatus="Approved", **VERSION)[
        "ModelPackageArn"
    ]
    client.update_model_package(
        ModelPackageArn=first, ModelApprovalStatus="Rejected", ApprovalDescription="worse on part numbers"
    )
    listed = client.list_model_packages(ModelPackageGroupName="Embedders", SortOrder="Ascending")
    described = [client.describe_model_package(ModelPackageName=arn) for arn in (first, second)]
    group = client.describe_model_package_group(ModelPackageGroupName="Embedders")
    shown = ("ModelPackageVersion", "ModelApprovalStatus", "ModelPackageStatus", "ModelPackageArn")
    return [
        [arn.split(":", 5)[5] for arn in (first, second)],
        [
            [one[key].split(":")[-1] if key.endswith("Arn") else one[key] for key in shown]
            for one in listed["ModelPackageSummaryList"]
        ],
        [{key: one.get(key) for key in (*VERSION, *shown[:3], "ApprovalDescription")} for one in described],
        [group["ModelPackageGroupName"], group["ModelPackageGroupDescription"]],
    ]


@pytest.fixture(scope="module")
def theirs() -> list[Any]:
    with mock_aws():
        return story(moto_client())


@pytest.fixture(scope="module")
def ours(emulator: Any) -> list[Any]:
    return story(client("sagemaker", emulator.url))


@pytest.mark.parametrize("part", range(4), ids=["arns", "list", "versions", "group"])
def test_versions_are_kept_as_moto_keeps_them(ours: list[Any], theirs: list[Any], part: int) -> None:
    assert ours[part] == theirs[part]


def test_a_version_that_is_asked_for_twice_is_one(sagemaker: Any) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName="once")
    request = {"ModelPackageGroupName": "once", "ClientToken": "run-1", **VERSION}

    arns = {sagemaker.create_model_package(**request)["ModelPackageArn"] for _ in range(2)}

    assert len(arns) == 1
    assert len(sagemaker.list_model_packages(ModelPackageGroupName="once")["ModelPackageSummaryList"]) == 1


def test_metadata_is_kept_added_and_taken_out(sagemaker: Any) -> None:
    """moto leaves it out of its answers; AWS's model of DescribeModelPackage has it."""
    sagemaker.create_model_package_group(ModelPackageGroupName="told")
    version = sagemaker.create_model_package(
        ModelPackageGroupName="told", CustomerMetadataProperties={"run": "r1", "gain": "+0.1"}, **VERSION
    )["ModelPackageArn"]

    sagemaker.update_model_package(
        ModelPackageArn=version,
        CustomerMetadataProperties={"endpoint": "e"},
        CustomerMetadataPropertiesToRemove=["gain"],
    )

    described = sagemaker.describe_model_package(ModelPackageName=version)
    assert described["CustomerMetadataProperties"] == {"run": "r1", "endpoint": "e"}


def test_a_number_is_not_given_twice_and_a_group_with_versions_stays(sagemaker: Any) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName="counted")
    first = sagemaker.create_model_package(ModelPackageGroupName="counted", **VERSION)["ModelPackageArn"]
    with pytest.raises(ClientError, match="contains Model Packages"):
        sagemaker.delete_model_package_group(ModelPackageGroupName="counted")
    sagemaker.delete_model_package(ModelPackageName=first)

    second = sagemaker.create_model_package(ModelPackageGroupName="counted", **VERSION)["ModelPackageArn"]

    assert (first.rsplit("/")[-1], second.rsplit("/")[-1]) == ("1", "2")
    sagemaker.delete_model_package(ModelPackageName=second)
    sagemaker.delete_model_package_group(ModelPackageGroupName="counted")


@pytest.mark.parametrize(
    ("operation", "request_", "words"),
    [
        (
            "describe_model_package",
            {"ModelPackageName": "arn:aws:sagemaker:us-east-1:123456789012:model-package/n/1"},
            "does not exist",
        ),
        ("describe_model_package_group", {"ModelPackageGroupName": "nobody"}, "does not exist"),
        ("create_model_package", {"ModelPackageGroupName": "nobody"}, "does not exist"),
        ("create_model_package", {"ModelPackageGroupName": "g", "Tags": [{"Key": "k", "Value": "v"}]}, "Tags"),
        ("create_model_package", {"ModelPackageName": "alone"}, "ModelPackageGroupName"),
    ],
)
def test_what_cannot_be_is_refused(sagemaker: Any, operation: str, request_: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientError, match=words) as refused:
        getattr(sagemaker, operation)(**request_)
    assert refused.value.response["Error"]["Code"] == "ValidationException"

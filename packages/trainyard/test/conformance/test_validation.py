"""Every kind of constraint in the service model is refused in AWS's words, and wherever botocore's client refuses."""

from __future__ import annotations

import copy
import json
import re
import urllib.error
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from bench import REGION, channel, post_signed, processing_request, training_request

LONG = "x" * 64


def refusal(call: Any, request: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**request)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(
    ("changes", "value", "rule"),
    [
        ({"RoleArn": None}, "null at 'roleArn'", "Member must not be null"),
        (
            {"TrainingJobName": "a_b"},
            "'a_b' at 'trainingJobName'",
            "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
        ),
        (
            {"TrainingJobName": LONG},
            f"'{LONG}' at 'trainingJobName'",
            "Member must have length less than or equal to 63",
        ),
        (
            {"ResourceConfig": {"InstanceType": "ml.m5.huge", "InstanceCount": 1, "VolumeSizeInGB": 1}},
            "'ml.m5.huge' at 'resourceConfig.instanceType'",
            "Member must satisfy enum value set: [",
        ),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": 0}},
            "'0' at 'stoppingCondition.maxRuntimeInSeconds'",
            "Member must have value greater than or equal to 1",
        ),
        (
            {"RetryStrategy": {"MaximumRetryAttempts": 31}},
            "'31' at 'retryStrategy.maximumRetryAttempts'",
            "Member must have value less than or equal to 30",
        ),
        (
            {"InputDataConfig": [channel("fine", "s3://b/k"), channel("not fine", "s3://b/k")]},
            "'not fine' at 'inputDataConfig.2.member.channelName'",
            "Member must satisfy regular expression pattern: ",
        ),
        (
            {"InputDataConfig": [channel(f"c{n}", "s3://b/k") for n in range(21)]},
            "at 'inputDataConfig'",
            "Member must have length less than or equal to 20",
        ),
        (
            {"HyperParameters": {"note": "x" * 2501}},
            "at 'hyperParameters'",
            "Map value must satisfy constraint: [Member must have length less than or equal to 2500",
        ),
        (
            {"Environment": {"1BAD": "x"}},
            "'{1BAD=x}' at 'environment'",
            "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: ",
        ),
        (
            {"VpcConfig": {"SecurityGroupIds": [], "Subnets": ["subnet-1"]}},
            "'[]' at 'vpcConfig.securityGroupIds'",
            "Member must have length greater than or equal to 1",
        ),
        (
            {"VpcConfig": {"SecurityGroupIds": ["no good"], "Subnets": ["subnet-1"]}},
            "'[no good]' at 'vpcConfig.securityGroupIds'",
            "Member must satisfy constraint: [Member must satisfy regular expression pattern: ",
        ),
    ],
)
def test_a_broken_constraint_is_named_with_its_path(
    unchecked: Any, changes: dict[str, Any], value: str, rule: str
) -> None:
    request = {key: member for key, member in training_request("valid", **changes).items() if member is not None}

    code, message = refusal(unchecked.create_training_job, request)

    assert code == "ValidationException"
    assert re.match(r"\d validation errors? detected: Value ", message)
    assert f"{value} failed to satisfy constraint: {rule}" in message


def test_all_broken_constraints_come_at_once(unchecked: Any) -> None:
    request = training_request("a_b", RoleArn="nobody", StoppingCondition={"MaxRuntimeInSeconds": 0})

    code, message = refusal(unchecked.create_training_job, request)

    assert code == "ValidationException"
    # The role breaks two rules: its length and its pattern.
    assert message.startswith("4 validation errors detected: ")


@pytest.mark.parametrize(
    "changes",
    [
        {"RoleArn": 5},
        {"HyperParameters": ["epochs"]},
        {"HyperParameters": {"epochs": 3}},
        {"InputDataConfig": {"ChannelName": "x"}},
        {"StoppingCondition": {"MaxRuntimeInSeconds": "60"}},
        {"StoppingCondition": {"MaxRuntimeInSeconds": 1.5}},
        {"EnableManagedSpotTraining": "yes"},
    ],
)
def test_a_value_of_another_type_cannot_be_read(emulator: Any, changes: dict[str, Any]) -> None:
    # botocore's serializer would turn some of these into text: they are sent as they are.
    status, body = post(emulator.url, "SageMaker.CreateTrainingJob", {**training_request("typed"), **changes})

    assert status == 400
    assert body["__type"] == "SerializationException"


def test_unknown_members_are_ignored_as_aws_does(emulator: Any) -> None:
    status, body = post(emulator.url, "SageMaker.DescribeTrainingJob", {"TrainingJobName": "nobody", "Colour": "red"})

    assert (status, body["message"]) == (400, "Requested resource not found.")


@pytest.mark.parametrize(
    ("target", "named"),
    [
        ("SageMaker.CreateTransformJob", "CreateTransformJob"),
        ("SageMaker.MakeCoffee", "MakeCoffee"),
        ("Logs_20140328.PutLogEvents", "PutLogEvents"),
        ("AmazonSQS.SendMessage", "AmazonSQS.SendMessage"),
    ],
)
def test_an_operation_that_is_not_there_is_named(emulator: Any, target: str, named: str) -> None:
    status, body = post(emulator.url, target, {})

    assert status == 400
    assert body["__type"] == "UnknownOperationException"
    assert named in body["message"]


def test_a_body_that_is_no_json_is_refused(emulator: Any) -> None:
    assert post(emulator.url, "SageMaker.ListTrainingJobs", None)[1]["__type"] == "SerializationException"


def mutations(request: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The request with one member left out, emptied, or of another type: every one, at every depth."""
    found: list[tuple[str, dict[str, Any]]] = []

    def walk(path: tuple[Any, ...], value: Any) -> None:
        if path:
            for what, change in (
                ("left out", None),
                ("emptied", type(value)()),
                ("a list", ["x"]),
                ("an object", {"x": "y"}),
            ):
                mutated = copy.deepcopy(request)
                parent = mutated
                for key in path[:-1]:
                    parent = parent[key]
                if change is None:
                    del parent[path[-1]]
                else:
                    parent[path[-1]] = change
                found.append((f"{'.'.join(map(str, path))} {what}", mutated))
        if isinstance(value, dict):
            for key, member in value.items():
                walk((*path, key), member)
        if isinstance(value, list):
            for index, member in enumerate(value):
                walk((*path, index), member)

    walk((), request)
    return found


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        (
            "CreateTrainingJob",
            training_request(
                "mutated",
                RoleArn="arn:aws:iam::123456789012:role/nobody-has-this-role",
                InputDataConfig=[channel("train", "s3://b/k")],
                VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
                Tags=[{"Key": "k", "Value": "v"}],
            ),
        ),
        (
            "CreateProcessingJob",
            processing_request(
                "mutated",
                "pass",
                RoleArn="arn:aws:iam::123456789012:role/nobody-has-this-role",
                ProcessingOutputConfig={
                    "Outputs": [
                        {
                            "OutputName": "o",
                            "S3Output": {
                                "S3Uri": "s3://b/k",
                                "LocalPath": "/opt/ml/processing/o",
                                "S3UploadMode": "EndOfJob",
                            },
                        }
                    ]
                },
            ),
        ),
    ],
)
def test_what_botocores_own_validator_refuses_is_refused_here_too(
    emulator: Any, operation: str, request_: dict[str, Any]
) -> None:
    model = boto3.client(
        "sagemaker", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x"
    ).meta.service_model
    shape = model.operation_model(operation).input_shape
    refused_by_both = 0
    for what, mutated in mutations(request_):
        report = ParamValidator().validate(mutated, shape)
        # What it does not know it refuses; AWS ignores it.
        if not report.has_errors() or "Unknown parameter" in report.generate_report():
            continue
        status, body = post(emulator.url, f"SageMaker.{operation}", mutated)
        assert status == 400, what
        assert body["__type"] in ("ValidationException", "SerializationException"), what
        assert "Could not assume role" not in body["message"], what
        refused_by_both += 1
    assert refused_by_both > 30


def post(url: str, target: str, body: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
    content = b"{no json" if body is None else json.dumps(body).encode()
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    try:
        with post_signed(url, content, headers) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as refused:
        assert refused.headers["x-amzn-requestid"]
        return refused.code, json.load(refused)

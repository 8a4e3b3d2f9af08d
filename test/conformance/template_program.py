"""Makes the stack of deploy/attune.yaml in moto, puts events on its bus, and prints what the stack holds as JSON."""

from __future__ import annotations

import ast
import json
import os
import sys
from typing import Any

os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="eu-west-1")
import boto3
from moto import mock_aws
from moto.cloudformation.models import cloudformation_backends
from moto.cloudformation.parsing import clean_json
from moto.core import DEFAULT_ACCOUNT_ID

# All that is optional, so that every statement is there.
PARAMETERS = {
    "InputArns": "arn:aws:s3:::corpus,arn:aws:s3:::corpus/*",
    "ImageArns": "arn:aws:ecr:eu-west-1:123456789012:repository/own",
    "KmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d",
    "SecretArns": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:hf-AbCdEf",
    "ParameterArns": "arn:aws:ssm:eu-west-1:123456789012:parameter/attune/index",
    "SecretKeyArns": "arn:aws:kms:eu-west-1:123456789012:key/1a2b3c4d",
    "CodeArtifactArns": ",".join(
        f"arn:aws:codeartifact:eu-west-1:123456789012:{resource}" for resource in ("domain/d", "repository/d/r")
    ),
    "NetworkInterfaces": "true",
    "ModelArns": "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite",
    "BatchInference": "true",
    "ModelSecretArns": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:model-AbCdEf",
    "ModelParameterArns": "arn:aws:ssm:eu-west-1:123456789012:parameter/attune/model",
    "NotifySecretArns": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack-AbCdEf",
    "NotifyParameterArns": "arn:aws:ssm:eu-west-1:123456789012:parameter/attune/slack",
    "NotifyTopicArns": "arn:aws:sns:eu-west-1:123456789012:runs",
    "NotifySenderArns": "arn:aws:ses:eu-west-1:123456789012:identity/example.org",
    "VectorBucketArns": ",".join(
        f"arn:aws:s3vectors:eu-west-1:123456789012:bucket/{resource}" for resource in ("docs", "docs/index/*")
    ),
    "WorkerService": "ecs-tasks.amazonaws.com",
}


def event(detail_type: str, detail: dict[str, Any], source: str = "aws.sagemaker") -> dict[str, str]:
    return {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail)}


def events_in(queue_url: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    while batch := boto3.client("sqs").receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages"):
        messages += [json.loads(message["Body"]) for message in batch]
    return messages


def resolved(name: str) -> dict[str, Any]:
    """Properties of a resource that moto makes nothing of, with what they refer to in its place."""
    (stack,) = cloudformation_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].stacks.values()
    resource = clean_json(stack.template_dict["Resources"][name], stack.resource_map)
    return resource["Properties"]  # type: ignore[no-any-return]


def as_document(policy: str | dict[str, Any]) -> dict[str, Any]:
    """moto hands out some policies as JSON, and a role's own as Python writes it."""
    read = json.loads if isinstance(policy, str) and policy.startswith('{"') else ast.literal_eval
    document: dict[str, Any] = read(policy) if isinstance(policy, str) else policy
    return document


@mock_aws
def main(template: str) -> None:
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(
        StackName="attune",
        TemplateBody=template,
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in PARAMETERS.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    stack = cloudformation.describe_stacks(StackName="attune")["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    job = "SageMaker Training Job State Change"
    batch = "Batch Inference Job State Change"
    boto3.client("events").put_events(
        Entries=[
            event(job, {"TrainingJobName": "attune-med-train-1", "TrainingJobStatus": "Completed"}),
            event(job, {"TrainingJobName": "somebody-elses", "TrainingJobStatus": "Completed"}),
            event("SageMaker Processing Job State Change", {"ProcessingJobName": "attune-med-prepare-1"}),
            event("SageMaker Endpoint State Change", {"EndpointName": "support-search"}),
            event("SageMaker Model Package State Change", {"ModelPackageArn": "x"}),
            event(job, {"TrainingJobName": "attune-med-train-1"}, source="com.example"),
            event(batch, {"batchJobName": "attune-med-questions-1", "status": "Completed"}, source="aws.bedrock"),
            event(batch, {"batchJobName": "somebody-elses", "status": "Completed"}, source="aws.bedrock"),
        ]
    )
    queue = boto3.client("sqs").get_queue_attributes(QueueUrl=outputs["EventsQueueUrl"], AttributeNames=["All"])
    job_role = outputs["RoleArn"].rsplit("/", 1)[1]
    iam = boto3.client("iam")
    worker, options = (
        iam.get_policy_version(PolicyArn=outputs[name], VersionId="v1")["PolicyVersion"]["Document"]
        for name in ("WorkerPolicyArn", "WorkerOptionsPolicyArn")
    )
    worker_role = outputs["WorkerRoleArn"].rsplit("/", 1)[1]
    policies = {
        "worker": worker,
        "worker options": options,
        "job": iam.get_role_policy(RoleName=job_role, PolicyName="job")["PolicyDocument"],
        "job trust": iam.get_role(RoleName=job_role)["Role"]["AssumeRolePolicyDocument"],
        "worker trust": iam.get_role(RoleName=worker_role)["Role"]["AssumeRolePolicyDocument"],
        "bucket": resolved("BucketPolicy")["PolicyDocument"],
        "queue": resolved("EventsQueuePolicy")["PolicyDocument"],
    }
    print(
        json.dumps(
            {
                "outputs": outputs,
                "exports": [export["Name"] for export in cloudformation.list_exports()["Exports"]],
                "events": events_in(outputs["EventsQueueUrl"]),
                "queue": queue["Attributes"],
                "key": PARAMETERS["KmsKeyArn"],
                "policies": {name: as_document(document) for name, document in policies.items()},
            }
        )
    )


main(sys.stdin.read())

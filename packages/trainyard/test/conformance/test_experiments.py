"""Experiments and trials, held against moto and against botocore, which refuses what does not fit AWS's model."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from bench import BUCKET, REGION, ROLE, Emulator, client

NAMES = {"ExperimentName": "Models", "TrialName": "Models-1"}


def moto_client() -> Any:
    return boto3.client("sagemaker", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")


def story(sagemaker: Any) -> list[Any]:
    """The answers without times and accounts."""
    made = sagemaker.create_experiment(ExperimentName="Models", Tags=[{"Key": "team", "Value": "search"}])
    trial = sagemaker.create_trial(**NAMES)
    experiment = sagemaker.describe_experiment(ExperimentName="Models")
    described = sagemaker.describe_trial(TrialName="Models-1")
    return [
        made["ExperimentArn"].split(":")[5],
        trial["TrialArn"].split(":")[5].lower(),
        experiment["ExperimentName"],
        {key: described[key] for key in NAMES},
    ]


def processing(**more: Any) -> dict[str, Any]:
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    return {
        "RoleArn": ROLE,
        "AppSpecification": {"ImageUri": "x:cpu", "ContainerEntrypoint": ["true"]},
        "ProcessingResources": {"ClusterConfig": cluster},
        **more,
    }


def training(**more: Any) -> dict[str, Any]:
    return {
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": "x:cpu", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/tracked/"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **more,
    }


def test_experiments_and_trials_are_as_in_moto(sagemaker: Any) -> None:
    ours = story(sagemaker)
    with mock_aws():
        theirs = story(moto_client())

    assert ours[0].lower() == theirs[0].lower()
    assert ours[1:] == theirs[1:]
    # moto has no tags of experiments.
    arn = sagemaker.describe_experiment(ExperimentName="Models")["ExperimentArn"]
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "search"}]


@pytest.mark.parametrize(
    ("config", "code", "words"),
    [
        ({"ExperimentName": "None", "TrialName": "Tracked-1"}, "ResourceNotFound", "Experiment 'None'"),
        ({"ExperimentName": "Tracked", "TrialName": "None"}, "ResourceNotFound", "Trial 'None'"),
        ({"ExperimentName": "Other", "TrialName": "Tracked-1"}, "ValidationException", "is of experiment Tracked"),
        ({"ExperimentName": "Tracked"}, "ValidationException", "name a TrialName"),
        ({"ExperimentName": "Tracked", "TrialName": "Tracked-1", "RunName": "r"}, "ValidationException", "RunName"),
        ({"ExperimentName": "a b", "TrialName": "Tracked-1"}, "ValidationException", "regular expression pattern"),
    ],
)
def test_a_job_names_an_experiment_and_a_trial_that_are_there(
    sagemaker: Any, tracked: None, config: dict[str, str], code: str, words: str
) -> None:
    with pytest.raises(ClientError, match=words) as refused:
        sagemaker.create_training_job(TrainingJobName="refused", **training(ExperimentConfig=config))
    assert refused.value.response["Error"]["Code"] == code
    with pytest.raises(ClientError, match=words):
        sagemaker.create_processing_job(ProcessingJobName="refused", **processing(ExperimentConfig=config))


@pytest.fixture(scope="module")
def tracked(emulator: Emulator) -> None:
    sagemaker = client("sagemaker", emulator.url)
    for name in ("Tracked", "Other"):
        sagemaker.create_experiment(ExperimentName=name)
    sagemaker.create_trial(ExperimentName="Tracked", TrialName="Tracked-1")


def test_a_job_says_which_trial_it_is_part_of(sagemaker: Any, tracked: None) -> None:
    config = {"ExperimentName": "Tracked", "TrialName": "Tracked-1", "TrialComponentDisplayName": "prepare"}
    sagemaker.create_processing_job(ProcessingJobName="tracked", **processing(ExperimentConfig=config))

    assert sagemaker.describe_processing_job(ProcessingJobName="tracked")["ExperimentConfig"] == config


def test_names_are_taken_once_and_a_trial_wants_its_experiment(sagemaker: Any, tracked: None) -> None:
    with pytest.raises(ClientError, match="already exists"):
        sagemaker.create_experiment(ExperimentName="Tracked")
    with pytest.raises(ClientError, match="already exists"):
        sagemaker.create_trial(ExperimentName="Tracked", TrialName="Tracked-1")
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.create_trial(ExperimentName="None", TrialName="x")
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.describe_trial(TrialName="none")


def test_mlflow_is_refused_by_its_name(sagemaker: Any) -> None:
    arn = f"arn:aws:sagemaker:{REGION}:000000000000:mlflow-app/app-1"

    with pytest.raises(ClientError, match="has no MLflow") as refused:
        sagemaker.create_training_job(TrainingJobName="m", **training(MlflowConfig={"MlflowResourceArn": arn}))
    assert refused.value.response["Error"]["Code"] == "ResourceNotFound"

"""Hyperparameter tuning jobs as boto3 sees them: real children by the real toolkit, counters, the best, stop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from moto import mock_aws

from bench import (
    ACCOUNT,
    BUCKET,
    REGION,
    ROLE,
    Emulator,
    channel,
    client,
    log_text,
    script_mode,
    training_request,
    until,
)

Upload = Callable[[str, str], str]

SCRIPT = """
import os, pathlib, sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
for epoch in range(2):
    print(f"epoch={epoch} dev={float(given['--rate']) + epoch:.3f} kind={given['--kind']}", flush=True)
pathlib.Path(os.environ["SM_MODEL_DIR"], "m").write_text(given["--rate"])
"""


def tuning_request(name: str, code: str, **changes: Any) -> dict[str, Any]:
    training = training_request("x")
    config = {
        "Strategy": "Bayesian",
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "dev"},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 2},
        "ParameterRanges": {
            "ContinuousParameterRanges": [{"Name": "rate", "MinValue": "0.1", "MaxValue": "0.9"}],
            "CategoricalParameterRanges": [{"Name": "kind", "Values": ['"a"', '"b"']}],
        },
        "RandomSeed": 7,
        **changes.pop("config", {}),
    }
    definition = {
        "AlgorithmSpecification": {
            **training["AlgorithmSpecification"],
            "MetricDefinitions": [{"Name": "dev", "Regex": r"dev=([0-9.]+)"}],
        },
        "RoleArn": ROLE,
        "OutputDataConfig": training["OutputDataConfig"],
        "ResourceConfig": training["ResourceConfig"],
        "StoppingCondition": training["StoppingCondition"],
        "StaticHyperParameters": script_mode(code),
        **changes.pop("definition", {}),
    }
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": without_none(config),
        "TrainingJobDefinition": without_none(definition),
        **changes,
    }


def without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def described(sagemaker: Any, name: str) -> dict[str, Any]:
    return sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)


def ended(sagemaker: Any, name: str) -> dict[str, Any]:
    def terminal() -> dict[str, Any] | None:
        answer = described(sagemaker, name)
        return answer if answer["HyperParameterTuningJobStatus"] in ("Completed", "Failed", "Stopped") else None

    return until(f"{name} ends", terminal, 150)


def trials(sagemaker: Any, name: str, **more: Any) -> list[dict[str, Any]]:
    pages = sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
        HyperParameterTuningJobName=name, **more
    )
    return [summary for page in pages for summary in page["TrainingJobSummaries"]]


@pytest.fixture(scope="module")
def completed(emulator: Emulator, upload_script: Upload) -> dict[str, Any]:
    sagemaker = client("sagemaker", emulator.url)
    request = tuning_request("tune-done", upload_script("tuned", SCRIPT), Tags=[{"Key": "stage", "Value": "tune"}])
    sagemaker.create_hyper_parameter_tuning_job(**request)
    return ended(sagemaker, "tune-done")


def test_a_search_ends_completed_with_its_counters(completed: dict[str, Any]) -> None:
    assert completed["HyperParameterTuningJobStatus"] == "Completed"
    assert completed["TrainingJobStatusCounters"] == {
        "Completed": 3,
        "InProgress": 0,
        "RetryableError": 0,
        "NonRetryableError": 0,
        "Stopped": 0,
    }
    assert completed["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 0}
    span = (completed["HyperParameterTuningEndTime"] - completed["CreationTime"]).total_seconds()
    assert span <= completed["ConsumedResources"]["RuntimeInSeconds"] <= span + 1


def test_the_best_training_job_is_the_one_with_the_highest_last_value(
    completed: dict[str, Any], sagemaker: Any
) -> None:
    listed = trials(sagemaker, "tune-done", SortBy="FinalObjectiveMetricValue", SortOrder="Descending")
    values = [one["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for one in listed]
    assert values == sorted(values, reverse=True) and len(values) == 3
    assert completed["BestTrainingJob"] == listed[0]
    # The last match in the log counts: the second epoch's.
    rate = float(listed[0]["TunedHyperParameters"]["rate"])
    assert listed[0]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == pytest.approx(rate + 1, abs=1e-3)


def test_children_are_training_jobs_like_any_other(completed: dict[str, Any], sagemaker: Any, logs: Any) -> None:
    for ordinal, summary in enumerate(trials(sagemaker, "tune-done"), 1):
        name = summary["TrainingJobName"]
        assert name.startswith(f"tune-done-00{ordinal}-") and len(name.rpartition("-")[2]) == 8
        job = sagemaker.describe_training_job(TrainingJobName=name)
        assert job["TuningJobArn"] == completed["HyperParameterTuningJobArn"]
        assert job["HyperParameters"].items() >= summary["TunedHyperParameters"].items()
        assert job["HyperParameters"]["_tuning_objective_metric"] == "dev"
        assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{BUCKET}/output/{name}/output/model.tar.gz"
        tags = sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]
        assert tags == [{"Key": "stage", "Value": "tune"}]
        assert 0.1 <= float(summary["TunedHyperParameters"]["rate"]) <= 0.9
        # The JSON-encoded category arrives as plain text.
        kind = summary["TunedHyperParameters"]["kind"].strip('"')
        assert f"kind={kind}" in log_text(logs, "/aws/sagemaker/TrainingJobs", f"{name}/")


def test_a_described_search_passes_botocores_own_model(completed: dict[str, Any], sagemaker: Any) -> None:
    model = sagemaker.meta.service_model
    summaries = sagemaker.list_hyper_parameter_tuning_jobs(NameContains="tune-done")
    page = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune-done")
    for operation, answer in (
        ("DescribeHyperParameterTuningJob", completed),
        ("ListHyperParameterTuningJobs", summaries),
        ("ListTrainingJobsForHyperParameterTuningJob", page),
    ):
        members = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
        report = ParamValidator().validate(members, model.operation_model(operation).output_shape)
        assert not report.has_errors(), report.generate_report()


def test_lists_are_filtered_ordered_and_paged(completed: dict[str, Any], sagemaker: Any) -> None:
    first = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="tune-done", MaxResults=2, StatusEquals="Completed"
    )
    assert len(first["TrainingJobSummaries"]) == 2 and first["NextToken"]
    assert len(trials(sagemaker, "tune-done", StatusEquals="Completed")) == 3
    assert trials(sagemaker, "tune-done", StatusEquals="Failed") == []
    [listed] = sagemaker.list_hyper_parameter_tuning_jobs(NameContains="tune-done", StatusEquals="Completed")[
        "HyperParameterTuningJobSummaries"
    ]
    for member in ("TrainingJobStatusCounters", "HyperParameterTuningJobArn", "CreationTime"):
        assert listed[member] == completed[member]


def test_a_search_that_ended_cannot_be_stopped_and_its_name_is_taken(
    completed: dict[str, Any], sagemaker: Any, upload_script: Upload
) -> None:
    name = {"HyperParameterTuningJobName": "tune-done"}
    assert refusal(sagemaker.stop_hyper_parameter_tuning_job, **name) == (
        "ValidationException",
        "The request was rejected because the hyperparameter tuning job is in status Completed",
    )
    again = tuning_request("tune-done", upload_script("tuned", SCRIPT))
    assert refusal(sagemaker.create_hyper_parameter_tuning_job, **again) == (
        "ResourceInUse",
        "A hyperparameter tuning job with the name, tune-done, already exists. Choose a different name.",
    )


def test_a_warm_start_learns_from_its_parent_and_names_the_best_of_both(
    completed: dict[str, Any], sagemaker: Any, upload_script: Upload
) -> None:
    warm = {"ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "tune-done"}]}
    limits = {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1}
    # No rate here can beat the parent's.
    ranges = {
        "ContinuousParameterRanges": [{"Name": "rate", "MinValue": "0.01", "MaxValue": "0.02"}],
        "CategoricalParameterRanges": [{"Name": "kind", "Values": ['"a"', '"b"']}],
    }
    request = tuning_request(
        "tune-warm",
        upload_script("tuned", SCRIPT),
        config={"ResourceLimits": limits, "ParameterRanges": ranges},
        WarmStartConfig={**warm, "WarmStartType": "IdenticalDataAndAlgorithm"},
    )
    sagemaker.create_hyper_parameter_tuning_job(**request)
    answer = ended(sagemaker, "tune-warm")
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    assert answer["BestTrainingJob"]["TrainingJobName"].startswith("tune-warm-001-")
    assert answer["OverallBestTrainingJob"] == {**completed["BestTrainingJob"], "TuningJobName": "tune-done"}


def test_a_stop_ends_the_running_children_and_then_the_search(
    sagemaker: Any, upload_script: Upload, events: Any
) -> None:
    code = upload_script("sleeps", "import time; print('dev=0.5', flush=True); time.sleep(600)")
    sagemaker.create_hyper_parameter_tuning_job(**tuning_request("tune-stop", code))

    def running() -> bool:
        listed = trials(sagemaker, "tune-stop")
        jobs = [sagemaker.describe_training_job(TrainingJobName=one["TrainingJobName"]) for one in listed]
        return [job["SecondaryStatus"] for job in jobs] == ["Training", "Training"]

    until("two train", running)
    name = {"HyperParameterTuningJobName": "tune-stop"}
    assert refusal(sagemaker.delete_hyper_parameter_tuning_job, **name)[0] == "ResourceInUse"

    sagemaker.stop_hyper_parameter_tuning_job(**name)
    assert described(sagemaker, "tune-stop")["HyperParameterTuningJobStatus"] == "Stopping"

    answer = ended(sagemaker, "tune-stop")
    assert answer["HyperParameterTuningJobStatus"] == "Stopped"
    assert answer["TrainingJobStatusCounters"]["Stopped"] == 2
    assert "BestTrainingJob" not in answer

    def told() -> list[str]:
        details = [event["detail"] for event in events[1]]
        ours = [detail for detail in details if detail.get("HyperParameterTuningJobName") == "tune-stop"]
        return [detail["HyperParameterTuningJobStatus"] for detail in ours]

    until("its end is told", lambda: "Stopped" in told())
    assert told() == ["InProgress", "Stopping", "Stopped"]

    sagemaker.delete_hyper_parameter_tuning_job(**name)
    assert refusal(sagemaker.describe_hyper_parameter_tuning_job, **name)[0] == "ResourceNotFound"
    assert len(sagemaker.list_training_jobs(NameContains="tune-stop-")["TrainingJobSummaries"]) == 2


def test_a_search_whose_scripts_fail_fails_and_says_so(sagemaker: Any, upload_script: Upload) -> None:
    code = upload_script("tune-fails", "raise ValueError('no positives')")
    limits = {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1}
    sagemaker.create_hyper_parameter_tuning_job(
        **tuning_request("tune-fails", code, config={"ResourceLimits": limits})
    )
    answer = ended(sagemaker, "tune-fails")
    assert answer["HyperParameterTuningJobStatus"] == "Failed"
    assert answer["FailureReason"].startswith("No training job succeeded after 1 attempts.")
    assert answer["TrainingJobStatusCounters"]["NonRetryableError"] == 1
    [trial] = trials(sagemaker, "tune-fails")
    assert trial["ObjectiveStatus"] == "Failed" and "no positives" in trial["FailureReason"]


def test_a_search_goes_on_after_kills_with_every_child_launched_once(
    s3_url: str, events: Any, tmp_path: Path, upload_script: Upload
) -> None:
    own = Emulator(tmp_path / "state", s3_url, events[0])
    own.start()
    try:
        sagemaker = client("sagemaker", own.url)
        sagemaker.create_hyper_parameter_tuning_job(**tuning_request("tune-lives", upload_script("tuned", SCRIPT)))
        own.kill()
        own.start()
        until("two are launched", lambda: len(trials(sagemaker, "tune-lives")) == 2)
        own.kill()
        own.start()
        answer = ended(sagemaker, "tune-lives")
    finally:
        own.stop()
        own.kill_all()
    assert answer["TrainingJobStatusCounters"]["Completed"] == 3
    folders = sorted(folder.name for folder in (own.state / "jobs" / "training-job").iterdir())
    assert [name[:-9] for name in folders] == ["tune-lives-001", "tune-lives-002", "tune-lives-003"]


@pytest.mark.parametrize(
    "changes",
    [
        {"HyperParameterTuningJobName": "x" * 33},
        {"HyperParameterTuningJobName": "a_b"},
        {"config": {"Strategy": "Guessing"}},
        {"config": {"ResourceLimits": {"MaxParallelTrainingJobs": 0, "MaxNumberOfTrainingJobs": 1}}},
        {"config": {"RandomSeed": -1}},
        {"definition": {"Environment": {f"V{number}": "1" for number in range(49)}}},
        {"definition": {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/nobody"}},
        {"definition": {"InputDataConfig": [channel("train", f"s3://{BUCKET}/nothing/here/")]}},
        {"definition": {"StoppingCondition": {"MaxRuntimeInSeconds": 29 * 86400}}},
        {
            "WarmStartConfig": {
                "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "nobody"}],
                "WarmStartType": "TransferLearning",
            }
        },
    ],
)
def test_what_aws_refuses_is_refused_and_leaves_nothing(unchecked: Any, changes: dict[str, Any]) -> None:
    request = tuning_request("tune-refused", "s3://code", **changes)
    assert refusal(unchecked.create_hyper_parameter_tuning_job, **request)[0] == "ValidationException"
    listed = unchecked.list_hyper_parameter_tuning_jobs(NameContains="refused")
    assert listed["HyperParameterTuningJobSummaries"] == []


@pytest.mark.parametrize("operation", ["describe_hyper_parameter_tuning_job", "delete_hyper_parameter_tuning_job"])
def test_a_missing_search_is_answered_as_moto_does(sagemaker: Any, operation: str) -> None:
    name = {"HyperParameterTuningJobName": "nobody"}
    with mock_aws():
        theirs = refusal(getattr(moto_client(), operation), **name)
    assert refusal(getattr(sagemaker, operation), **name)[0] == theirs[0] == "ResourceNotFound"


def test_a_described_search_has_motos_members(completed: dict[str, Any], upload_script: Upload) -> None:
    with mock_aws():
        moto = moto_client()
        request = tuning_request("tune-moto", upload_script("tuned", SCRIPT))
        moto.create_hyper_parameter_tuning_job(**request)
        again = refusal(moto.create_hyper_parameter_tuning_job, **request)
        theirs = described(moto, "tune-moto")
    assert again[0] == "ResourceInUse"
    # Set by moto whatever happened: ours are there when there is something to say.
    assert theirs.keys() - completed.keys() <= {"OverallBestTrainingJob", "FailureReason"}
    for member in ("HyperParameterTuningJobConfig", "TrainingJobDefinition"):
        assert completed[member] == theirs[member]


def moto_client() -> Any:
    return boto3.client("sagemaker", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")


def refusal(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**request)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]

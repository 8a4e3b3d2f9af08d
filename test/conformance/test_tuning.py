"""Hyperparameter tuning jobs as boto3 sees them: real children by the real toolkit, counters, the best, stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import (
    BUCKET,
    ROLE,
    Emulator,
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

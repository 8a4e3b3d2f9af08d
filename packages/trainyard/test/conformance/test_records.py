"""Lists with boto3's paginators, tags by ARN, logs page by page, and the events that tell of changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bench import BUCKET, client, processing_request, training_request, until, with_command


@pytest.fixture(scope="module")
def seven(emulator: Any) -> list[dict[str, Any]]:
    """Seven ended jobs, oldest first: five that completed and two that failed."""
    sagemaker = client("sagemaker", emulator.url)
    names = [f"list-{letter}" for letter in "gbdface"]
    for name in names:
        command = with_command("false" if name in ("list-a", "list-b") else "true")
        sagemaker.create_training_job(**training_request(name, **command))
    return [until(f"{name} ends", lambda name=name: if_ended(sagemaker, name)) for name in names]


def if_ended(sagemaker: Any, name: str) -> dict[str, Any] | None:
    described = sagemaker.describe_training_job(TrainingJobName=name)
    return described if described["TrainingJobStatus"] in ("Completed", "Failed") else None


def listed(sagemaker: Any, page_size: int = 2, **given: Any) -> list[str]:
    pages = sagemaker.get_paginator("list_training_jobs").paginate(
        NameContains="list-", PaginationConfig={"PageSize": page_size}, **given
    )
    return [summary["TrainingJobName"] for page in pages for summary in page["TrainingJobSummaries"]]


def test_a_paginator_sees_every_job_once_in_order(sagemaker: Any, seven: list[dict[str, Any]]) -> None:
    created = [job["TrainingJobName"] for job in seven]

    assert listed(sagemaker) == created
    assert listed(sagemaker, SortOrder="Descending") == created[::-1]
    assert listed(sagemaker, SortBy="Name") == sorted(created)
    assert listed(sagemaker, SortBy="Status", SortOrder="Descending") == sorted(
        created, key=lambda name: (name in ("list-a", "list-b"), name), reverse=True
    )
    assert listed(sagemaker, page_size=100) == created


def test_filters_narrow_a_list(sagemaker: Any, seven: list[dict[str, Any]]) -> None:
    third = seven[2]["CreationTime"]

    assert set(listed(sagemaker, StatusEquals="Failed")) == {"list-a", "list-b"}
    assert listed(sagemaker, CreationTimeAfter=third) == [job["TrainingJobName"] for job in seven[2:]]
    assert listed(sagemaker, CreationTimeBefore=third - timedelta(milliseconds=1)) == [
        job["TrainingJobName"] for job in seven if job["CreationTime"] < third
    ]


def test_a_summary_agrees_with_describe(sagemaker: Any, seven: list[dict[str, Any]]) -> None:
    [summary] = sagemaker.list_training_jobs(NameContains="list-a")["TrainingJobSummaries"]
    [described] = [job for job in seven if job["TrainingJobName"] == "list-a"]

    assert {key: described[key] for key in summary} == summary


def test_a_token_that_no_page_gave_out_is_refused(sagemaker: Any) -> None:
    with pytest.raises(ClientError, match="pagination token"):
        sagemaker.list_training_jobs(NextToken="made-up")


def test_tags_are_added_replaced_listed_and_deleted(sagemaker: Any) -> None:
    tags = [{"Key": f"k{n}", "Value": str(n)} for n in range(3)]
    request = training_request("tagged", **with_command("true"), Tags=tags)
    arn = sagemaker.create_training_job(**request)["TrainingJobArn"]

    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "k1", "Value": "new"}, {"Key": "grün", "Value": ""}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["k0", "never-there"])

    pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
    assert [(tag["Key"], tag["Value"]) for page in pages for tag in page["Tags"]] == [
        ("k1", "new"),
        ("k2", "2"),
        ("grün", ""),
    ]
    with pytest.raises(ClientError, match="limit"):
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": f"more{n}", "Value": ""} for n in range(48)])
    with pytest.raises(ClientError, match="Could not find"):
        sagemaker.list_tags(ResourceArn=arn + "-other")


def test_a_log_is_read_forwards_and_backwards_page_by_page(sagemaker: Any, logs: Any) -> None:
    program = "[print(f'line {n}', flush=True) for n in range(25)]"
    sagemaker.create_training_job(**training_request("logged", **with_command("python3", "-c", program)))
    until("the job ends", lambda: if_ended(sagemaker, "logged"))
    group = "/aws/sagemaker/TrainingJobs"
    [stream] = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="logged/")["logStreams"]
    where = {"logGroupName": group, "logStreamName": stream["logStreamName"], "limit": 10}

    forwards, page = [], logs.get_log_events(**where, startFromHead=True)
    while page["events"]:
        forwards.append([event["message"] for event in page["events"]])
        page = logs.get_log_events(**where, nextToken=page["nextForwardToken"])

    assert [len(lines) for lines in forwards] == [10, 10, 5]
    assert [line for lines in forwards for line in lines] == [f"line {n}" for n in range(25)]
    last = logs.get_log_events(**where, nextToken=page["nextForwardToken"])
    assert last["nextForwardToken"] == page["nextForwardToken"]

    newest = logs.get_log_events(**where)
    assert [event["message"] for event in newest["events"]] == [f"line {n}" for n in range(15, 25)]
    older = logs.get_log_events(**where, nextToken=newest["nextBackwardToken"])
    assert [event["message"] for event in older["events"]] == [f"line {n}" for n in range(5, 15)]
    found = logs.filter_log_events(logGroupName=group, logStreamNamePrefix="logged/", filterPattern='"line 7"')
    assert [event["message"] for event in found["events"]] == ["line 7"]


def test_a_log_that_is_not_there_is_not_found(logs: Any) -> None:
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="log group does not exist"):
        logs.describe_log_streams(logGroupName="/aws/sagemaker/TransformJobs")
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="log stream does not exist"):
        logs.get_log_events(logGroupName="/aws/sagemaker/TrainingJobs", logStreamName="nobody/algo-1-1")


def test_events_tell_every_secondary_status_with_times_as_text(sagemaker: Any, events: Any) -> None:
    program = "import pathlib, sys; pathlib.Path(sys.argv[1], 'm').write_text('m')"
    sagemaker.create_training_job(
        **training_request("told", **with_command("python3", "-c", program, "/opt/ml/model"))
    )

    def told() -> list[dict[str, Any]]:
        return [event for event in events[1] if event["detail"].get("TrainingJobName") == "told"]

    until("the last event", lambda: any(event["detail"]["TrainingJobStatus"] == "Completed" for event in told()))
    assert {event["detail"]["SecondaryStatus"] for event in told()} == {
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    }
    [last] = [event for event in told() if event["detail"]["TrainingJobStatus"] == "Completed"]
    assert last["source"] == "aws.sagemaker"
    assert last["detail-type"] == "SageMaker Training Job State Change"
    assert last["resources"] == [last["detail"]["TrainingJobArn"]]
    for time in ("CreationTime", "TrainingStartTime", "TrainingEndTime", "LastModifiedTime"):
        assert isinstance(last["detail"][time], str) and len(last["detail"][time]) == 13, time
    assert last["detail"]["Tags"] == {}


def test_events_of_processing_jobs_have_times_as_numbers_and_enums_in_upper_case(
    sagemaker: Any, events: Any, inputs: str
) -> None:
    source = {
        "S3Uri": inputs,
        "LocalPath": "/opt/ml/processing/input",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
    }
    given = [{"InputName": "files", "S3Input": source}]
    sagemaker.create_processing_job(**processing_request("told-too", "pass", ProcessingInputs=given))

    def told(status: str) -> list[dict[str, Any]]:
        details = [event["detail"] for event in events[1]]
        return [d for d in details if d.get("ProcessingJobName") == "told-too" and d["ProcessingJobStatus"] == status]

    until("the last event", lambda: told("Completed"))
    [detail] = told("Completed")
    assert isinstance(detail["ProcessingEndTime"], int)
    assert detail["ProcessingInputs"][0]["S3Input"]["S3DataType"] == "S3_PREFIX"
    assert detail["ProcessingInputs"][0]["S3Input"]["S3Uri"] == f"s3://{BUCKET}/inputs/"

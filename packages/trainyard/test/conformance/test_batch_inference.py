"""Batch inference as strangers use it: boto3, records in S3, a real language model that answers them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bench import BUCKET, ROLE, Emulator, client, until

PYTHON = os.environ.get("TRAINYARD_LANGUAGE_MODEL_PYTHON", "")
pytestmark = pytest.mark.skipif(not PYTHON, reason="TRAINYARD_LANGUAGE_MODEL_PYTHON names no Python with xllamacpp")

MODEL = "amazon.nova-lite-v1:0"
OVER = ("Completed", "Failed", "Stopped")
FEWEST = 100


@pytest.fixture(scope="module")
def speaking(s3_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    options = ["--language-model", "smollm2", "--language-model-python", PYTHON]
    started = Emulator(tmp_path_factory.mktemp("state"), s3_url, None, options=options)
    started.start()
    yield started
    assert started.stop() == 0


@pytest.fixture
def bedrock(speaking: Emulator) -> Any:
    return client("bedrock", speaking.url)


@pytest.fixture
def s3(s3_url: str) -> Any:
    return client("s3", s3_url)


def record(number: int, **changes: Any) -> dict[str, Any]:
    talk = {
        "messages": [{"role": "user", "content": [{"text": f"Say {number}."}]}],
        "inferenceConfig": {"maxTokens": 2},
    }
    return {"recordId": f"R{number:010d}", "modelInput": {**talk, **changes}}


def put(s3: Any, name: str, *files: list[dict[str, Any]]) -> str:
    for index, records in enumerate(files):
        body = "".join(json.dumps(one) + "\n" for one in records)
        s3.put_object(Bucket=BUCKET, Key=f"{name}/input/{index:04d}.jsonl", Body=body.encode())
    return f"s3://{BUCKET}/{name}"


def create(bedrock: Any, name: str, where: str, **changes: Any) -> str:
    asked = {
        "jobName": name,
        "modelId": MODEL,
        "roleArn": ROLE,
        "modelInvocationType": "Converse",
        "inputDataConfig": {"s3InputDataConfig": {"s3Uri": f"{where}/input/"}},
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": f"{where}/output/"}},
    }
    return str(bedrock.create_model_invocation_job(**{**asked, **changes})["jobArn"])


def over(bedrock: Any, arn: str) -> Any:
    def ended() -> Any:
        job = bedrock.get_model_invocation_job(jobIdentifier=arn)
        return job if job["status"] in OVER else None

    return until(f"{arn} is over", ended, 240)


def lines(s3: Any, name: str, arn: str, file: str) -> list[dict[str, Any]]:
    key = f"{name}/output/{arn.rsplit('/', 1)[1]}/{file}"
    text = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    return [json.loads(line) for line in text.splitlines()]


def refusal(bedrock: Any, name: str, where: str, **changes: Any) -> str:
    with pytest.raises(ClientError) as refused:
        create(bedrock, name, where, **changes)
    return str(refused.value.response["Error"]["Code"])


def test_a_job_answers_every_record_and_says_which_failed(bedrock: Any, s3: Any) -> None:
    tool = {"toolConfig": {"tools": [{"toolSpec": {"name": "t", "inputSchema": {"json": {"type": "object"}}}}]}}
    files = [record(n) for n in range(60)], [record(60, **tool), *(record(n) for n in range(61, FEWEST))]
    tags = [{"key": "team", "value": "search"}]
    arn = create(bedrock, "answers", put(s3, "answers", *files), clientRequestToken="token-1", tags=tags)
    same = create(bedrock, "answers", put(s3, "answers"), clientRequestToken="token-1")
    job = over(bedrock, arn)

    assert same == arn
    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == tags
    assert job["status"] == "Completed", job
    assert (job["totalRecordCount"], job["successRecordCount"], job["errorRecordCount"]) == (FEWEST, FEWEST - 1, 1)
    assert job["clientRequestToken"] == "token-1"
    assert job["endTime"] >= job["submitTime"]
    answered = lines(s3, "answers", arn, "0000.jsonl.out")
    assert sorted(one["recordId"] for one in answered) == [f"R{n:010d}" for n in range(60)]
    assert all(one["modelOutput"]["usage"]["outputTokens"] > 0 for one in answered)
    failed = [one for one in lines(s3, "answers", arn, "0001.jsonl.out") if "error" in one]
    assert [(one["recordId"], one["error"]["errorCode"]) for one in failed] == [("R0000000060", 400)]
    (manifest,) = lines(s3, "answers", arn, "manifest.json.out")
    assert manifest["processedRecordCount"] == FEWEST
    assert manifest["outputTokenCount"] > 0
    assert refusal(bedrock, "answers", put(s3, "answers")) == "ConflictException"
    found = bedrock.list_model_invocation_jobs(nameContains="answer", maxResults=5)["invocationJobSummaries"]
    assert [one["jobArn"] for one in found] == [arn]
    assert bedrock.list_model_invocation_jobs(nameContains="none-of-it")["invocationJobSummaries"] == []


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([[record(n) for n in range(FEWEST - 1)]], "less records (99) than the required minimum of: 100"),
        ([], "no file that ends in .jsonl"),
        ([[{"recordId": "x"}] * FEWEST], "expected a JSON object with recordId and modelInput"),
    ],
    ids=["few", "none", "form"],
)
def test_input_that_no_job_can_run_on_fails_it_in_words(
    bedrock: Any, s3: Any, files: list[list[dict[str, Any]]], words: str, request: pytest.FixtureRequest
) -> None:
    name = f"unfit-{request.node.callspec.id}"
    job = over(bedrock, create(bedrock, name, put(s3, name, *files)))

    assert job["status"] == "Failed"
    assert words in job["message"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"modelInvocationType": "InvokeModel"}, "ValidationException"),
        ({"roleArn": "arn:aws:iam::123456789012:role/other"}, "ValidationException"),
        ({"jobName": "no name"}, "ValidationException"),
        ({"timeoutDurationInHours": 200}, "ValidationException"),
    ],
    ids=["type", "role", "name", "hours"],
)
def test_what_bedrock_refuses_is_refused(bedrock: Any, s3: Any, changes: dict[str, Any], code: str) -> None:
    assert refusal(bedrock, "refused", put(s3, "refused"), **changes) == code


def test_a_job_that_is_stopped_keeps_what_was_answered(bedrock: Any, s3: Any) -> None:
    arn = create(bedrock, "stopped", put(s3, "stopped", [record(n) for n in range(400)]))
    until("some are answered", lambda: bedrock.get_model_invocation_job(jobIdentifier=arn).get("processedRecordCount"))
    bedrock.stop_model_invocation_job(jobIdentifier=arn)
    job = over(bedrock, arn)

    assert job["status"] == "Stopped"
    assert 0 < len(lines(s3, "stopped", arn, "0000.jsonl.out")) < 400
    with pytest.raises(ClientError) as refused:
        bedrock.stop_model_invocation_job(jobIdentifier=arn)
    assert refused.value.response["Error"]["Code"] == "ConflictException"


def test_a_job_outlives_a_kill_of_the_server(speaking: Emulator, bedrock: Any, s3: Any) -> None:
    arn = create(bedrock, "killed", put(s3, "killed", [record(n) for n in range(FEWEST)]))
    until("it runs", lambda: bedrock.get_model_invocation_job(jobIdentifier=arn)["status"] == "InProgress")
    speaking.kill()
    speaking.start()
    job = over(bedrock, arn)

    assert job["status"] == "Completed"
    assert len(lines(s3, "killed", arn, "0000.jsonl.out")) == FEWEST


def test_a_job_that_is_none_is_not_found(bedrock: Any) -> None:
    for call in (bedrock.get_model_invocation_job, bedrock.stop_model_invocation_job):
        with pytest.raises(ClientError) as refused:
            call(jobIdentifier="abcdefghijkl")
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404

"""Training jobs as boto3 sees them: script mode by the real toolkit, states, artefacts, stop, limits, failures."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from bench import (
    BUCKET,
    ROLE,
    channel,
    client,
    ended_training,
    log_text,
    script_mode,
    status_of,
    training_request,
    until,
    with_command,
)

Upload = Callable[[str, str], str]

SCRIPT = """
import argparse, os, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int)
parser.add_argument("--note")
given = parser.parse_args()
channel = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"])
files = sorted(str(path.relative_to(channel)) for path in channel.rglob("*") if path.is_file())
print(f"files {files}", flush=True)
print(f"given {given}", flush=True)
print(f"job {os.environ['TRAINING_JOB_NAME']} {os.environ['OWN']}", flush=True)
for step in range(3):
    print(f"metric step={step} loss={1 / (step + 1):.4f}", flush=True)
pathlib.Path(os.environ["SM_MODEL_DIR"], "weights").mkdir()
pathlib.Path(os.environ["SM_MODEL_DIR"], "weights", "w.txt").write_text("weights")
pathlib.Path(os.environ["SM_OUTPUT_DATA_DIR"], "notes.txt").write_text("notes")
"""


@pytest.fixture(scope="module")
def completed(emulator: Any, upload_script: Upload, inputs: str) -> dict[str, Any]:
    sagemaker = client("sagemaker", emulator.url)
    specification = training_request("x")["AlgorithmSpecification"]
    definitions = [{"Name": "train:loss", "Regex": r"metric .*loss=([0-9.]+)"}]
    sagemaker.create_training_job(
        **training_request(
            "train-completes",
            HyperParameters=script_mode(upload_script("completes", SCRIPT), epochs=3, note="a 'b' c"),
            InputDataConfig=[channel("train", inputs, InputMode="FastFile")],
            Environment={"OWN": "/opt/ml/model"},
            AlgorithmSpecification={**specification, "MetricDefinitions": definitions},
            Tags=[{"Key": "stage", "Value": "train"}],
        )
    )
    return ended_training(sagemaker, "train-completes")


def test_script_mode_ends_completed_with_every_secondary_status_in_order(completed: dict[str, Any]) -> None:
    transitions = completed["SecondaryStatusTransitions"]
    assert completed["TrainingJobStatus"] == "Completed"
    assert [t["Status"] for t in transitions] == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    for earlier, later in zip(transitions, transitions[1:], strict=False):
        assert earlier["StartTime"] <= earlier["EndTime"] == later["StartTime"]


def test_code_may_come_by_a_channel_as_in_network_isolation(
    emulator: Any, sagemaker: Any, s3: Any, inputs: str
) -> None:
    s3.put_object(Bucket=BUCKET, Key="code/by-channel/train.py", Body=SCRIPT.encode())
    sagemaker.create_training_job(
        **training_request(
            "code-by-channel",
            HyperParameters=script_mode("/opt/ml/input/data/code", epochs=3, note="n"),
            InputDataConfig=[channel("train", inputs), channel("code", f"s3://{BUCKET}/code/by-channel/")],
            Environment={"OWN": "o"},
        )
    )
    ended = ended_training(sagemaker, "code-by-channel")
    assert ended["TrainingJobStatus"] == "Completed", ended.get("FailureReason")


def test_times_and_billed_seconds_belong_together(completed: dict[str, Any]) -> None:
    started, ended = completed["TrainingStartTime"], completed["TrainingEndTime"]
    assert completed["CreationTime"] <= started < ended <= completed["LastModifiedTime"]
    assert completed["BillableTimeInSeconds"] == completed["TrainingTimeInSeconds"]
    assert abs(completed["BillableTimeInSeconds"] - (ended - started).total_seconds()) <= 1


def test_final_metrics_are_the_last_values_in_the_log(completed: dict[str, Any]) -> None:
    [metric] = completed["FinalMetricDataList"]
    assert metric["MetricName"] == "train:loss"
    assert metric["Value"] == pytest.approx(0.3333)


def test_the_script_sees_channels_arguments_and_environment(completed: dict[str, Any], logs: Any) -> None:
    text = log_text(logs, "/aws/sagemaker/TrainingJobs", "train-completes/")
    assert "files ['a.txt', 'deeper/b.txt.gz']" in text
    assert "given Namespace(epochs=3, note=\"a 'b' c\")" in text
    assert "job train-completes /" in text and "/ml/model" in text


def test_the_model_archive_holds_the_folders_content_at_its_root(completed: dict[str, Any], s3: Any) -> None:
    uri = completed["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == f"s3://{BUCKET}/output/train-completes/output/model.tar.gz"
    assert archive_names(s3, uri) == ["weights/w.txt"]
    assert archive_names(s3, uri.replace("model.tar.gz", "output.tar.gz")) == ["notes.txt"]


def test_a_failing_script_tells_its_error_in_the_failure_reason(sagemaker: Any, upload_script: Upload) -> None:
    code = upload_script("fails", "raise ValueError('the pairs have no positives')")
    sagemaker.create_training_job(**training_request("train-fails", HyperParameters=script_mode(code)))

    with pytest.raises(WaiterError):
        ended_training(sagemaker, "train-fails")

    described = sagemaker.describe_training_job(TrainingJobName="train-fails")
    assert described["TrainingJobStatus"] == described["SecondaryStatus"] == "Failed"
    assert described["FailureReason"].startswith("AlgorithmError: ExecuteUserScriptError")
    assert "the pairs have no positives" in described["FailureReason"]
    assert described["FailureReason"].endswith("exit code: 1")
    assert len(described["FailureReason"]) <= 1024


def test_a_failure_file_is_quoted_and_an_absent_one_leaves_the_exit_code(sagemaker: Any) -> None:
    program = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('no positives'); sys.exit(3)"
    with_file = with_command("python3", "-c", program, "/opt/ml/output/failure")
    sagemaker.create_training_job(**training_request("train-says-why", **with_file))
    sagemaker.create_training_job(
        **training_request("train-says-nothing", **with_command("python3", "-c", "exit(139)"))
    )

    assert failure_of(sagemaker, "train-says-why") == "AlgorithmError: no positives, exit code: 3"
    assert failure_of(sagemaker, "train-says-nothing") == "AlgorithmError: Exit Code: 139"


def test_a_stopped_script_never_sees_sigterm_and_its_model_is_uploaded(
    sagemaker: Any, upload_script: Upload, s3: Any, logs: Any
) -> None:
    source = """
import os, pathlib, signal, time
signal.signal(signal.SIGTERM, lambda *_: print("the script saw SIGTERM", flush=True))
pathlib.Path(os.environ["SM_MODEL_DIR"], "partial.txt").write_text("partial")
print("ready", flush=True)
time.sleep(300)
"""
    code = upload_script("stops", source)
    sagemaker.create_training_job(**training_request("train-stops", HyperParameters=script_mode(code)))
    until("the script runs", lambda: "ready" in text_if_any(logs, "train-stops/"))

    sagemaker.stop_training_job(TrainingJobName="train-stops")
    assert status_of(sagemaker, "train-stops") in ("Stopping", "Stopped")
    described = ended_training(sagemaker, "train-stops")

    assert described["TrainingJobStatus"] == described["SecondaryStatus"] == "Stopped"
    assert [t["Status"] for t in described["SecondaryStatusTransitions"]][-3:] == ["Training", "Stopping", "Stopped"]
    assert archive_names(s3, described["ModelArtifacts"]["S3ModelArtifacts"]) == ["partial.txt"]
    assert "saw SIGTERM" not in text_if_any(logs, "train-stops/")
    with pytest.raises(ClientError, match="in status Stopped") as refused:
        sagemaker.stop_training_job(TrainingJobName="train-stops")
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_job_that_runs_too_long_is_stopped_and_keeps_its_model(sagemaker: Any) -> None:
    program = "import pathlib, sys, time; pathlib.Path(sys.argv[1], 'm').write_text('m'); time.sleep(300)"
    job = with_command("python3", "-c", program, "/opt/ml/model")
    limit = {"MaxRuntimeInSeconds": 1}
    sagemaker.create_training_job(**training_request("train-overruns", **job, StoppingCondition=limit))

    described = ended_training(sagemaker, "train-overruns")

    assert described["TrainingJobStatus"] == "Stopped"
    assert described["SecondaryStatus"] == "MaxRuntimeExceeded"
    assert described["ModelArtifacts"]["S3ModelArtifacts"].endswith("/train-overruns/output/model.tar.gz")


def test_checkpoints_are_restored_uploaded_and_deleted_with_the_folder(sagemaker: Any, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="checkpoints/step-1", Body=b"1")
    # One line: AWS's pattern for a part of the command (.*) allows no line break.
    program = (
        "import pathlib, sys; folder = pathlib.Path(sys.argv[1]); assert (folder / 'step-1').read_text() == '1'; "
        "(folder / 'step-1').unlink(); (folder / 'step-2').write_text('2')"
    )
    job = with_command("python3", "-c", program, "/opt/ml/checkpoints")
    config = {"S3Uri": f"s3://{BUCKET}/checkpoints"}
    sagemaker.create_training_job(**training_request("train-resumes", **job, CheckpointConfig=config))

    assert ended_training(sagemaker, "train-resumes")["TrainingJobStatus"] == "Completed"
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="checkpoints/")["Contents"]
    assert [entry["Key"] for entry in listed] == ["checkpoints/step-2"]


def test_an_uncompressed_model_lies_under_a_prefix(sagemaker: Any, s3: Any) -> None:
    program = "import pathlib, sys; pathlib.Path(sys.argv[1], 'm.bin').write_text('m')"
    job = with_command("python3", "-c", program, "/opt/ml/model")
    output = {"S3OutputPath": f"s3://{BUCKET}/output/", "CompressionType": "NONE"}
    sagemaker.create_training_job(**training_request("train-plain", **job, OutputDataConfig=output))

    uri = ended_training(sagemaker, "train-plain")["ModelArtifacts"]["S3ModelArtifacts"]

    assert uri == f"s3://{BUCKET}/output/train-plain/output/model/"
    assert s3.head_object(Bucket=BUCKET, Key="output/train-plain/output/model/m.bin")["ContentLength"] == 1


def test_an_output_bucket_that_is_not_there_fails_the_job_as_the_clients_error(sagemaker: Any) -> None:
    program = "import pathlib, sys; pathlib.Path(sys.argv[1], 'm').write_text('m')"
    job = with_command("python3", "-c", program, "/opt/ml/model")
    output = {"S3OutputPath": "s3://no-such-bucket/output"}
    sagemaker.create_training_job(**training_request("train-nowhere", **job, OutputDataConfig=output))

    assert failure_of(sagemaker, "train-nowhere").startswith(
        "ClientError: Artifact upload failed for s3://no-such-bucket"
    )


def test_a_name_can_be_used_once_and_again_after_delete(sagemaker: Any) -> None:
    job = training_request("train-twice", **with_command("sleep", "300"))
    arn = sagemaker.create_training_job(**job)["TrainingJobArn"]

    assert error_of(lambda: sagemaker.create_training_job(**job)) == (
        "ResourceInUse",
        "Training job names must be unique within an AWS account and region",
        arn,
    )
    with pytest.raises(ClientError) as running:
        sagemaker.delete_training_job(TrainingJobName="train-twice")
    assert running.value.response["Error"]["Code"] == "ResourceInUse"

    sagemaker.stop_training_job(TrainingJobName="train-twice")
    ended_training(sagemaker, "train-twice")
    sagemaker.delete_training_job(TrainingJobName="train-twice")
    with pytest.raises(ClientError, match="Requested resource not found"):
        sagemaker.describe_training_job(TrainingJobName="train-twice")
    sagemaker.create_training_job(**training_request("train-twice", **with_command("true")))
    assert ended_training(sagemaker, "train-twice")["TrainingJobStatus"] == "Completed"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"InputDataConfig": [channel("train", f"s3://{BUCKET}/nothing-here/")]}, "No S3 objects found under S3 URL"),
        ({"InputDataConfig": [channel("train", "s3://no-such-bucket/x")]}, "No S3 objects found under S3 URL"),
        ({"RoleArn": ROLE + "-unknown"}, "Could not assume role"),
        ({"ResourceConfig": {"VolumeSizeInGB": 1}}, "exactly one of InstanceType"),
        ({"AlgorithmSpecification": {"TrainingInputMode": "File"}}, "exactly one of TrainingImage"),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}},
            "Invalid MaxWaitTimeInSeconds",
        ),
        (
            {
                "EnableManagedSpotTraining": True,
                "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 30},
            },
            "at least MaxRuntimeInSeconds",
        ),
        (
            {
                "AlgorithmSpecification": {
                    "TrainingImage": "x/train:2.9.0-gpu-py312-cu130",
                    "TrainingInputMode": "File",
                }
            },
            "gpu",
        ),
    ],
)
def test_a_request_that_aws_refuses_starts_nothing(sagemaker: Any, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message) as refused:
        sagemaker.create_training_job(**training_request("train-refused", **changes))

    assert refused.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="Requested resource not found"):
        sagemaker.describe_training_job(TrainingJobName="train-refused")


def failure_of(sagemaker: Any, name: str) -> str:
    with pytest.raises(WaiterError):
        ended_training(sagemaker, name)
    return sagemaker.describe_training_job(TrainingJobName=name)["FailureReason"]


def error_of(call: Callable[[], object]) -> tuple[str, str, str]:
    """Code, the sentence before the ARN, and the ARN in it."""
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response["Error"]
    sentence, _, arn = error["Message"].partition("(")
    return error["Code"], sentence.split(",")[0].strip(), arn.rstrip(")")


def archive_names(s3: Any, uri: str) -> list[str]:
    body = s3.get_object(Bucket=BUCKET, Key=uri.removeprefix(f"s3://{BUCKET}/"))["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as tar:
        return sorted(tar.getnames())


def text_if_any(logs: Any, prefix: str) -> str:
    try:
        return log_text(logs, "/aws/sagemaker/TrainingJobs", prefix)
    except (ClientError, AssertionError):
        return ""


@pytest.mark.parametrize("path", ["/tmp/elsewhere", "/opt/ml/../../tmp/elsewhere", "/opt/ml", "/opt/mlflow"])
def test_checkpoints_stay_below_opt_ml(sagemaker: Any, path: str) -> None:
    config = {"S3Uri": f"s3://{BUCKET}/checkpoints", "LocalPath": path}
    with pytest.raises(ClientError, match="must be a folder below /opt/ml/"):
        sagemaker.create_training_job(**training_request("astray", **with_command("true"), CheckpointConfig=config))

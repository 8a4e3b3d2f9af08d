"""Processing jobs as boto3 sees them: paths re-rooted, inputs in, outputs out, messages, stop, time limits."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from bench import BUCKET, ROLE, log_text, processing_request, until

GROUP = "/aws/sagemaker/ProcessingJobs"

NAMES = """
import os, pathlib, sys
source, target = map(pathlib.Path, sys.argv[1:3])
names = sorted(str(path.relative_to(source)) for path in source.rglob("*") if path.is_file())
(target / "deep").mkdir()
(target / "deep" / "names.txt").write_text(" ".join(names))
(target / "link").symlink_to(target / "deep")
pathlib.Path(os.environ["MESSAGE"]).write_text("all done")
print(names, file=sys.stderr)
"""


def s3_input(name: str, uri: str, path: str) -> dict[str, Any]:
    source = {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": source}


def s3_output(name: str, uri: str, path: str, mode: str = "EndOfJob") -> dict[str, Any]:
    return {"OutputName": name, "S3Output": {"S3Uri": uri, "LocalPath": path, "S3UploadMode": mode}}


def ended(sagemaker: Any, name: str) -> dict[str, Any]:
    sagemaker.get_waiter("processing_job_completed_or_stopped").wait(
        ProcessingJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 90}
    )
    return sagemaker.describe_processing_job(ProcessingJobName=name)


def failed(sagemaker: Any, name: str) -> dict[str, Any]:
    with pytest.raises(WaiterError):
        ended(sagemaker, name)
    return sagemaker.describe_processing_job(ProcessingJobName=name)


def test_inputs_come_in_and_outputs_go_out(sagemaker: Any, s3: Any, inputs: str, logs: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="programs/names.py", Body=NAMES.encode())
    request = processing_request(
        "process-files",
        "pass",
        "/opt/ml/processing/input/files",
        "/opt/ml/processing/output/names",
        ProcessingInputs=[
            s3_input("code", f"s3://{BUCKET}/programs/names.py", "/opt/ml/processing/input/code"),
            s3_input("files", inputs, "/opt/ml/processing/input/files"),
            s3_input("one", f"{inputs}a.txt", "/opt/ml/processing/input/files/one"),
        ],
        ProcessingOutputConfig={
            "Outputs": [s3_output("names", f"s3://{BUCKET}/names", "/opt/ml/processing/output/names")]
        },
        Environment={"MESSAGE": "/opt/ml/output/message"},
    )
    request["AppSpecification"]["ContainerEntrypoint"] = ["python3", "/opt/ml/processing/input/code/names.py"]
    sagemaker.create_processing_job(**request)

    described = ended(sagemaker, "process-files")

    assert described["ProcessingJobStatus"] == "Completed"
    assert described["ExitMessage"] == "all done"
    assert described["CreationTime"] <= described["ProcessingStartTime"] <= described["ProcessingEndTime"]
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix="names/")["Contents"]]
    assert keys == ["names/deep/names.txt"]
    content = s3.get_object(Bucket=BUCKET, Key=keys[0])["Body"].read().decode()
    assert content == "a.txt deeper/b.txt.gz one/a.txt"
    assert "deeper/b.txt.gz" in log_text(logs, GROUP, "process-files/")


def test_a_failure_carries_the_message_the_script_left(sagemaker: Any) -> None:
    program = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('line 7: no query'); sys.exit(2)"
    sagemaker.create_processing_job(**processing_request("process-fails", program, "/opt/ml/output/message"))

    described = failed(sagemaker, "process-fails")

    assert described["ProcessingJobStatus"] == "Failed"
    assert described["FailureReason"] == "AlgorithmError: line 7: no query, exit code: 2"
    assert described["ExitMessage"] == "line 7: no query"


def test_an_input_that_is_not_there_fails_the_job_as_the_clients_error(sagemaker: Any) -> None:
    source = s3_input("files", f"s3://{BUCKET}/nothing-here/", "/opt/ml/processing/input/files")
    sagemaker.create_processing_job(**processing_request("process-nothing", "pass", ProcessingInputs=[source]))

    reason = failed(sagemaker, "process-nothing")["FailureReason"]

    assert reason.startswith("ClientError: Data download failed")
    assert "nothing-here" in reason


def test_an_entrypoint_that_is_not_there_fails_the_job(sagemaker: Any) -> None:
    request = processing_request("process-no-program", "pass")
    request["AppSpecification"]["ContainerEntrypoint"] = ["no-such-program"]
    sagemaker.create_processing_job(**request)

    assert "no-such-program" in failed(sagemaker, "process-no-program")["FailureReason"]


def test_stop_ends_a_job_that_ignores_sigterm_and_uploads_what_there_is(sagemaker: Any, s3: Any, logs: Any) -> None:
    program = (
        "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: print('ignored', flush=True)); "
        "pathlib.Path(sys.argv[1], 'part.txt').write_text('part'); print('ready', flush=True); "
        "[time.sleep(1) for _ in range(300)]"
    )
    folder = "/opt/ml/processing/output/part"
    outputs = {"Outputs": [s3_output("part", f"s3://{BUCKET}/part", folder)]}
    sagemaker.create_processing_job(
        **processing_request("process-stops", program, folder, ProcessingOutputConfig=outputs)
    )
    until("the job runs", lambda: "ready" in text_if_any(logs, "process-stops/"))

    sagemaker.stop_processing_job(ProcessingJobName="process-stops")
    assert ended(sagemaker, "process-stops")["ProcessingJobStatus"] == "Stopped"

    assert "ignored" in text_if_any(logs, "process-stops/")
    assert s3.head_object(Bucket=BUCKET, Key="part/part.txt")["ContentLength"] == 4


def test_a_job_that_runs_too_long_is_stopped(sagemaker: Any) -> None:
    limit = {"MaxRuntimeInSeconds": 1}
    request = processing_request("process-overruns", "import time; time.sleep(300)", StoppingCondition=limit)
    sagemaker.create_processing_job(**request)

    described = ended(sagemaker, "process-overruns")

    assert described["ProcessingJobStatus"] == "Stopped"
    assert "MaxRuntimeInSeconds" in described["FailureReason"]


def test_continuous_outputs_are_there_while_the_job_runs(sagemaker: Any, s3: Any) -> None:
    program = "import pathlib, sys, time; pathlib.Path(sys.argv[1], 'early.txt').write_text('early'); time.sleep(300)"
    folder = "/opt/ml/processing/output/early"
    outputs = {"Outputs": [s3_output("early", f"s3://{BUCKET}/early", folder, "Continuous")]}
    sagemaker.create_processing_job(
        **processing_request("process-streams", program, folder, ProcessingOutputConfig=outputs)
    )

    until("the output is there", lambda: s3.list_objects_v2(Bucket=BUCKET, Prefix="early/").get("Contents"))
    described = sagemaker.describe_processing_job(ProcessingJobName="process-streams")
    assert described["ProcessingJobStatus"] == "InProgress"

    sagemaker.stop_processing_job(ProcessingJobName="process-streams")
    assert ended(sagemaker, "process-streams")["ProcessingJobStatus"] == "Stopped"


def test_a_name_can_be_used_once(sagemaker: Any) -> None:
    request = processing_request("process-twice", "pass")
    sagemaker.create_processing_job(**request)

    with pytest.raises(ClientError) as refused:
        sagemaker.create_processing_job(**request)

    assert refused.value.response["Error"]["Code"] == "ResourceInUse"
    assert ended(sagemaker, "process-twice")["ProcessingJobStatus"] == "Completed"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"RoleArn": ROLE + "-unknown"}, "Could not assume role"),
        ({"ProcessingInputs": [s3_input("x", "s3://b/k", "/tmp/x")]}, "must be a folder below /opt/ml/processing/"),
        ({"ProcessingInputs": [s3_input("x", "s3://b/k", "/opt/ml/processing/../x")]}, "must be a folder below"),
        ({"ProcessingResources": {"ClusterConfig": {"VolumeSizeInGB": 1}}}, "exactly one of InstanceType"),
    ],
)
def test_a_request_that_aws_refuses_starts_nothing(sagemaker: Any, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message) as refused:
        sagemaker.create_processing_job(**processing_request("process-refused", "pass", **changes))

    assert refused.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="Could not find requested job"):
        sagemaker.describe_processing_job(ProcessingJobName="process-refused")


def text_if_any(logs: Any, prefix: str) -> str:
    try:
        return log_text(logs, GROUP, prefix)
    except (ClientError, AssertionError):
        return ""

"""Jobs and endpoints find /opt/ml by that name, as on AWS, and what is isolated has neither network nor keys."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_hosting import IMAGE, WAITED, upload

from bench import (
    BUCKET,
    ROLE,
    Emulator,
    channel,
    client,
    ended_training,
    log_text,
    processing_request,
    script_mode,
    training_request,
    until,
    with_command,
)

TRAINING_LOGS = "/aws/sagemaker/TrainingJobs"
TWO = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}

# With the paths of AWS's documentation, and none from the environment.
BY_ITS_NAME = """
import json, os, pathlib
ml = pathlib.Path("/opt/ml")
files = sorted(str(path.relative_to(ml)) for path in (ml / "input/data").rglob("*") if path.is_file())
told = {name: os.environ.get(name) for name in ("SM_MODEL_DIR", "SM_CHANNEL_TRAIN", "SAGEMAKER_BASE_DIR")}
print(json.dumps({"files": files, "told": told, "works_in": os.getcwd()}), flush=True)
(ml / "model/m.txt").write_text("m")
"""

# Prints what of the world can be reached; an answer of any kind is a way.
LOOKS_OUT = """
import json, os, socket, urllib.parse
s3 = urllib.parse.urlsplit("{s3_url}")
def reached(*address):
    try:
        socket.create_connection(address, 2).close()
        return True
    except OSError:
        return False
doors = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3")
seen = {{
    "s3": reached(s3.hostname, s3.port),
    "doors": [name for name in doors if name in os.environ],
    "region": os.environ.get("AWS_REGION"),
}}
"""
NOTHING = {"s3": False, "doors": [], "region": "eu-west-1"}

# Two hosts that pass a word on, though nothing else is to be reached.
PEERS = (
    LOOKS_OUT
    + """
import pathlib, time
config = json.loads(pathlib.Path("/opt/ml/input/config/resourceconfig.json").read_text())
first, second = config["hosts"]
seen["hosts"] = config["hosts"]
if config["current_host"] == first:
    with socket.create_server((first, 4000)) as server:
        seen["heard"] = server.accept()[0].recv(16).decode()
    print(json.dumps(seen), flush=True)
else:
    for _ in range(200):
        try:
            with socket.create_connection((first, 4000)) as peer:
                peer.sendall(b"word")
            break
        except OSError:
            time.sleep(0.05)
"""
)


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory, s3_url: str, namespaces: None) -> Iterator[Emulator]:
    state = tmp_path_factory.mktemp("namespaces") / "state"
    started = Emulator(state, s3_url, "http://127.0.0.1:9/", options=["--namespaces", "on"])
    started.start()
    yield started
    started.stop()
    started.kill_all()


def placed(s3: Any, name: str, source: str) -> str:
    """A program in S3: an isolated job gets its code as data."""
    s3.put_object(Bucket=BUCKET, Key=f"programs/{name}/run.py", Body=source.encode())
    return f"s3://{BUCKET}/programs/{name}/"


def isolated_training(s3: Any, name: str, source: str, **changes: Any) -> dict[str, Any]:
    request = training_request(name, **with_command("python3", "/opt/ml/input/data/code/run.py"), **changes)
    code = channel("code", placed(s3, name, source))
    return {**request, "InputDataConfig": [code], "EnableNetworkIsolation": True}


def test_script_mode_finds_all_of_it_at_the_documented_paths(
    inside: Emulator, inputs: str, upload_script: Any
) -> None:
    sagemaker, logs = client("sagemaker", inside.url), client("logs", inside.url)
    before = os.path.exists("/opt/ml")
    sagemaker.create_training_job(
        **training_request(
            "by-its-name",
            HyperParameters=script_mode(upload_script("by-its-name", BY_ITS_NAME)),
            InputDataConfig=[channel("train", inputs)],
        )
    )

    job = ended_training(sagemaker, "by-its-name")

    text = log_text(logs, TRAINING_LOGS, "by-its-name/")
    assert job["TrainingJobStatus"] == "Completed", text
    seen = next(json.loads(line) for line in text.splitlines() if line.startswith('{"files"'))
    assert seen["files"] == ["input/data/train/a.txt", "input/data/train/deeper/b.txt.gz"]
    assert seen["told"] == {
        "SM_MODEL_DIR": "/opt/ml/model",
        "SM_CHANNEL_TRAIN": "/opt/ml/input/data/train",
        "SAGEMAKER_BASE_DIR": None,
    }
    assert os.path.exists("/opt/ml") == before


def test_two_jobs_at_once_have_each_its_own(inside: Emulator, s3: Any) -> None:
    sagemaker = client("sagemaker", inside.url)
    program = "echo $0 > /opt/ml/model/who; sleep 1; test $(cat /opt/ml/model/who) = $0"
    for name in ("own-1", "own-2"):
        sagemaker.create_training_job(**training_request(name, **with_command("sh", "-c", program, name)))

    assert {ended_training(sagemaker, name)["TrainingJobStatus"] for name in ("own-1", "own-2")} == {"Completed"}


def test_an_archive_of_another_user_is_unpacked_by_the_containers_root(inside: Emulator, s3: Any) -> None:
    """As the SageMaker Python SDK's own script unpacks its sources; on AWS whoever runs there is root."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo("train.py")
        member.uid, member.gid = 503, 50
        tar.addfile(member, io.BytesIO())
    s3.put_object(Bucket=BUCKET, Key="code/of-another/sourcedir.tar.gz", Body=packed.getvalue())
    unpacks = "cd /opt/ml/model && tar -xzf /opt/ml/input/data/code/sourcedir.tar.gz && test -f train.py"
    sagemaker = client("sagemaker", inside.url)
    code = channel("code", f"s3://{BUCKET}/code/of-another/")
    sagemaker.create_training_job(
        **training_request("of-another", **with_command("sh", "-c", unpacks), InputDataConfig=[code])
    )

    job = ended_training(sagemaker, "of-another")

    assert job["TrainingJobStatus"] == "Completed", log_text(client("logs", inside.url), TRAINING_LOGS, "of-another/")


def test_an_isolated_training_job_reaches_its_peers_and_nothing_else(inside: Emulator, s3: Any, s3_url: str) -> None:
    sagemaker, logs = client("sagemaker", inside.url), client("logs", inside.url)
    sagemaker.create_training_job(**isolated_training(s3, "isolated", PEERS.format(s3_url=s3_url), ResourceConfig=TWO))

    job = ended_training(sagemaker, "isolated")

    text = log_text(logs, TRAINING_LOGS, "isolated/algo-1-")
    assert job["TrainingJobStatus"] == "Completed", text
    assert json.loads(text.splitlines()[-1]) == {**NOTHING, "heard": "word", "hosts": ["algo-1", "algo-2"]}


def test_an_isolated_processing_job_reaches_nothing_and_its_output_comes_out(
    inside: Emulator, s3: Any, s3_url: str
) -> None:
    sagemaker = client("sagemaker", inside.url)
    program = LOOKS_OUT.format(s3_url=s3_url) + 'open("/opt/ml/processing/out/seen", "w").write(json.dumps(seen))'
    code = {
        "S3Uri": placed(s3, "isolated-processing", program),
        "LocalPath": "/opt/ml/processing/code",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
    }
    output = {
        "S3Uri": f"s3://{BUCKET}/isolated-out",
        "LocalPath": "/opt/ml/processing/out",
        "S3UploadMode": "EndOfJob",
    }
    request = processing_request(
        "isolated",
        "",
        NetworkConfig={"EnableNetworkIsolation": True},
        ProcessingInputs=[{"InputName": "code", "S3Input": code}],
        ProcessingOutputConfig={
            "Outputs": [{"OutputName": "out", "S3Output": {**output, "S3UploadMode": "EndOfJob"}}]
        },
    )
    request["AppSpecification"]["ContainerEntrypoint"] = ["python3", "/opt/ml/processing/code/run.py"]
    sagemaker.create_processing_job(**request)

    sagemaker.get_waiter("processing_job_completed_or_stopped").wait(ProcessingJobName="isolated", WaiterConfig=WAITED)

    assert json.loads(s3.get_object(Bucket=BUCKET, Key="isolated-out/seen")["Body"].read()) == NOTHING


@pytest.mark.parametrize("isolated", [True, False])
def test_an_endpoint_loads_its_model_from_where_aws_has_it(
    inside: Emulator, s3: Any, s3_url: str, isolated: bool
) -> None:
    sagemaker, runtime = client("sagemaker", inside.url), client("sagemaker-runtime", inside.url)
    name = f"placed-{str(isolated).lower()}"
    code = LOOKS_OUT.format(s3_url=s3_url) + (
        "def model_fn(model_dir):\n    return {**seen, 'dir': model_dir, 'code': os.listdir('/opt/ml/model')}\n"
        "def transform_fn(model, data, content_type, accept):\n    return json.dumps(model)\n"
    )
    container = {"Image": IMAGE, "ModelDataUrl": upload(s3, name, code)}
    sagemaker.create_model(
        ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container, EnableNetworkIsolation=isolated
    )
    variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig=WAITED)

    seen = json.loads(runtime.invoke_endpoint(EndpointName=name, Body=b"{}")["Body"].read())

    sagemaker.delete_endpoint(EndpointName=name)
    assert (seen.pop("dir"), seen.pop("code")) == ("/opt/ml/model", ["code"])
    assert seen["s3"] is not isolated
    assert (seen == NOTHING) is isolated


def test_a_stop_reaches_the_job_and_its_grace_ends_it(inside: Emulator) -> None:
    sagemaker, logs = client("sagemaker", inside.url), client("logs", inside.url)
    program = (
        "import signal, time; signal.signal(15, lambda *_: print('told', flush=True)); "
        "print('up', flush=True); time.sleep(99)"
    )
    sagemaker.create_training_job(**training_request("stopped-inside", **with_command("python3", "-c", program)))
    found = {"logGroupName": TRAINING_LOGS, "logStreamNamePrefix": "stopped-inside/"}
    until("it is up", lambda: logs.filter_log_events(**found)["events"])

    sagemaker.stop_training_job(TrainingJobName="stopped-inside")

    assert ended_training(sagemaker, "stopped-inside")["TrainingJobStatus"] == "Stopped"
    assert "told" in log_text(logs, TRAINING_LOGS, "stopped-inside/")


def test_without_namespaces_an_isolated_job_has_no_keys_still(tmp_path: Path, s3: Any, s3_url: str) -> None:
    bare = Emulator(tmp_path / "state", s3_url, "http://127.0.0.1:9/", options=["--namespaces", "off"])
    bare.start()
    try:
        sagemaker, logs = client("sagemaker", bare.url), client("logs", bare.url)
        program = LOOKS_OUT.format(s3_url=s3_url) + "print(json.dumps(seen), flush=True)"
        sagemaker.create_training_job(**isolated_training(s3, "bare", program))
        ended_training(sagemaker, "bare")
        # The limit that the README tells of.
        assert json.loads(log_text(logs, TRAINING_LOGS, "bare/").splitlines()[-1]) == {**NOTHING, "s3": True}
    finally:
        bare.stop()
        bare.kill_all()

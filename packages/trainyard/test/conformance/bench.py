"""A real S3 server and the local SageMaker for the suite, spoken to by boto3 as any outside client would."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import tarfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import WaiterError

PACKAGE = Path(__file__).parents[2]
REGION = "eu-west-1"
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/trainyard"
BUCKET = "conformance"
KEYS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local-secret", "AWS_REGION": REGION}


PYTHON = os.environ.get("TRAINYARD_PYTHON", sys.executable)
S3_SERVER = os.environ.get("TRAINYARD_S3_SERVER", "versitygw")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def client(service: str, url: str, **config: Any) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"max_attempts": 3}, **config),
    )


def post_signed(url: str, body: bytes, headers: dict[str, str] | None = None, method: str = "POST") -> Any:
    """What no SDK sends, with the signature that one would give it; the open reply."""
    request = AWSRequest(method, url, headers=headers, data=body)
    credentials = Credentials(KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"])
    SigV4Auth(credentials, "sagemaker", REGION).add_auth(request)
    return urllib.request.urlopen(urllib.request.Request(url, body, dict(request.headers), method=method))


def until(what: str, probe: Callable[[], Any], limit_s: float = 90) -> Any:
    """Waits for a state, not for a time: the first true answer of `probe`."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        answer = probe()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {limit_s} s")


@dataclass
class Emulator:
    state: Path
    s3_url: str
    events_url: str | None
    """Where events go; None: nowhere."""
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None
    options: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *more: str) -> list[str]:
        return ["node", str(PACKAGE / "dist/main.js"), "--state", str(self.state), *more]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **KEYS, "AWS_ENDPOINT_URL_S3": self.s3_url}

    def start(self) -> None:
        options = ["--port", str(self.port), "--python", PYTHON, "--account", ACCOUNT, "--role", ROLE]
        options += ["--stop-grace-ms", "500", "--faults"]
        if self.events_url:
            options += ["--events-url", self.events_url]
        options += self.options
        self.process = subprocess.Popen(
            self.command(*options), env=self.environment, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        assert json.loads(self.process.stdout.readline()) == {"url": self.url}

    def faults(self, method: str, *faults: dict[str, Any]) -> None:
        """`POST` asks for faults to come, `DELETE` forgets those that are left."""
        post_signed(f"{self.url}/faults", json.dumps(faults).encode(), method=method).close()

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        assert self.process
        self.process.terminate()
        return self.process.wait(timeout=10)

    def kill_all(self) -> None:
        subprocess.run(self.command("--kill-all"), env=self.environment, check=True, timeout=30)


@pytest.fixture(scope="session")
def s3_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    folder = tmp_path_factory.mktemp("s3")
    environment = {**os.environ, "ROOT_ACCESS_KEY": "local", "ROOT_SECRET_KEY": "local-secret"}
    address = f"127.0.0.1:{port}"
    server = subprocess.Popen(
        [S3_SERVER, "--port", address, "--region", REGION, "--quiet", "posix", str(folder)], env=environment
    )
    url = f"http://{address}"
    until("S3 server listens", lambda: can_connect(port))
    client("s3", url).create_bucket(Bucket=BUCKET)
    yield url
    server.send_signal(signal.SIGTERM)
    server.wait(timeout=10)


def can_connect(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def events() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An address that events can be posted to, and what came in."""
    received: list[dict[str, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", received
    server.shutdown()


@pytest.fixture(scope="session")
def emulator(
    s3_url: str, events: tuple[str, list[dict[str, Any]]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Emulator]:
    started = Emulator(tmp_path_factory.mktemp("state"), s3_url, events[0])
    started.start()
    yield started
    started.stop()
    started.kill_all()


@pytest.fixture(scope="session")
def namespaces(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whoever asks for it needs a machine that lets processes have namespaces of their own."""
    folder = str(tmp_path_factory.mktemp("places"))
    program = [PYTHON, "-I", "-S", str(PACKAGE / "python/container/enclose.py"), "--folder", folder, "--at", "/opt/ml"]
    tried = subprocess.run([*program, "--", "true"], capture_output=True, text=True)
    if tried.returncode != 0:
        pytest.skip(f"this machine allows no namespaces: {tried.stderr.strip()}")


@pytest.fixture
def own(s3_url: str, events: Any, tmp_path: Path) -> Iterator[Emulator]:
    """An emulator that a test may kill."""
    started = Emulator(tmp_path / "state", s3_url, events[0])
    started.start()
    yield started
    if started.process and started.process.poll() is None:
        started.stop()
    started.kill_all()


@pytest.fixture
def sagemaker(emulator: Emulator) -> Any:
    return client("sagemaker", emulator.url)


@pytest.fixture
def unchecked(emulator: Emulator) -> Any:
    """A client that sends whatever it is told, as the AWS SDK for JavaScript does."""
    return client("sagemaker", emulator.url, parameter_validation=False)


@pytest.fixture
def logs(emulator: Emulator) -> Any:
    return client("logs", emulator.url)


@pytest.fixture(scope="session")
def s3(s3_url: str) -> Any:
    return client("s3", s3_url)


@pytest.fixture(scope="session")
def inputs(s3: Any) -> str:
    """A prefix with two input files, one of them in a folder."""
    s3.put_object(Bucket=BUCKET, Key="inputs/a.txt", Body=b"alpha")
    s3.put_object(Bucket=BUCKET, Key="inputs/deeper/b.txt.gz", Body=b"not unpacked")
    return f"s3://{BUCKET}/inputs/"


@pytest.fixture(scope="session")
def upload_script(s3: Any) -> Callable[[str, str], str]:
    def upload(name: str, source: str) -> str:
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w:gz") as tar:
            entry = tarfile.TarInfo("train.py")
            entry.size = len(source.encode())
            tar.addfile(entry, io.BytesIO(source.encode()))
        key = f"code/{name}/sourcedir.tar.gz"
        s3.put_object(Bucket=BUCKET, Key=key, Body=archive.getvalue())
        return f"s3://{BUCKET}/{key}"

    return upload


def training_request(name: str, **changes: Any) -> dict[str, Any]:
    request = {
        "TrainingJobName": name,
        "RoleArn": ROLE,
        "AlgorithmSpecification": {
            "TrainingImage": f"763104351884.dkr.ecr.{REGION}.amazonaws.com/pytorch-training:2.10.0-cpu-py313",
            "TrainingInputMode": "File",
        },
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 120},
    }
    return {**request, **changes}


def script_mode(code: str, **arguments: Any) -> dict[str, str]:
    """Hyperparameters of script mode, each JSON-encoded."""
    values = {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": code,
        "sagemaker_region": REGION,
        "sagemaker_container_log_level": 20,
        **arguments,
    }
    return {key: json.dumps(value) for key, value in values.items()}


def with_command(*command: str) -> dict[str, Any]:
    """A training job that runs a command of its own instead of the toolkit: quick."""
    specification = training_request("x")["AlgorithmSpecification"]
    return {"AlgorithmSpecification": {**specification, "ContainerEntrypoint": list(command)}}


def channel(name: str, uri: str, **more: Any) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}},
        **more,
    }


def processing_request(name: str, program: str, *arguments: str, **changes: Any) -> dict[str, Any]:
    request = {
        "ProcessingJobName": name,
        "RoleArn": ROLE,
        "AppSpecification": {
            "ImageUri": f"763104351884.dkr.ecr.{REGION}.amazonaws.com/pytorch-training:2.10.0-cpu-py313",
            "ContainerEntrypoint": ["python3", "-c", program],
            **({"ContainerArguments": list(arguments)} if arguments else {}),
        },
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
        },
    }
    return {**request, **changes}


def status_of(sagemaker: Any, name: str) -> str:
    return sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"]


def ended_training(sagemaker: Any, name: str) -> dict[str, Any]:
    """By boto3's own waiter, at a quicker pace.

    Raises:
        WaiterError: the job failed, or is still going on; with the job's own reason.
    """
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    try:
        waiter.wait(TrainingJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    except WaiterError as error:
        found = {key: error.last_response.get(key) for key in ("SecondaryStatus", "FailureReason")}
        raise WaiterError(name=waiter.name, reason=f"{name}: {found}", last_response=error.last_response) from error
    return sagemaker.describe_training_job(TrainingJobName=name)


def log_text(logs: Any, group: str, prefix: str) -> str:
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=prefix)["logStreams"]
    assert len(streams) == 1
    page = logs.get_log_events(logGroupName=group, logStreamName=streams[0]["logStreamName"], startFromHead=True)
    return "\n".join(event["message"] for event in page["events"])


def job_folder(own: Emulator, name: str) -> Path:
    return own.state / "jobs" / "training-job" / name


def own_state(own: Emulator, name: str) -> dict[str, Any]:
    return json.loads((job_folder(own, name) / "state.json").read_text())


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A process that ended stays in the table until its parent looks.
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")

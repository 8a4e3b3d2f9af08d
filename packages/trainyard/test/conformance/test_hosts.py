"""Training jobs on several hosts: what each is told, its log stream, one end for all, torchrun by the toolkit."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from bench import (
    BUCKET,
    channel,
    client,
    ended_training,
    own_state,
    runs,
    script_mode,
    training_request,
    until,
    with_command,
)

GROUP = "/aws/sagemaker/TrainingJobs"
TWO = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}

TELLS = """
import json, os, pathlib, sys, time
root = pathlib.Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
config = json.loads((root / "input/config/resourceconfig.json").read_text())
me = config["hosts"].index(config["current_host"])
channels = (root / "input/data").iterdir()
files = {channel.name: sorted(file.name for file in channel.rglob("*") if file.is_file()) for channel in channels}
print(json.dumps({"config": config, "files": files}), flush=True)
(root / "model" / f"of-{me}").write_text("x")
(root / "model" / "same").write_text(str(me))
"""

FAILS = """
gate = pathlib.Path(sys.argv[1])
while me == 0 or not gate.exists():
    time.sleep(0.05)
(root / "output/failure").write_text("the second host broke")
sys.exit(4)
"""

TORCH = """
import os, pathlib
import torch
import torch.distributed as dist
dist.init_process_group("gloo")
total = torch.tensor([dist.get_rank() + 1])
dist.all_reduce(total)
# One write a line: the two processes of a host share its output, and print() writes the line's end by itself.
os.write(1, f"rank {dist.get_rank()} of {dist.get_world_size()}: sum {int(total)}\\n".encode())
if dist.get_rank() == 0:
    pathlib.Path(os.environ["SM_MODEL_DIR"], "sum").write_text(str(int(total)))
dist.barrier()
dist.destroy_process_group()
"""


@pytest.fixture(scope="module")
def told(emulator: Any, s3: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    for name in "abcd":
        s3.put_object(Bucket=BUCKET, Key=f"shards/{name}", Body=b"x")
    sagemaker, logs = client("sagemaker", emulator.url), client("logs", emulator.url)
    uri = f"s3://{BUCKET}/shards/"
    sharded = channel("own", uri)
    sharded["DataSource"]["S3DataSource"]["S3DataDistributionType"] = "ShardedByS3Key"
    command = program(tmp_path_factory.mktemp("program"), TELLS)
    sagemaker.create_training_job(
        **training_request("hosts-two", ResourceConfig=TWO, InputDataConfig=[channel("all", uri), sharded], **command)
    )
    described = ended_training(sagemaker, "hosts-two")
    lines = {name: json.loads(text[0]) for name, text in streams(logs, "hosts-two/").items()}
    return {"described": described, "hosts": lines}


def test_each_host_has_a_stream_and_is_told_who_the_others_are(told: dict[str, Any]) -> None:
    assert sorted(told["hosts"]) == ["algo-1", "algo-2"]
    first, second = (told["hosts"][name]["config"] for name in ("algo-1", "algo-2"))
    assert first["hosts"] == second["hosts"] == [first["current_host"], second["current_host"]]
    assert first["instance_groups"][0]["hosts"] == first["hosts"]


def test_a_channel_comes_whole_to_each_host_or_in_shares(told: dict[str, Any]) -> None:
    files = [told["hosts"][name]["files"] for name in ("algo-1", "algo-2")]
    assert [each["all"] for each in files] == [["a", "b", "c", "d"]] * 2
    shares = [each["own"] for each in files]
    assert sorted(sum(shares, [])) == ["a", "b", "c", "d"]
    assert all(len(share) == 2 for share in shares)


def test_what_all_hosts_wrote_is_one_archive_and_the_first_hosts_file_stays(told: dict[str, Any], s3: Any) -> None:
    assert told["described"]["TrainingJobStatus"] == "Completed"
    assert archive(s3, told["described"]) == {"of-0": "x", "of-1": "x", "same": "0"}


def test_billed_time_is_that_of_one_instance(told: dict[str, Any]) -> None:
    described = told["described"]
    assert described["BillableTimeInSeconds"] == described["TrainingTimeInSeconds"]


def test_one_host_that_fails_fails_the_job_and_ends_the_others(own: Any, tmp_path: Path) -> None:
    sagemaker = client("sagemaker", own.url)
    gate = tmp_path / "gate"
    command = program(tmp_path, TELLS + FAILS, str(gate))
    sagemaker.create_training_job(**training_request("hosts-fail", ResourceConfig=TWO, **command))
    leaders = until("both run", lambda: both(own_state(own, "hosts-fail")))
    gate.touch()

    with pytest.raises(WaiterError):
        ended_training(sagemaker, "hosts-fail")

    described = sagemaker.describe_training_job(TrainingJobName="hosts-fail")
    assert described["FailureReason"] == "AlgorithmError: the second host broke, exit code: 4"
    until("no host's process is left", lambda: not any(runs(leader["pid"]) for leader in leaders))


def test_hosts_outlive_a_kill_of_the_emulator_and_stop_together(own: Any) -> None:
    sagemaker = client("sagemaker", own.url)
    sagemaker.create_training_job(
        **training_request("hosts-outlive", ResourceConfig=TWO, **with_command("sleep", "600"))
    )
    leaders = until("both run", lambda: both(own_state(own, "hosts-outlive")))
    own.kill()
    own.start()

    assert all(runs(leader["pid"]) for leader in leaders)
    sagemaker.stop_training_job(TrainingJobName="hosts-outlive")
    described = ended_training(sagemaker, "hosts-outlive")

    statuses = [transition["Status"] for transition in described["SecondaryStatusTransitions"]]
    assert statuses[-3:] == ["Training", "Stopping", "Stopped"]
    assert not any(runs(leader["pid"]) for leader in leaders)


def test_more_hosts_than_fit_one_machine_are_refused(sagemaker: Any) -> None:
    with pytest.raises(ClientError, match="5 instances; the local SageMaker runs at most 4"):
        sagemaker.create_training_job(**training_request("hosts-many", ResourceConfig={**TWO, "InstanceCount": 5}))


def test_torchrun_of_the_real_toolkit_joins_two_processes_on_each_of_two_hosts(
    sagemaker: Any, upload_script: Any, logs: Any, s3: Any
) -> None:
    hyperparameters = script_mode(
        upload_script("torch", TORCH),
        sagemaker_torch_distributed_enabled=True,
        sagemaker_mpi_num_of_processes_per_host=2,
    )
    sagemaker.create_training_job(
        **training_request("hosts-torch", ResourceConfig=TWO, HyperParameters=hyperparameters)
    )

    described = ended_training(sagemaker, "hosts-torch")

    assert described["TrainingJobStatus"] == "Completed"
    assert archive(s3, described) == {"sum": "10"}
    ranks = {
        host: sorted(line for line in lines if line.startswith("rank "))
        for host, lines in streams(logs, "hosts-torch/").items()
    }
    assert ranks == {
        "algo-1": ["rank 0 of 4: sum 10", "rank 1 of 4: sum 10"],
        "algo-2": ["rank 2 of 4: sum 10", "rank 3 of 4: sum 10"],
    }


def program(folder: Path, source: str, *arguments: str) -> dict[str, Any]:
    """A job that runs a file of this machine: longer than a part of the command may be."""
    path = folder / "program.py"
    path.write_text(source)
    return with_command("python3", str(path), *arguments)


def both(state: dict[str, Any]) -> list[dict[str, Any]] | None:
    leaders = state.get("leaders", [])
    return leaders if len(leaders) == 2 else None


def streams(logs: Any, prefix: str) -> dict[str, list[str]]:
    """The lines of each host, by its name."""
    found = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=prefix)["logStreams"]
    names = [stream["logStreamName"] for stream in found]
    pages = [logs.get_log_events(logGroupName=GROUP, logStreamName=name, startFromHead=True) for name in names]
    return {
        name.removeprefix(prefix).rpartition("-")[0]: [event["message"] for event in page["events"]]
        for name, page in zip(names, pages, strict=True)
    }


def archive(s3: Any, described: dict[str, Any]) -> dict[str, str]:
    key = described["ModelArtifacts"]["S3ModelArtifacts"].removeprefix(f"s3://{BUCKET}/")
    body = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as tar:
        files = {member.name: tar.extractfile(member) for member in tar.getmembers()}
        return {name: file.read().decode() for name, file in files.items() if file}

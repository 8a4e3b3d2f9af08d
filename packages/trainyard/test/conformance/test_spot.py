"""Spot jobs: instances that are taken away in mid-training, come back, or never come; checkpoints; times and bills."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import (
    BUCKET,
    client,
    ended_training,
    job_folder,
    log_text,
    own_state,
    runs,
    script_mode,
    training_request,
    until,
)

GROUP = "/aws/sagemaker/TrainingJobs"
TIMES = {"MaxRuntimeInSeconds": 120, "MaxWaitTimeInSeconds": 240}

# Counts to six, one whole checkpoint a step, and goes on where the newest one ends.
COUNTS = """
import os, pathlib, signal, time
signal.signal(signal.SIGTERM, lambda *_: print("the script saw SIGTERM", flush=True))
folder = pathlib.Path(os.environ["SM_MODEL_DIR"]).parent / "checkpoints"
folder.mkdir(exist_ok=True)
done = max((int(path.name) for path in folder.glob("[0-9]*")), default=0)
print(f"begins after {done}", flush=True)
for step in range(done + 1, 7):
    time.sleep(0.2)
    (folder / "new").write_text("x" * 1000)
    (folder / "new").rename(folder / str(step))
    print(f"step {step}", flush=True)
pathlib.Path(os.environ["SM_MODEL_DIR"], "done").write_text("6")
"""

# As torchrun does: the process that does the work is in a session of its own.
ESCAPES = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(f"child {child.pid}", flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _no_fault_is_left(emulator: Any) -> Iterator[None]:
    yield
    emulator.faults("DELETE")


def fault(emulator: Any, **members: Any) -> None:
    emulator.faults("POST", {"fault": "interrupt", **members})


def spot_request(name: str, code: str, **changes: Any) -> dict[str, Any]:
    checkpoints = {"S3Uri": f"s3://{BUCKET}/checkpoints-of/{name}", "LocalPath": "/opt/ml/checkpoints"}
    return training_request(
        name,
        **{
            "EnableManagedSpotTraining": True,
            "StoppingCondition": TIMES,
            "CheckpointConfig": checkpoints,
            "HyperParameters": script_mode(code),
            **changes,
        },
    )


@pytest.fixture(scope="module")
def counts(upload_script: Any) -> str:
    return upload_script("counts", COUNTS)


def statuses(described: dict[str, Any]) -> list[str]:
    return [transition["Status"] for transition in described["SecondaryStatusTransitions"]]


def test_an_interrupted_job_starts_again_from_its_checkpoints_and_completes(
    emulator: Any, sagemaker: Any, counts: str, logs: Any
) -> None:
    fault(emulator, name="^spot-returns$", onLog="^step 3$")
    sagemaker.create_training_job(**spot_request("spot-returns", counts))

    described = ended_training(sagemaker, "spot-returns")

    attempt = ["Starting", "Downloading", "Training"]
    assert statuses(described) == [*attempt, "Interrupted", *attempt, "Uploading", "Completed"]
    text = log_text(logs, GROUP, "spot-returns/")
    begins = [int(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith("begins after ")]
    assert begins[0] == 0
    assert begins[1] >= 3
    assert "saw SIGTERM" not in text
    assert described["EnableManagedSpotTraining"] is True


def test_the_training_time_spans_the_attempts_and_less_than_that_is_billed(
    emulator: Any, sagemaker: Any, counts: str
) -> None:
    fault(emulator, name="^spot-billed$", onLog="^step 2$", downSeconds=3)
    sagemaker.create_training_job(**spot_request("spot-billed", counts))

    described = ended_training(sagemaker, "spot-billed")

    span = (described["TrainingEndTime"] - described["TrainingStartTime"]).total_seconds()
    assert abs(described["TrainingTimeInSeconds"] - span) <= 1
    # Both the time and the bill are whole seconds, rounded up.
    assert 0 < described["BillableTimeInSeconds"] <= 0.3 * (span + 1 - 3) + 1


def test_a_job_interrupted_twice_goes_on_each_time(emulator: Any, sagemaker: Any, counts: str, logs: Any) -> None:
    fault(emulator, name="^spot-twice$", times=1, onLog="^step 2$", downSeconds=0)
    fault(emulator, name="^spot-twice$", times=1, onLog="^step 5$", downSeconds=0)
    sagemaker.create_training_job(**spot_request("spot-twice", counts))

    described = ended_training(sagemaker, "spot-twice")

    assert statuses(described).count("Interrupted") == 2
    assert described["TrainingJobStatus"] == "Completed"


def test_without_a_last_copy_the_job_goes_on_from_what_s3_had(
    emulator: Any, sagemaker: Any, counts: str, logs: Any
) -> None:
    # Files younger than the copy's interval never reached S3: the work since then is done again.
    fault(emulator, name="^spot-late$", onLog="^step 1$", downSeconds=0, lastSync=False)
    sagemaker.create_training_job(**spot_request("spot-late", counts))

    assert ended_training(sagemaker, "spot-late")["TrainingJobStatus"] == "Completed"
    assert log_text(logs, GROUP, "spot-late/").splitlines().count("begins after 0") == 2


def test_spot_instances_that_never_come_end_the_job_when_its_wait_is_over(
    emulator: Any, sagemaker: Any, counts: str
) -> None:
    fault(emulator, name="^spot-never$", during="Starting", downSeconds=9999)
    limits = {"MaxRuntimeInSeconds": 2, "MaxWaitTimeInSeconds": 2}
    sagemaker.create_training_job(**spot_request("spot-never", counts, StoppingCondition=limits))

    described = ended_training(sagemaker, "spot-never")

    assert described["TrainingJobStatus"] == "Stopped"
    assert statuses(described) == ["Starting", "Stopping", "MaxWaitTimeExceeded"]
    assert "TrainingStartTime" not in described
    assert "BillableTimeInSeconds" not in described


def test_an_interrupted_job_that_is_stopped_while_it_waits_ends_stopped(
    emulator: Any, sagemaker: Any, counts: str
) -> None:
    fault(emulator, name="^spot-stops$", onLog="^step 1$", downSeconds=9999)
    sagemaker.create_training_job(**spot_request("spot-stops", counts))
    until("it waits", lambda: secondary(sagemaker, "spot-stops") == "Interrupted")

    sagemaker.stop_training_job(TrainingJobName="spot-stops")

    assert statuses(ended_training(sagemaker, "spot-stops"))[-3:] == ["Interrupted", "Stopping", "Stopped"]


def test_an_on_demand_job_is_not_interrupted(emulator: Any, sagemaker: Any, counts: str) -> None:
    fault(emulator, name="^spot-not$", onLog="^step 1$")
    request = spot_request("spot-not", counts, StoppingCondition={"MaxRuntimeInSeconds": 120})
    sagemaker.create_training_job(**{**request, "EnableManagedSpotTraining": False})

    assert "Interrupted" not in statuses(ended_training(sagemaker, "spot-not"))


def test_an_interruption_kills_what_left_the_process_group_and_outlives_the_emulator(
    own: Any,
    upload_script: Any,
) -> None:
    sagemaker, logs = client("sagemaker", own.url), client("logs", own.url)
    fault(own, name="^spot-escapes$", onLog="^child", afterSeconds=3, downSeconds=9999)
    sagemaker.create_training_job(**spot_request("spot-escapes", upload_script("escapes", ESCAPES)))
    until("it trains", lambda: secondary(sagemaker, "spot-escapes") == "Training")
    until("the fault is in the job's folder", lambda: interruptions(own, "spot-escapes").exists())
    own.kill()
    until("it is interrupted", lambda: own_state(own, "spot-escapes")["transitions"][-1]["status"] == "Interrupted")
    own.start()

    assert secondary(sagemaker, "spot-escapes") == "Interrupted"
    [line] = [line for line in log_text(logs, GROUP, "spot-escapes/").splitlines() if line.startswith("child ")]
    until("the child is gone", lambda: not runs(int(line.split()[1])))


def interruptions(emulator: Any, name: str) -> Path:
    return job_folder(emulator, name) / "interruptions.json"


def secondary(sagemaker: Any, name: str) -> str:
    return sagemaker.describe_training_job(TrainingJobName=name)["SecondaryStatus"]

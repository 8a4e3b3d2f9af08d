"""Jobs live on when the emulator is killed, as they would in the cloud; started again, it knows how they stand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from bench import (
    Emulator,
    client,
    ended_training,
    job_folder,
    own_state,
    runs,
    training_request,
    until,
    with_command,
)


def waiting_job(gate: Path) -> dict[str, Any]:
    """A job that ends when a file appears."""
    program = (
        "import pathlib, sys, time; gate = pathlib.Path(sys.argv[1]); print('ready', flush=True); "
        "[time.sleep(0.05) for _ in iter(gate.exists, True)]; pathlib.Path(sys.argv[2], 'm').write_text('m')"
    )
    return with_command("python3", "-c", program, str(gate), "/opt/ml/model")


def in_training(sagemaker: Any, name: str) -> bool:
    return sagemaker.describe_training_job(TrainingJobName=name)["SecondaryStatus"] == "Training"


def test_a_job_that_still_runs_after_a_kill_is_followed_to_its_end(own: Emulator, tmp_path: Path) -> None:
    sagemaker = client("sagemaker", own.url)
    sagemaker.create_training_job(**training_request("outlives", **waiting_job(tmp_path / "gate")))
    until("it trains", lambda: in_training(sagemaker, "outlives"))

    own.kill()
    own.start()
    assert sagemaker.describe_training_job(TrainingJobName="outlives")["TrainingJobStatus"] == "InProgress"
    (tmp_path / "gate").touch()

    described = ended_training(sagemaker, "outlives")
    assert described["TrainingJobStatus"] == "Completed"
    assert described["ModelArtifacts"]["S3ModelArtifacts"].endswith("/outlives/output/model.tar.gz")


def test_a_job_that_ended_while_the_emulator_was_down_is_reported(
    own: Emulator, tmp_path: Path, s3: Any, events: Any
) -> None:
    sagemaker = client("sagemaker", own.url)
    sagemaker.create_training_job(**training_request("ends-alone", **waiting_job(tmp_path / "gate")))
    until("it trains", lambda: in_training(sagemaker, "ends-alone"))

    own.kill()
    (tmp_path / "gate").touch()
    key = "output/ends-alone/output/model.tar.gz"
    until("its model is uploaded", lambda: s3.list_objects_v2(Bucket="conformance", Prefix=key).get("Contents"))
    until("it ended", lambda: own_state(own, "ends-alone")["status"] == "Completed")
    own.start()

    assert sagemaker.describe_training_job(TrainingJobName="ends-alone")["TrainingJobStatus"] == "Completed"

    def told() -> list[str]:
        details = [event["detail"] for event in events[1]]
        return [d["TrainingJobStatus"] for d in details if d.get("TrainingJobName") == "ends-alone"]

    until("its end is told", lambda: "Completed" in told())


def test_a_stop_asked_for_before_a_kill_is_carried_out(own: Emulator, tmp_path: Path) -> None:
    sagemaker = client("sagemaker", own.url)
    sagemaker.create_training_job(**training_request("stops-alone", **waiting_job(tmp_path / "gate")))
    until("it trains", lambda: in_training(sagemaker, "stops-alone"))

    sagemaker.stop_training_job(TrainingJobName="stops-alone")
    own.kill()
    own.start()

    assert ended_training(sagemaker, "stops-alone")["TrainingJobStatus"] == "Stopped"


def test_a_job_whose_runner_was_killed_fails_with_an_internal_error(own: Emulator, tmp_path: Path) -> None:
    sagemaker = client("sagemaker", own.url)
    sagemaker.create_training_job(**training_request("loses-runner", **waiting_job(tmp_path / "gate")))
    until("it trains", lambda: in_training(sagemaker, "loses-runner"))
    leader = until("its process is known", lambda: own_state(own, "loses-runner").get("leaders"))[0]["pid"]
    runner = json.loads((job_folder(own, "loses-runner") / "runner.json").read_text())["pid"]

    os.kill(runner, signal.SIGKILL)

    described = until("it failed", lambda: failed(sagemaker, "loses-runner"))
    assert described["FailureReason"].startswith("InternalServerError: ")
    until("its process is gone", lambda: not runs(leader))


def test_a_runners_number_used_by_another_process_is_not_taken_for_it(own: Emulator, tmp_path: Path) -> None:
    sagemaker = client("sagemaker", own.url)
    sagemaker.create_training_job(**training_request("recycled", **waiting_job(tmp_path / "gate")))
    until("it trains", lambda: in_training(sagemaker, "recycled"))

    own.kill()
    claim = job_folder(own, "recycled") / "runner.json"
    os.kill(json.loads(claim.read_text())["pid"], signal.SIGKILL)
    # This test's own number, with another start: what a recycled number looks like.
    claim.write_text(json.dumps({"pid": os.getpid(), "startedAt": "1"}))
    own.start()

    assert until("it failed", lambda: failed(sagemaker, "recycled"))["FailureReason"].startswith(
        "InternalServerError: "
    )


def test_a_second_emulator_on_the_same_folder_is_refused(own: Emulator) -> None:
    done = subprocess.run(
        own.command("--python", "python3", "--role", "r"),
        env=own.environment,
        capture_output=True,
        text=True,
        timeout=20,
    )

    assert done.returncode == 1
    assert "already works on" in done.stderr
    assert "    at " not in done.stderr


def test_kill_all_ends_every_job_process(own: Emulator, tmp_path: Path) -> None:
    sagemaker = client("sagemaker", own.url)
    sagemaker.create_training_job(**training_request("swept", **waiting_job(tmp_path / "gate")))
    leader = until("its process is known", lambda: own_state(own, "swept").get("leaders"))[0]["pid"]

    assert own.stop() == 0
    assert runs(leader)
    own.kill_all()

    until("its process is gone", lambda: not runs(leader))


def failed(sagemaker: Any, name: str) -> dict[str, Any] | None:
    described = sagemaker.describe_training_job(TrainingJobName=name)
    return described if described["TrainingJobStatus"] == "Failed" else None

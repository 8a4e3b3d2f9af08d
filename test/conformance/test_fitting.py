"""attune's own training script, run for real: interrupted, or on two hosts, it ends as on one host undisturbed."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from bench import BUCKET, channel, ended_training, log_text, script_mode, training_request

ROOT = Path(__file__).parents[2]
GROUP = "/aws/sagemaker/TrainingJobs"
RECIPE = {
    "base_model": f"s3://{BUCKET}/fitting/base/",
    "epochs": 2,
    "learning_rate": 0.05,
    "batch_size": 52,
    "max_seq_length": 16,
    "checkpoint_seconds": 0,
}
LOSS = re.compile(r"attune-metric step=(\d+) .*\bloss=([-+0-9.eE]+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def code(s3: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """attune's job scripts, and a small domain with its base model, in S3."""
    domain = tmp_path_factory.mktemp("domain")
    subprocess.run([sys.executable, str(ROOT / "test/support/small_domain.py"), str(domain)], check=True)
    s3.upload_file(str(domain / "pairs.jsonl"), BUCKET, "fitting/train/pairs.jsonl")
    for file in (domain / "base").rglob("*"):
        if file.is_file():
            s3.upload_file(str(file), BUCKET, f"fitting/base/{file.relative_to(domain / 'base')}")
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for part in ("train.py", "arrival.py", "locks", "attune_jobs"):
            tar.add(ROOT / "python" / part, part)
    s3.put_object(Bucket=BUCKET, Key="fitting/sourcedir.tar.gz", Body=archive.getvalue())
    return f"s3://{BUCKET}/fitting/sourcedir.tar.gz"


def fit(sagemaker: Any, logs: Any, code: str, name: str, **changes: Any) -> tuple[dict[str, Any], dict[int, float]]:
    """Runs a training job to its end. Returns: what Describe says, and the loss by step."""
    hyperparameters = {**script_mode(code, **RECIPE), "sagemaker_program": json.dumps("train.py")}
    request = training_request(
        name,
        **{
            "HyperParameters": {**hyperparameters, **changes.pop("HyperParameters", {})},
            "InputDataConfig": [
                channel("train", f"s3://{BUCKET}/fitting/train/"),
                channel("base", f"s3://{BUCKET}/fitting/base/"),
            ],
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            **changes,
        },
    )
    sagemaker.create_training_job(**request)
    described = ended_training(sagemaker, name)
    losses = {int(step): float(loss) for step, loss in LOSS.findall(log_text(logs, GROUP, f"{name}/algo-1-"))}
    assert described["TrainingJobStatus"] == "Completed", described.get("FailureReason")
    return described, losses


@pytest.fixture(scope="module")
def undisturbed(emulator: Any, code: str) -> dict[int, float]:
    from bench import client

    return fit(client("sagemaker", emulator.url), client("logs", emulator.url), code, "fit-undisturbed")[1]


def test_an_interrupted_spot_job_ends_with_the_losses_of_an_undisturbed_one(
    emulator: Any, sagemaker: Any, logs: Any, code: str, undisturbed: dict[int, float]
) -> None:
    strike = {"fault": "interrupt", "name": "^fit-interrupted$", "onLog": "step=9 .*loss", "downSeconds": 0}
    emulator.faults("POST", strike)

    described, losses = fit(
        sagemaker,
        logs,
        code,
        "fit-interrupted",
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 900},
        CheckpointConfig={"S3Uri": f"s3://{BUCKET}/fitting/checkpoints/"},
    )

    assert "Interrupted" in [transition["Status"] for transition in described["SecondaryStatusTransitions"]]
    assert "Resuming from checkpoint-" in log_text(logs, GROUP, "fit-interrupted/")
    assert max(losses) == max(undisturbed)
    assert losses[max(losses)] == pytest.approx(undisturbed[max(losses)], abs=1e-3)


def test_two_hosts_give_the_losses_of_one(sagemaker: Any, logs: Any, code: str, undisturbed: dict[int, float]) -> None:
    _, losses = fit(
        sagemaker,
        logs,
        code,
        "fit-on-two",
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1},
        HyperParameters={"sagemaker_torch_distributed_enabled": "true"},
    )

    assert losses == pytest.approx(undisturbed, rel=1e-2)

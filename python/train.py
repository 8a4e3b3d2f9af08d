"""Entry of attune's training jobs, started by the SageMaker training toolkit in script mode."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def main() -> None:
    from attune_jobs.environment import TrainingEnvironment
    from attune_jobs.training.config import parse_config
    from attune_jobs.training.main import train

    environment = TrainingEnvironment.read(os.environ)
    config = parse_config(sys.argv[1:])
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    if environment.gpus > 1 and "WORLD_SIZE" not in os.environ:
        # One process drives one GPU: without this the trainer would fall back to slow data parallelism
        os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0")
    train(config, environment)


def failure_file(variables: Mapping[str, str]) -> Path:
    """Where SageMaker reads the FailureReason of a training job."""
    return Path(variables.get("SM_OUTPUT_DIR", ".")) / "failure"


if __name__ == "__main__":
    sys.dont_write_bytecode = True  # the folder is checked, by each process on the instance: nothing is added to it
    from arrival import arriving, check_code, install_missing

    arriving(check_code, failure_file(os.environ))
    arriving(install_missing, failure_file(os.environ))
    from attune_jobs.run_job import run_job

    sys.exit(run_job(main, failure_file(os.environ)))

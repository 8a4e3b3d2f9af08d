"""Entry of attune's training jobs, started by the SageMaker training toolkit in script mode."""

from __future__ import annotations

import os
import sys

from attune_jobs.environment import TrainingEnvironment, failure_file
from attune_jobs.run_job import run_job
from attune_jobs.training.config import parse_config
from attune_jobs.training.main import train


def main() -> None:
    environment = TrainingEnvironment.read(os.environ)
    config = parse_config(sys.argv[1:])
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    if environment.gpus > 1 and "WORLD_SIZE" not in os.environ:
        # One process drives one GPU: without this the trainer would fall back to slow data parallelism
        os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0")
    train(config, environment)


if __name__ == "__main__":
    sys.exit(run_job(main, failure_file(os.environ)))

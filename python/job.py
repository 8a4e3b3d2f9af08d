"""Entry of attune's processing jobs: `job.py STAGE --spec FILE --input DIR --output DIR`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path

STAGES = {
    "questions": "attune_jobs.questions.main",
    "prepare": "attune_jobs.prepare.main",
    "evaluate": "attune_jobs.evaluation.main",
    "index": "attune_jobs.indexing.main",
    "embed": "attune_jobs.embedding.main",
}
"""The stages that run as processing jobs, as src/spec/stages.ts has them. Each module has a `main(arguments)`."""


def main(arguments: argparse.Namespace) -> None:
    # Only now, and only this one: each needs packages that another's image may lack.
    importlib.import_module(STAGES[arguments.stage]).main(arguments)


def failure_file(output: Path) -> Path:
    """Where SageMaker reads a processing job's ExitMessage: `output/message` beside the `processing` folder."""
    directory = os.environ.get("ATTUNE_OUTPUT_DIR")
    if directory:
        return Path(directory) / "message"
    for parent in output.resolve().parents:
        if parent.name == "processing":
            return parent.parent / "output" / "message"
    return output / "message"


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="job.py", description=__doc__)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--spec", type=Path, required=True, help="the resolved spec.json")
    parser.add_argument("--input", type=Path, required=True, help="folder with one folder per input")
    parser.add_argument("--output", type=Path, required=True, help="folder that gets the result's folder")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.dont_write_bytecode = True  # the folder is checked: nothing is added to it
    from arrival import arriving, check_code, install_missing, resolve_references

    parsed = parse(sys.argv[1:])
    message_file = failure_file(parsed.output)
    for check in (check_code, resolve_references, install_missing):
        arriving(check, message_file)
    from attune_jobs.run_job import run_job

    sys.exit(run_job(lambda: main(parsed), message_file))

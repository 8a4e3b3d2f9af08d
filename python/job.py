"""Entry of attune's processing jobs: `job.py STAGE --spec FILE --input DIR --output DIR`."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import operator
import os
import re
import subprocess
import sys
from pathlib import Path

from attune_jobs.errors import UserError
from attune_jobs.run_job import run_job

REQUIREMENTS = Path(__file__).with_name("requirements.txt")

STAGES = {
    "prepare": "attune_jobs.prepare.main",
    "evaluate": "attune_jobs.evaluation.main",
}
"""The stages that run as processing jobs, as src/spec/stages.ts has them. Each module has a `main(arguments)`."""


def main(arguments: argparse.Namespace) -> None:
    install_missing(REQUIREMENTS)
    # Only now, and only this one: each needs packages that another's image may lack.
    importlib.import_module(STAGES[arguments.stage]).main(arguments)


def install_missing(requirements: Path) -> None:
    """Install what the container's image lacks; where everything is there, nothing runs."""
    if not requirements.is_file():
        return
    lines = [line.split("#")[0].strip() for line in requirements.read_text(encoding="utf-8").splitlines()]
    missing = [line for line in lines if line and not fits(line)]
    if not missing:
        return
    print(f"Installing {', '.join(missing)}", flush=True)
    pip = subprocess.run([sys.executable, "-m", "pip", "install", "-q", "-r", str(requirements)], check=False)
    if pip.returncode != 0:
        raise UserError(
            f"The image lacks {', '.join(missing)} and pip could not install them (exit {pip.returncode}; its output "
            "is in the job's log). Give the job a network route to a package index, or an image that holds them."
        )


def fits(requirement: str) -> bool:
    """Whether the package is installed in a version that the line allows: an older one may do what a newer refuses to,
    as sentence-transformers before 6 runs code that a model's folder brings along."""
    name, bounds = re.match(r"([\w.-]+)(?:\[[^]]*\])?\s*(.*)", requirement).groups()  # type: ignore[union-attr]
    try:
        installed = _release(importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return False
    return all(
        COMPARISONS[sign](installed, _release(bound)) for sign, bound in re.findall(r"(>=|==|<)\s*([\w.]+)", bounds)
    )


COMPARISONS = {">=": operator.ge, "==": operator.eq, "<": operator.lt}


def _release(version: str) -> tuple[int, ...]:
    """The numbers of a version without what follows them, and without zeros at its end."""
    numbers = re.findall(r"\d+", re.match(r"[\d.]*", version).group())  # type: ignore[union-attr]
    return tuple(map(int, re.sub(r"(\.0+)+$", "", ".".join(numbers)).split(".")))


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
    parsed = parse(sys.argv[1:])
    sys.exit(run_job(lambda: main(parsed), failure_file(parsed.output)))

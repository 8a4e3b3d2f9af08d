"""`python -m attune_jobs.questions --spec FILE --input DIR --output DIR`: the choice of passages on this machine, for
`attune data`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..run_job import run_job
from .main import main

parser = argparse.ArgumentParser(prog="attune_jobs.questions")
for name in ("spec", "input", "output"):
    parser.add_argument(f"--{name}", type=Path, required=True)
arguments = parser.parse_args()
sys.exit(run_job(lambda: main(arguments), arguments.output / "message"))

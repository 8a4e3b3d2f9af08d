"""`python -m attune_jobs.prepare --spec FILE --input DIR --output DIR`: prepare on this machine, for `attune data`.

Nothing is installed and nobody else's code is checked, as a job does: it runs in the environment that is there.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..run_job import run_job
from .main import main

parser = argparse.ArgumentParser(prog="attune_jobs.prepare")
for name in ("spec", "input", "output"):
    parser.add_argument(f"--{name}", type=Path, required=True)
arguments = parser.parse_args()
sys.exit(run_job(lambda: main(arguments), arguments.output / "message"))

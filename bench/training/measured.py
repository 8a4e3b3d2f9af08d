"""A script as a process of its own: how long it took, its processors' time, the memory it held, and its steps."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Measured:
    seconds: float
    cpu_seconds: float
    mebibytes: float
    """The most that the process held at once."""

    step_seconds: list[float]
    """From the end of a training step to the end of the next one; empty of what trains nothing."""

    @property
    def steps(self) -> int:
        return len(self.step_seconds) + 1 if self.step_seconds else 0

    def figures(self) -> dict[str, float]:
        whole = {
            "seconds": round(self.seconds, 1),
            "cpuSeconds": round(self.cpu_seconds, 1),
            "mebibytes": round(self.mebibytes),
        }
        if not self.step_seconds:
            return whole
        return {"stepSeconds": round(statistics.median(self.step_seconds), 3), **whole}


def run(folder: Path, script: Path, *arguments: object, variables: dict[str, str] | None = None) -> Measured:
    """
    Args:
        folder: of what it writes; gets the times of its steps.
        variables: added to those of this process.
    """
    folder.mkdir(parents=True, exist_ok=True)
    steps = folder / "steps.json"
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, str(HERE / "timed.py"), str(steps), str(script), *map(str, arguments)],
        env={**os.environ, **(variables or {})},
        stdout=sys.stderr,
    )
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{script.name} ended with {process.returncode}")
    ends: list[float] = json.loads(steps.read_text(encoding="utf-8"))
    gaps = [later - sooner for sooner, later in zip(ends, ends[1:], strict=False)]
    return Measured(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, gaps)

"""python -m attune_hostile [--area NAME] --inputs N --seed S: one JSON line for each area.

{"area", "tried", "bad": [{"input", "expected", "seen"}]}; N inputs in each. Each input follows from the seed, its area
and its number alone. What the code under test prints goes to stderr.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import random
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

from . import archives, data, models, requests
from .area import Maker, judge

AREAS: dict[str, Maker] = {
    "prepare": data.make,
    "python-archives": archives.make,
    "models": models.make,
    "endpoint": requests.make,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="attune_hostile", description=__doc__)
    parser.add_argument("--area", choices=AREAS, help="one area; all of them where it is left out")
    parser.add_argument("--inputs", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    wanted = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    for name in [wanted.area] if wanted.area else AREAS:
        with contextlib.redirect_stdout(sys.stderr), tempfile.TemporaryDirectory(prefix="attune-hostile-") as scratch:
            result = run(name, wanted.inputs, wanted.seed, Path(scratch))
        print(json.dumps(result), flush=True)


def run(name: str, inputs: int, seed: int, scratch: Path) -> dict[str, object]:
    bad = []
    for number in range(inputs):
        folder = scratch / "input"
        folder.mkdir()
        found = judge(AREAS[name](random.Random(f"{seed}/{name}/{number}"), folder))
        if found:
            bad.append({**found, "input": f"{number}: {found['input']}"})
        shutil.rmtree(folder)
    return {"area": name, "tried": inputs, "bad": bad}


if __name__ == "__main__":
    main()

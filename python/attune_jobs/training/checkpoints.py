"""Checkpoints that are whole or not there: renamed when complete, and with a list of their files.

The rename serves whoever looks at this disk. The copy in S3 is made file by file: where that was cut short, the list
tells.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

UNFINISHED = ".unfinished"
PREFIX = "checkpoint-"
CONTENTS = "contents.json"
"""File of a checkpoint → bytes."""


def newest_checkpoint(folder: Path) -> Path | None:
    """The whole checkpoint with the highest step, if there is one."""
    steps = {_step(path): path for path in folder.glob(f"{PREFIX}*") if _is_whole(path)}
    steps.pop(None, None)
    return steps[max(step for step in steps if step is not None)] if steps else None


def publish_checkpoint(folder: Path, step: int) -> Path:
    """Move `UNFINISHED/checkpoint-<step>` into its place and drop the older ones. Returns: its place."""
    place = folder / f"{PREFIX}{step}"
    if place.exists():
        shutil.rmtree(place)
    unfinished = folder / UNFINISHED / place.name
    (unfinished / CONTENTS).write_text(json.dumps(_sizes(unfinished)), encoding="utf-8")
    unfinished.rename(place)
    for older in folder.glob(f"{PREFIX}*"):
        if older != place:
            shutil.rmtree(older)
    shutil.rmtree(folder / UNFINISHED)
    return place


def _is_whole(path: Path) -> bool:
    if not (path / CONTENTS).is_file():
        return False
    expected: dict[str, int] = json.loads((path / CONTENTS).read_text(encoding="utf-8"))
    found = _sizes(path)
    return all(found.get(name) == size for name, size in expected.items())


def _sizes(folder: Path) -> dict[str, int]:
    files = [file for file in folder.rglob("*") if file.is_file() and file.name != CONTENTS]
    return {str(file.relative_to(folder)): file.stat().st_size for file in files}


def _step(path: Path) -> int | None:
    digits = path.name.removeprefix(PREFIX)
    return int(digits) if digits.isdecimal() else None

"""Checkpoints that are whole or not there: written under another name, renamed when complete."""

from __future__ import annotations

import shutil
from pathlib import Path

UNFINISHED = ".unfinished"
PREFIX = "checkpoint-"


def newest_checkpoint(folder: Path) -> Path | None:
    """The whole checkpoint with the highest step, if there is one."""
    steps = {_step(path): path for path in folder.glob(f"{PREFIX}*") if path.is_dir()}
    steps.pop(None, None)
    return steps[max(step for step in steps if step is not None)] if steps else None


def publish_checkpoint(folder: Path, step: int) -> Path:
    """Move `UNFINISHED/checkpoint-<step>` into its place and drop the older ones. Returns: its place."""
    place = folder / f"{PREFIX}{step}"
    if place.exists():
        shutil.rmtree(place)
    (folder / UNFINISHED / place.name).rename(place)
    for older in folder.glob(f"{PREFIX}*"):
        if older != place:
            shutil.rmtree(older)
    shutil.rmtree(folder / UNFINISHED)
    return place


def _step(path: Path) -> int | None:
    digits = path.name.removeprefix(PREFIX)
    return int(digits) if digits.isdecimal() else None

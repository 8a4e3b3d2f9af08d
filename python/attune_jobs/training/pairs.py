"""The training pairs of the channel."""

from __future__ import annotations

import random
from pathlib import Path

from ..errors import UserError
from ..json_line import read_lines

COLUMNS = ("query", "document")


def read_training_pairs(channel: Path, max_pairs: int | None, seed: int) -> dict[str, list[str]]:
    """The columns "query" and "document", row by row one relevant pair.

    Args:
        max_pairs: keep a sample of this many, seeded, in the file's order; None keeps all.
    Raises: UserError when the channel has no pairs.jsonl or fewer than two pairs.
    """
    path = channel / "pairs.jsonl"
    if not path.is_file():
        raise UserError(f"channel train: no pairs.jsonl in {channel}. Point the channel at prepare's data/train/.")
    rows = [(row["query"], row["document"]) for row in read_lines(path, *COLUMNS)]
    if len(rows) < 2:
        raise UserError(f"channel train: {len(rows)} pairs, expected at least 2: other pairs are the negatives.")
    if max_pairs is not None and max_pairs < len(rows):
        kept = sorted(random.Random(seed).sample(range(len(rows)), max_pairs))
        rows = [rows[index] for index in kept]
    return {column: [row[index] for row in rows] for index, column in enumerate(COLUMNS)}

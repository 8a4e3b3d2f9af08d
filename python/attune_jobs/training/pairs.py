"""The training pairs of the channel, and their hard negatives."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..json_line import read_lines

COLUMNS = ("query", "document")


def negative_columns(count: int) -> list[str]:
    """ "negative_1" and so on, as sentence-transformers' losses take them."""
    return [f"negative_{number}" for number in range(1, count + 1)]


def read_training_pairs(channel: Path, max_pairs: int | None, seed: int, negatives: int = 0) -> dict[str, list[str]]:
    """The columns "query" and "document", row by row one relevant pair; then those of `negative_columns`, where any
    pair has a negative.

    The loss wants as many negatives of each row. Of more, a seeded sample is taken; what a row lacks is filled with
    documents of other questions, which are negatives of it as all others of its batch are.

    Args:
        max_pairs: keep a sample of this many, seeded, in the file's order; None keeps all.
        negatives: columns of hard negatives at most.
    Raises: UserError when the channel has no pairs.jsonl or fewer than two pairs.
    """
    path = channel / "pairs.jsonl"
    if not path.is_file():
        raise UserError(f"channel train: no pairs.jsonl in {channel}. Point the channel at prepare's data/train/.")
    rows = list(_rows(path, negatives))
    if len(rows) < 2:
        raise UserError(f"channel train: {len(rows)} pairs, expected at least 2: other pairs are the negatives.")
    generator = random.Random(seed)
    if max_pairs is not None and max_pairs < len(rows):
        rows = [rows[index] for index in sorted(generator.sample(range(len(rows)), max_pairs))]
    pairs = {column: [row[column] for row in rows] for column in COLUMNS}
    width = min(negatives, max(len(row["negatives"]) for row in rows))
    if width == 0:
        return pairs
    answers: dict[str, set[str]] = {}
    for row in rows:
        answers.setdefault(row["query"], set()).add(row["document"])
    chosen = [_chosen(row, width, answers[row["query"]], pairs["document"], generator) for row in rows]
    return pairs | {column: [own[place] for own in chosen] for place, column in enumerate(negative_columns(width))}


def _rows(path: Path, negatives: int) -> Any:
    for row in read_lines(path, *COLUMNS):
        own = row.get("negatives") or []
        if not isinstance(own, list) or any(not isinstance(text, str) for text in own):
            raise UserError(f"{path.parent.name}/{path.name}: negatives of {row['query'][:80]!r} are no texts.")
        yield {"query": row["query"], "document": row["document"], "negatives": own if negatives else []}


def _chosen(
    row: dict[str, Any], width: int, answers: set[str], documents: list[str], generator: random.Random
) -> list[str]:
    own: list[str] = row["negatives"]
    if len(own) >= width:
        return generator.sample(own, width)
    taken = answers.union(own)
    filled = list(own)
    tries = 100 * width  # of few documents all may be answers: then one of them stands twice
    while len(filled) < width:
        other = generator.choice(documents)
        tries -= 1
        if other not in taken or tries < 0:
            taken.add(other)
            filled.append(other)
    return filled

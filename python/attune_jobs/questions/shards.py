"""The passages in shards of some dozens: what is asked about, and kept, at once."""

from __future__ import annotations

import json
from pathlib import Path

from ..json_line import dump_line, load_line
from ..prepare.collection import Collection

SMALLEST, LARGEST = 10, 50
"""Passages of a shard. Small ones show progress, and there may be some hundreds of them."""

SHARDS = 20
"""Where LARGEST and SMALLEST leave the choice."""


def write_shards(
    collection: Collection, numbers: list[int], kinds: list[list[str]], counts: dict[str, int], out: Path
) -> None:
    """Writes 0000.jsonl and so on, and counts.json.

    Args:
        kinds: of each of the passages.
        counts: what else goes into counts.json.
    """
    out.mkdir(parents=True, exist_ok=True)
    size = min(LARGEST, max(SMALLEST, -(-len(numbers) // SHARDS)))
    starts = range(0, len(numbers), size)
    for shard, start in enumerate(starts):
        with (out / f"{shard:04d}.jsonl").open("w", encoding="utf-8") as lines:
            for number, asked in zip(numbers[start : start + size], kinds[start : start + size], strict=True):
                passage = load_line(collection.passages[number])
                line = {"id": passage["_id"], "title": passage["title"], "text": passage["text"], "kinds": asked}
                lines.write(dump_line(line))
    record = {"version": 1, "shards": len(starts), "passages": len(numbers), **counts}
    (out / "counts.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")

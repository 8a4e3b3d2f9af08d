"""Whether the store of an index can keep the vectors and every passage: said before anything is fitted to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .base_fitness import width_of
from .errors import UserError

MOST_BYTES = 40_000
"""Of title, text and hash of a vector in S3 Vectors, as JSON. Source: Amazon S3 user guide, "S3 Vectors: limitations"
(40 KB). src/vectorStore/s3vectors/vectors.ts refuses the same."""
LONGEST_ID = 1024
"""Characters of a vector's key."""
MOST_DIMENSIONS = {("s3vectors", None): 4096, ("pgvector", "float32"): 2000, ("pgvector", "float16"): 4000}
"""By store and element. Sources: the same page of the S3 user guide; pgvector's README, "HNSW" (vector, halfvec).
src/spec/rules/vectorIndex.ts holds `index.dimensions` to the same."""
HASH = "0" * 64
NAMED = 3
"""So many passages are named."""


def require_width(index: dict[str, Any] | None, name: str, base: Path) -> None:
    """
    Args:
        index: of the spec; None: there is none, and every width will do.
        name: of the base model, for messages.
        base: folder with its small files.
    Raises: UserError where the model's vectors are wider than the store's graph takes, and `index.dimensions` does not
        cut them.
    """
    if index is None or index.get("dimensions") is not None:
        return
    element = index.get("element", "float32") if index["store"] == "pgvector" else None
    most = MOST_DIMENSIONS[index["store"], element]
    width = width_of(name, base)
    if width is None or width <= most:
        return
    store = {"s3vectors": "S3 Vectors", "pgvector": f"pgvector's graph over {element}"}[index["store"]]
    half = " or element: float16 (4,000)," if element == "float32" and width <= 4000 else ""
    raise UserError(
        f"index: the vectors of the base model {name} have {width:,} dimensions, and {store} takes {most:,} at most."
        f" Set index.dimensions to one of train.dimensions,{half} or take a base model with shorter vectors."
    )


def require_storable(index: dict[str, Any] | None, corpus: Path) -> None:
    """
    Args:
        index: of the spec; None: there is none, and every passage will do.
        corpus: JSON lines {"_id", "title", "text"}.
    Raises: UserError for passages that the store would not take.
    """
    if index is None or index.get("store") != "s3vectors":
        return
    long: list[str] = []
    with corpus.open("rb") as file:
        for line in file:
            # A line is longer than what is kept of it.
            if len(line) > LONGEST_ID and not _fits(json.loads(line)):
                long.append(str(json.loads(line)["_id"])[:80])
    if long:
        named = ", ".join(long[:NAMED]) + (", …" if len(long) > NAMED else "")
        what = "1 passage is" if len(long) == 1 else f"{len(long):,} passages are"
        raise UserError(
            f"index: {what} longer than S3 Vectors keeps ({named}): title and text take {MOST_BYTES:,} bytes"
            f" together at most, an id {LONGEST_ID:,} characters."
            " Cut them in the data, or keep the index in pgvector."
        )


def _fits(passage: dict[str, str]) -> bool:
    kept = {"title": passage.get("title", ""), "text": passage["text"], "hash": HASH}
    size = len(json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode())
    return size <= MOST_BYTES and len(passage["_id"]) <= LONGEST_ID

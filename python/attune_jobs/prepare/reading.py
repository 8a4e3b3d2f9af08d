"""What the data hold, whatever form they have: read by prepare, and by the index where it follows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..spec import PrepareSpec
from .base import Base
from .collection import Collection
from .columns import Columns
from .data_rows import RULE
from .own_test import read_own_test
from .sources.beir import read_beir
from .sources.documents import read_documents
from .sources.pairs import read_pairs
from .tokens import TokenCounter
from .written import add_written

KindsOfRows = dict[str, Columns]
"""What a file holds (as the input is named) → its columns."""

Reader = Callable[[Path, Collection, TokenCounter, KindsOfRows], list[Path]]
"""Adds what lies in the job's inputs to the collection. Returns: the files read."""

READERS: dict[str, Reader] = {
    "pairs": lambda inputs, collection, _, rows: read_pairs(inputs, collection, rows["pairs"], rows["corpus"]),
    "beir": lambda inputs, collection, _, rows: read_beir(inputs, collection, rows["corpus"], rows["queries"]),
    "documents": lambda inputs, collection, tokens, _: read_documents(inputs, collection, tokens),
}


@dataclass(frozen=True, slots=True)
class Data:
    collection: Collection
    """Not sealed yet."""

    rows: KindsOfRows
    files: list[Path]

    written: dict[str, Any] | None
    """What was taken of a language model's questions; None where none were read."""


def read_data(spec: PrepareSpec, inputs: Path, tokens: TokenCounter, scratch: Path, base: Base | None = None) -> Data:
    """Every text cleaned, what is malformed refused; texts go to disk below `scratch`, hashes stay.

    Args:
        base: that looks through the questions that a language model wrote. None: those are not read.
    Raises: UserError with file and line of what cannot be read.
    """
    collection = Collection(scratch)
    rows = {kind: Columns(kind, spec.columns, by_id=spec.has_ids()) for kind in RULE["columns"]}
    # First: where the data have a question too, it is the person's.
    own_test = read_own_test(inputs, collection, rows["test"]) if spec.sources.get("test") else None
    files = _read(spec, inputs, collection, tokens, rows)
    written = None
    if spec.questions is not None and base is not None:
        written = add_written(spec.questions, inputs, base, collection, scratch)
    if own_test is not None:
        files += own_test.join(collection, of_documents=spec.form == "documents")
    return Data(collection, rows, files, written)


def _read(
    spec: PrepareSpec, inputs: Path, collection: Collection, tokens: TokenCounter, rows: KindsOfRows
) -> list[Path]:
    if spec.questions is not None:
        return read_documents(inputs, collection, tokens, spec.questions.headings)
    reader = READERS.get(spec.form)
    if reader is None:
        raise UserError(f"data: found the form {spec.form}, expected one of {', '.join(READERS)}.")
    return reader(inputs, collection, tokens, rows)

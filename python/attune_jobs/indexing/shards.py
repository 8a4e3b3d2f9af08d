"""The corpus in shards of a fixed number of passages. Each has files of its own, which appear whole."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..json_line import dump_line, read_lines
from ..texts import Passage

PASSAGES = 5_000
"""Of a shard: some minutes of work on two cores, and 15 MB of vectors of 768 dimensions."""

DONE = "ATTUNE_INDEX_DONE"
"""Variable of the job: shards such as 0-4,7. Absent: none."""

_RANGE = re.compile(r"(\d+)(?:-(\d+))?")


@dataclass(frozen=True, slots=True)
class Document(Passage):
    @property
    def hash(self) -> str:
        """SHA-256 in hex of the id, a line break and what the model reads."""
        return hashlib.sha256(f"{self.id}\n{self.embedded}".encode()).hexdigest()


def read_documents(corpus: Path) -> Iterator[Document]:
    """The passages of corpus.jsonl in its order. Raises: UserError when the file is missing or a line is broken."""
    if not corpus.is_file():
        raise UserError("corpus/corpus.jsonl is missing: expected the output of the prepare stage.")
    for line in read_lines(corpus, "_id", "text"):
        yield Document(line["_id"], str(line.get("title") or ""), line["text"])


def in_shards(documents: Iterable[Document], size: int = PASSAGES) -> Iterator[list[Document]]:
    shard: list[Document] = []
    for document in documents:
        shard.append(document)
        if len(shard) == size:
            yield shard
            shard = []
    if shard:
        yield shard


def numbers_in(ranges: str) -> set[int]:
    """ "0-4,7" → {0, 1, 2, 3, 4, 7}. Raises: UserError for anything else."""
    numbers: set[int] = set()
    for part in filter(None, ranges.split(",")):
        found = _RANGE.fullmatch(part)
        if found is None:
            raise UserError(f"shards that are done: found {part!r}, expected numbers and ranges such as 0-4,7.")
        first = int(found[1])
        numbers.update(range(first, int(found[2] or first) + 1))
    return numbers


def shards_done(variables: Mapping[str, str]) -> set[int]:
    """The shards that an earlier attempt has left: `DONE`, and where that has no more room `DONE`_2 and so on.

    Raises: UserError where one of them is not of the form that is expected.
    """
    told = [value for name, value in variables.items() if name == DONE or name.startswith(f"{DONE}_")]
    return numbers_in(",".join(told))


class Inventory:
    """What an index has to hold: how many documents, and one digest of all hashes, whatever their order."""

    def __init__(self) -> None:
        self.documents = 0
        self._digest = 0

    def add(self, document: Document) -> None:
        self.documents += 1
        self._digest ^= int(document.hash[:16], 16)

    @property
    def digest(self) -> str:
        """16 hex digits: the hashes' first 64 bits, combined by exclusive or."""
        return f"{self._digest:016x}"


class Changes:
    """What a corpus has that an index has not, and the other way round: by ids and hashes."""

    def __init__(self, known: Path) -> None:
        """
        Args:
            known: folder of files NNNNN.jsonl with a line {"id", "hash"} for each document of the index. None is there
                where the index is empty.
        """
        self._left = {
            line["id"]: bytes.fromhex(line["hash"])
            for file in sorted(known.glob("*.jsonl"))
            for line in read_lines(file, "id", "hash")
        }
        self.added = self.changed = self.unchanged = 0

    def is_new(self, document: Document) -> bool:
        """Whether it has to be embedded. Each document of the corpus is asked about once."""
        before = self._left.pop(document.id, None)
        same = before == bytes.fromhex(document.hash)
        if same:
            self.unchanged += 1
        elif before is None:
            self.added += 1
        else:
            self.changed += 1
        return not same

    def counts(self) -> dict[str, int]:
        return {"added": self.added, "changed": self.changed, "unchanged": self.unchanged}

    def deleted(self) -> list[str]:
        """Once all of the corpus was asked about: the ids that are in the index alone."""
        return list(self._left)


def write_shard(out: Path, scratch: Path, number: int, documents: list[Document], vectors: np.ndarray) -> None:
    """Writes NNNNN.jsonl, then NNNNN.npy: what has its vectors is whole. The folder is uploaded while it grows.

    Args: `vectors` has shape (documents, dimensions), unit length; kept in float32.
    """
    write_documents(out, scratch, number, documents)
    array = scratch / "vectors.npy"
    np.save(array, np.ascontiguousarray(vectors, dtype=np.float32))
    os.replace(array, out / f"{number:05d}.npy")


def write_counts(
    out: Path, scratch: Path, inventory: Inventory, changes: Changes, *, shards: int, dimensions: int
) -> None:
    """counts.json, and before it deleted.jsonl, where the index has what the corpus has not."""
    deleted = changes.deleted()
    if deleted:
        lines = scratch / "deleted"
        with lines.open("w", encoding="utf-8") as ids:
            for one in deleted:
                ids.write(dump_line({"id": one}))
        os.replace(lines, out / "deleted.jsonl")
    counts = {"version": 1, "shards": shards, "documents": inventory.documents, "digest": inventory.digest}
    counts |= {"dimensions": dimensions, **changes.counts(), "deleted": len(deleted)}
    write_json(out / "counts.json", scratch, counts)


def write_documents(out: Path, scratch: Path, number: int, documents: list[Document]) -> None:
    """Writes NNNNN.jsonl: what the model reads of each, and what tells it from another."""
    lines = scratch / "documents"
    with lines.open("w", encoding="utf-8") as file:
        for one in documents:
            file.write(dump_line({"id": one.id, "title": one.title, "text": one.text, "hash": one.hash}))
    os.replace(lines, out / f"{number:05d}.jsonl")


def write_json(to: Path, scratch: Path, value: dict[str, Any]) -> None:
    """Whole, or not at all."""
    file = scratch / to.name
    file.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    os.replace(file, to)

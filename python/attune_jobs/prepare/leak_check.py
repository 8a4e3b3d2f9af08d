"""The last gate: reads what was written, and proves that no split gives another away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import xxhash

from ..errors import UserError
from ..json_line import read_judgements, read_lines
from ..question_keys import leak_key
from .grams import GRAM, Gram, Grams

PAIR = ("query", "document_id", "document", "group")
"""What is read of a training pair."""


def check_no_leak(data: Path, clusters: Mapping[str, str], patterns: frozenset[Gram] = frozenset()) -> None:
    """Knows nothing of how the split came about.

    Args:
        clusters: id of each passage that has near-duplicates → the same id for all of them.
        patterns: runs of words that many questions share.
    Raises: UserError when a question, a relevant passage (or a near-duplicate of one) or a group stands in two splits,
        or a training text shares GRAM words in a row with a test question.
    """
    test, dev = (_HeldOut.read(data / name, clusters, patterns) for name in ("test", "dev"))
    faults = [*test.shared_with(dev)]
    for row in read_lines(data / "train" / "pairs.jsonl", *PAIR):
        passage = clusters.get(row["document_id"], row["document_id"])
        for held_out in (test, dev):
            what = held_out.leak_of(row["query"], passage, row["group"])
            if what:
                faults.append(f"{what} in train and {held_out.name}: {row['query'][:80]!r}")
        for negative in row.get("negative_ids", ()):
            if any(_hash(clusters.get(negative, negative)) in held_out.passages for held_out in (test, dev)):
                faults.append(f"a held-out passage is a negative in train: {row['query'][:80]!r}")
        texts = (row["query"], row["document"], *row.get("negatives", ()))
        for shared in [shared for text in texts for shared in test.grams.shared_by(text)][:1]:
            faults.append(f'{GRAM} words of a test question in train ("{" ".join(shared)}"): {row["query"][:80]!r}')
    if faults:
        shown = "; ".join(faults[:5])
        raise UserError(
            f"Leakage between the splits: {len(faults)} cases. {shown}. A score on such a split would flatter the "
            "model. Remove the repeated rows, or give them the same group."
        )


@dataclass(frozen=True, slots=True)
class _HeldOut:
    name: str
    questions: set[bytes]
    passages: set[bytes]
    """Relevant ones."""
    groups: set[bytes]
    grams: Grams

    @classmethod
    def read(cls, folder: Path, clusters: Mapping[str, str], patterns: frozenset[Gram]) -> _HeldOut:
        questions, groups = set(), set()
        for query in read_lines(folder / "queries.jsonl", "text", "group"):
            questions.add(_hash(leak_key(query["text"])))
            groups.add(_hash(query["group"]))
        passages = {
            _hash(clusters.get(passage, passage))
            for _, _, passage, score in read_judgements(folder / "qrels.tsv")
            if score > 0
        }
        texts = (query["text"] for query in read_lines(folder / "queries.jsonl", "text"))
        grams = Grams(texts if folder.name == "test" else (), patterns)
        return cls(folder.name, questions, passages, groups, grams)

    def leak_of(self, question: str, passage: str, group: str) -> str | None:
        if _hash(leak_key(question)) in self.questions:
            return "the same question"
        if _hash(passage) in self.passages:
            return "the same passage or a near-duplicate of it"
        return "the same group" if _hash(group) in self.groups else None

    def shared_with(self, other: _HeldOut) -> Iterator[str]:
        for what in ("questions", "groups"):
            both = getattr(self, what) & getattr(other, what)
            if both:
                yield f"{len(both)} {what} in {self.name} and {other.name}"


def _hash(text: str) -> bytes:
    digest: bytes = xxhash.xxh3_128_digest(text.encode("utf-8"))
    return digest

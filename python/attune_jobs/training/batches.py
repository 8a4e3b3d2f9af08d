"""The batches of each epoch, counted before the training begins: as many as are really given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from sentence_transformers.base.sampler import NoDuplicatesBatchSampler
from torch.utils.data import BatchSampler

from ..errors import UserError

SHORT = 4
"""An epoch ends at a batch of fewer rows than one part in so many of its fullest: a row with next to no negatives says
little, and each further batch of them would be looked for among all that are left."""


class CountedBatches(BatchSampler):
    """Batches that hold no text twice, equally many in every epoch, each of two rows or more.

    A text that stands in many rows stands in as many batches, the last of which are short. Who counts rows, not
    batches, stops before those and never comes to their rows. How many batches there are differs by how an epoch is
    shuffled: where it has fewer than the longest one, its largest are given in two halves. With no text repeated, they
    are the batches of sentence-transformers' own sampler.

    Args:
        columns: column name → texts, row by row.
        batch_size: rows, of all processes together.
        epochs: of the training.
        processes: that share each batch.
    Raises: UserError when there are not so many different texts.
    """

    def __init__(
        self,
        columns: Mapping[str, Sequence[str]],
        batch_size: int,
        *,
        epochs: int,
        processes: int,
        generator: torch.Generator | None,
        seed: int,
    ) -> None:
        rows = _Rows(columns)
        self._wanted = batch_size
        self.of = len(rows)
        """Rows in all."""
        self._least = max(2, processes)
        # As many different texts as the scarcer column has: nothing is looked for that is not there.
        fullest = min(batch_size, rows.different // processes * processes)
        if fullest < self._least:
            raise UserError(
                f"The {len(rows)} training pairs hold {rows.different} different questions or passages, expected at "
                f"least {self._least}: the others of a batch are the negatives. Give pairs on different passages."
            )
        self._drawn = NoDuplicatesBatchSampler(rows, fullest, drop_last=False, generator=generator, seed=seed)
        self.drop_last = False
        drawn = [self._epoch(epoch) for epoch in range(epochs)]
        self._count = max(map(len, drawn))
        self.largest = fullest
        """Rows of the fullest batch."""
        self.used = min(sum(map(len, batches)) for batches in drawn)
        """Rows of the epoch that has the fewest."""
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        self._drawn.set_epoch(epoch)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[list[int]]:
        yield from in_parts(self._batches(), self._count, self._least)

    def _epoch(self, epoch: int) -> list[list[int]]:
        self.set_epoch(epoch)
        return self._batches()

    def _batches(self) -> list[list[int]]:
        found: list[list[int]] = []
        taken = 0
        for batch in self._drawn:
            taken += len(batch)
            is_last = taken == self.of
            if len(batch) < self._least or (not is_last and len(batch) * SHORT < self._drawn.batch_size):
                break
            found.append(batch)
            if is_last:
                break
        return found

    def said(self) -> str | None:
        """What there is to say where batches or epochs are smaller than was asked for; None where they are not."""
        if self.largest == min(self._wanted, self.of) and self.used == self.of:
            return None
        return (
            f"{len(self)} an epoch, of at most {self.largest} pairs (batch_size {self._wanted}); "
            f"{self.of - self.used} of {self.of} pairs are left out of an epoch, others of each. No batch holds a "
            "text twice, and some stand in many pairs: more passages, or fewer pairs for each, would teach more"
        )


class _Rows:
    """Of each row one number for each of its texts, the same for the same text: what the sampler compares."""

    def __init__(self, columns: Mapping[str, Sequence[str]]) -> None:
        number: dict[str, int] = {}
        self.column_names = list(columns)
        self._numbers = {
            name: [number.setdefault(text, len(number)) for text in texts] for name, texts in columns.items()
        }
        self.different = min(len(set(numbers)) for numbers in self._numbers.values())
        """Texts of the column that has the fewest."""

    def __len__(self) -> int:
        return len(next(iter(self._numbers.values())))

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))

    def __getitem__(self, row: int) -> dict[str, int]:
        return {name: numbers[row] for name, numbers in self._numbers.items()}


def in_parts(batches: list[list[int]], count: int, least: int) -> list[list[int]]:
    """The same rows in `count` batches: the largest are halved; where a half has less than `least`, they repeat."""
    parts = list(batches)
    while len(parts) < count:
        at = max(range(len(parts)), key=lambda index: len(parts[index]))
        half = len(parts[at]) // 2
        parts[at : at + 1] = [parts[at][:half], parts[at][half:]] if half >= least else [parts[at], parts[at]]
    return parts

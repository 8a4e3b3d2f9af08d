"""Several training processes as one: who does what, and the halves of the global batch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch.utils.data import BatchSampler

from ..errors import UserError
from .batches import CountedBatches


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process among all of the job; torchrun sets the variables."""

    rank: int
    size: int

    @classmethod
    def read(cls) -> Ranks:
        return cls(int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1")))

    @property
    def first(self) -> bool:
        """Scores, prints metrics and writes files; the others only compute."""
        return self.rank == 0

    def share_of(self, batch_size: int) -> int:
        """Pairs of a global batch that one process embeds. Raises: UserError when it does not divide."""
        if batch_size % self.size:
            raise UserError(
                f"batch_size: found {batch_size}, which {self.size} training processes cannot share evenly. "
                f"Take a multiple of {self.size}."
            )
        return batch_size // self.size

    def agree(self, *flags: bool) -> list[bool]:
        """The first process's flags, known to all: clocks differ, and all must save and stop at the same step."""
        if self.size == 1:
            return list(flags)
        told = torch.tensor([int(flag) for flag in flags], device=_device())
        dist.broadcast(told, src=0)
        return [bool(flag) for flag in told.tolist()]

    def collect(self, value: Any) -> list[Any] | None:
        """Every process's value, in the order of ranks; None but on the first."""
        if self.size == 1:
            return [value]
        values: list[Any] | None = [None] * self.size if self.first else None
        dist.gather_object(value, values)
        return values

    def wait_for_all(self) -> None:
        if self.size > 1:
            dist.barrier()


def _device() -> torch.device:
    return torch.device("cuda", torch.cuda.current_device()) if dist.get_backend() == "nccl" else torch.device("cpu")


class RankSlices(BatchSampler):
    """The batches of `batches`, each cut into as many equal slices as there are processes, one after the other.

    The data loader deals them out in turn, so that all processes work on slices of the same global batch. Pairs of a
    batch that do not fill a slice are left out: fewer than there are processes.
    """

    def __init__(self, batches: CountedBatches, ranks: int) -> None:
        self._batches = batches
        self._ranks = ranks
        self.drop_last = False

    def set_epoch(self, epoch: int) -> None:
        self._batches.set_epoch(epoch)

    def __len__(self) -> int:
        return len(self._batches) * self._ranks

    def __iter__(self) -> Iterator[list[int]]:
        for batch in self._batches:
            size = len(batch) // self._ranks
            for rank in range(self._ranks):
                yield batch[rank * size : (rank + 1) * size]

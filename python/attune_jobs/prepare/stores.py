"""Texts on disk, hashes in memory: what lets prepare read more than fits into memory."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt
import xxhash

Integers = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]


class LineStore:
    """Lines appended to a scratch file and read back by number. Memory: 8 bytes a line."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b", buffering=1 << 20)
        self._ends = array("q", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __enter__(self) -> LineStore:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._file.close()

    def append(self, line: bytes) -> int:
        """Returns: the line's number, from 0."""
        self._file.write(line)
        self._ends.append(self._ends[-1] + len(line))
        return len(self._ends) - 2

    def seal(self) -> None:
        """Must be called between the last `append` and the first read."""
        self._file.flush()

    def __getitem__(self, number: int) -> bytes:
        start, end = self._ends[number], self._ends[number + 1]
        return os.pread(self._file.fileno(), end - start, start)

    def sizes(self) -> Integers:
        """Bytes of each line."""
        ends: Integers = np.frombuffer(self._ends, dtype=np.int64)
        return ends[1:] - ends[:-1]

    def read(self, numbers: Integers) -> Iterator[bytes]:
        """The lines in the order asked for; fast when that order is ascending."""
        for number in numbers:
            yield self[int(number)]


class HashList:
    """128-bit hashes of texts, 16 bytes each. Equal hashes count as equal texts: wrong once in 10^20 runs of 10^9."""

    def __init__(self) -> None:
        self._halves = array("Q")

    def __len__(self) -> int:
        return len(self._halves) // 2

    def append(self, text: str) -> int:
        """Returns: the hash."""
        value: int = xxhash.xxh3_128_intdigest(text.encode("utf-8"))
        self._halves.append(value >> 64)
        self._halves.append(value & 0xFFFFFFFFFFFFFFFF)
        return value

    def halves(self) -> Hashes:
        """Shape (n, 2)."""
        return np.frombuffer(self._halves, dtype=np.uint64).reshape(-1, 2)

    def distinct(self) -> tuple[Integers, Integers]:
        """Which entries are the first of their kind.

        Returns: (firsts, label): `firsts` the position of each distinct hash's first entry, ascending, shape
        (distinct,); `label` for each entry the index into `firsts` of its hash, shape (n,).
        """
        return distinct_rows(self.halves())


def distinct_rows(rows_NK: npt.NDArray[Any]) -> tuple[Integers, Integers]:
    """Like `HashList.distinct`, for the rows of an integer array of shape (n, k)."""
    count = len(rows_NK)
    if count == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    order = np.lexsort(rows_NK.T[::-1])
    ordered = rows_NK[order]
    starts = np.ones(count, bool)
    starts[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    run = np.cumsum(starts) - 1
    first_of_run = np.minimum.reduceat(order, np.flatnonzero(starts))
    by_appearance = np.argsort(first_of_run)
    rank = np.empty_like(by_appearance)
    rank[by_appearance] = np.arange(len(by_appearance))
    label = np.empty(count, np.int64)
    label[order] = rank[run]
    return first_of_run[by_appearance], label


class Components:
    """Union-find over numbered nodes; the smallest number of a component stands for it. Memory: 4 bytes a node."""

    def __init__(self, nodes: int) -> None:
        self._parent = array("i", range(nodes))

    def find(self, node: int) -> int:
        parent = self._parent
        root = node
        while parent[root] != root:
            root = parent[root]
        while parent[node] != root:
            parent[node], node = root, parent[node]
        return root

    def join(self, one: int, other: int) -> None:
        a, b = self.find(one), self.find(other)
        if a != b:
            self._parent[max(a, b)] = min(a, b)

    def labels(self) -> Integers:
        """The component's smallest node, for each node."""
        roots = np.frombuffer(self._parent, dtype=np.int32).astype(np.int64)
        while True:
            further = roots[roots]
            if np.array_equal(further, roots):
                return roots
            roots = further

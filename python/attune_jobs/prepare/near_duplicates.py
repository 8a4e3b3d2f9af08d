"""Near-duplicates by MinHash and banding, candidates confirmed exactly.

Source: Broder 1997 (MinHash); Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, 3.4 (banding).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO

import numpy as np
import xxhash

from ..segments import fold, words
from .stores import Components, Hashes

SHINGLE = 5
"""Words in a row that count as one feature of a text."""

THRESHOLD = 0.8
"""Jaccard similarity of the features from which on two texts are near-duplicates."""

PERMUTATIONS = 128
BANDS = 16
ROWS = PERMUTATIONS // BANDS

_SHINGLES_AT_ONCE = 1 << 16
_RANDOM = np.random.default_rng(20240229)
_FACTORS = _RANDOM.integers(0, 2**63, PERMUTATIONS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_ADDENDS = _RANDOM.integers(0, 2**63, PERMUTATIONS, dtype=np.uint64)
_POSITION = _RANDOM.integers(0, 2**63, SHINGLE, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_ROW = _RANDOM.integers(0, 2**63, ROWS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)


def shingles(text: str) -> Hashes:
    """Hashes of each run of SHINGLE words; of the whole text, signs and all, when it is shorter. At least one."""
    found = words(text)
    if len(found) < SHINGLE:
        return np.array([xxhash.xxh3_64_intdigest(" ".join(fold(text).split()).encode("utf-8"))], dtype=np.uint64)
    hashes = np.array([xxhash.xxh3_64_intdigest(word.encode("utf-8")) for word in found], dtype=np.uint64)
    runs = len(hashes) - SHINGLE + 1
    together = np.zeros(runs, np.uint64)
    for position in range(SHINGLE):
        together += hashes[position : position + runs] * _POSITION[position]
    return together ^ (together >> np.uint64(29))


def similarity(one: Hashes, other: Hashes) -> float:
    """Jaccard similarity of two texts' shingles, in [0, 1]."""
    a, b = np.unique(one), np.unique(other)
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / (len(a) + len(b) - shared)


def join_near_duplicates(
    texts: Iterable[str], text_of: Callable[[int], str], joined: Components, scratch: Path
) -> None:
    """Join texts that are near-duplicates of each other.

    Args:
        texts: each text once, in the order of its number.
        text_of: the same texts by number, to confirm a candidate.
        joined: gets the joins; its nodes are the texts' numbers.
        scratch: folder for the band hashes, 128 bytes a text; one band at a time is held in memory.
    """
    files = [scratch / f"band-{band}" for band in range(BANDS)]
    _write_bands(texts, files)
    for file in files:
        _confirm(np.fromfile(file, dtype=np.uint64), text_of, joined)
        file.unlink()


def _write_bands(texts: Iterable[str], files: list[Path]) -> None:
    opened = [file.open("wb") for file in files]
    pending: list[Hashes] = []
    waiting = 0
    for text in texts:
        pending.append(shingles(text))
        waiting += len(pending[-1])
        if waiting >= _SHINGLES_AT_ONCE:
            _append_bands(pending, opened)
            pending, waiting = [], 0
    if pending:
        _append_bands(pending, opened)
    for file in opened:
        file.close()


def _append_bands(pending: list[Hashes], opened: Sequence[IO[bytes]]) -> None:
    together = np.concatenate(pending)
    starts = np.cumsum([0, *(len(hashes) for hashes in pending[:-1])])
    for band, file in enumerate(opened):
        key_N = np.zeros(len(pending), np.uint64)
        for row in range(ROWS):
            number = band * ROWS + row
            permuted = (together * _FACTORS[number] + _ADDENDS[number]) >> np.uint64(32)
            key_N += np.minimum.reduceat(permuted, starts) * _ROW[row]
        file.write(key_N.tobytes())


def _confirm(key_N: Hashes, text_of: Callable[[int], str], joined: Components) -> None:
    """Compare the texts that share a band's key with the first of them, or else with the one before."""
    order = np.argsort(key_N, kind="stable")
    ordered = key_N[order]
    same = np.flatnonzero(ordered[1:] == ordered[:-1])
    leader, leader_shingles, previous_end = -1, np.zeros(0, np.uint64), -1
    for place in same.tolist():
        before, number = int(order[place]), int(order[place + 1])
        if place != previous_end:
            leader, leader_shingles = before, shingles(text_of(before))
        previous_end = place + 1
        if joined.find(leader) == joined.find(number) or joined.find(before) == joined.find(number):
            continue
        own = shingles(text_of(number))
        if similarity(leader_shingles, own) >= THRESHOLD:
            joined.join(leader, number)
        elif before != leader and similarity(shingles(text_of(before)), own) >= THRESHOLD:
            joined.join(before, number)

"""The systems that are compared, each reduced to its ranking of the whole corpus for every question."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..base_model import refusing_model
from ..serving.endpoint.loading import load_model
from ..serving.endpoint.model import Model, Progress, unit_length
from ..serving.endpoint.prompts import Prompts
from . import bm25
from .analyzer import Analyzer
from .held_out import TestSet
from .metrics import DEPTH
from .ranking import BestRows, slices

SECONDS_BETWEEN_LINES = 5.0

MOST_STORED_PASSAGES = 50_000
"""A larger corpus's vectors are not stored."""

PASSAGES_AT_ONCE = 16_384
"""Embedded and searched together: 64 MB of vectors of 1,024 dimensions."""


@dataclass(frozen=True)
class Ranked:
    """One system's answers."""

    rows: np.ndarray
    """Passages by row, best first, shape (questions, DEPTH); -1 where nothing was retrieved."""
    by_dimension: dict[int, np.ndarray]
    """The same for each size to which vectors were cut, the full one included; empty for BM25."""
    vectors: np.ndarray | None
    """Of the corpus, unit length, shape (passages, size), float32; None for BM25, and beyond MOST_STORED_PASSAGES."""
    max_seq_length: int | None
    truncated: int
    """Passages of which the model read only the beginning."""
    seconds: float
    guards: dict[str, np.ndarray] = field(default_factory=dict)
    """Guard set → the same as `rows` for its questions over its own passages."""


@dataclass(frozen=True)
class Lexical:
    """The baseline of keyword search."""

    ranked: dict[str, Ranked]
    """Under "bm25"; empty where it is no baseline."""
    settings: dict[str, str | float]
    warnings: list[str]
    analyzer: Analyzer
    """What it takes for one word, whether it is a baseline or not."""


def rank_bm25(test: TestSet) -> Lexical:
    started = time.perf_counter()
    found = bm25.rank(test.questions, [passage.embedded for passage in test.passages], DEPTH, test.own)
    seconds = time.perf_counter() - started
    print(f"bm25: {len(test.questions):,} questions ranked in {seconds:.1f} s", flush=True)
    useless = found.useless()
    if useless is not None:
        return Lexical({}, {**found.settings, "left out": "finds too little"}, [useless], found.analyzer)
    return Lexical({"bm25": Ranked(found.rows, {}, None, None, 0, seconds)}, found.settings, [], found.analyzer)


def rank_dense(
    name: str,
    folder: Path,
    test: TestSet,
    guards: dict[str, TestSet],
    dimensions: list[int],
    max_seq_length: int | None,
    engine: str = "float32",
    prompts: Prompts | None = None,
) -> Ranked:
    """Encode once at full size; the smaller sizes are cuts of the same vectors. Guards are ranked at full size only.

    Args:
        guards: name of each guard set and its questions.
        dimensions: sizes to cut to; those that the model does not reach are left out. Empty: the model's own.
        max_seq_length: tokens to read of a text; None for the model's own setting.
        prompts: before its texts; None for the model's own.
    """
    started = time.perf_counter()
    with refusing_model(name):
        model = load_model(folder, max_seq_length, engine, prompts)
    print(f"{name}: model loaded in {time.perf_counter() - started:.1f} s", flush=True)
    passages = len(test.passages)
    vectors = np.empty((passages, model.size), np.float32) if passages <= MOST_STORED_PASSAGES else None
    by_dimension, truncated = _search(name, model, test, _sizes(model, dimensions), vectors)
    ranked = {
        guard: _search(f"{name}, guard {guard}", model, questions, [model.size])[0][model.size]
        for guard, questions in guards.items()
    }
    seconds = time.perf_counter() - started
    print(f"{name}: {passages:,} passages, {len(test.questions):,} questions in {seconds:.1f} s", flush=True)
    return Ranked(
        by_dimension[model.size], by_dimension, vectors, model.max_seq_length or None, truncated, seconds, ranked
    )


def _search(
    name: str, model: Model, test: TestSet, sizes: list[int], keep: np.ndarray | None = None
) -> tuple[dict[int, np.ndarray], int]:
    """The rankings of a set's questions at each size, and how many of its passages were cut. The corpus is embedded
    and searched block by block: a million passages of 1,024 dimensions would take 4 GB at once, for each system.

    Args:
        keep: gets the passages' vectors at full size, shape (passages, size).
    """
    questions = model.encode(test.questions, "query").vectors
    questions_of = {size: _cut(questions, size) for size in sizes}
    best = {size: BestRows(len(questions), DEPTH, test.own) for size in sizes}
    progress, truncated = progress_lines(name), 0
    for block in slices(len(test.passages), PASSAGES_AT_ONCE):

        def report(done: int, _: int, first: int = block.start) -> None:
            progress(first + done, len(test.passages))

        texts = [passage.embedded for passage in test.passages[block]]
        encoded = model.encode(texts, "document", report)
        truncated += encoded.truncated
        for size, rows in best.items():
            rows.add_vectors(block.start, questions_of[size], _cut(encoded.vectors, size))
        if keep is not None:
            keep[block] = encoded.vectors
    return {size: rows.rows() for size, rows in best.items()}, truncated


def _sizes(model: Model, dimensions: list[int]) -> list[int]:
    wanted = {model.size, *(dimensions or model.dimensions)}
    return sorted((size for size in wanted if size <= model.size), reverse=True)


def _cut(vectors: np.ndarray, size: int) -> np.ndarray:
    return vectors if size == vectors.shape[1] else unit_length(vectors[:, :size])


def progress_line(name: str, done: int, of: int, left: float) -> str:
    """As src/run/workLine.ts reads it: how far `attune watch` says that the job is."""
    return f"{name}: encoded {done:,} of {of:,} passages, about {left:.0f} s left"


def progress_lines(name: str) -> Progress:
    """A line every few seconds, so that a log shows that the job lives and how long it will take."""
    started = last = time.perf_counter()

    def report(done: int, of: int) -> None:
        nonlocal last
        now = time.perf_counter()
        if done == of or now - last < SECONDS_BETWEEN_LINES:
            return
        last = now
        left = (now - started) / done * (of - done)
        print(progress_line(name, done, of, left), flush=True)

    return report

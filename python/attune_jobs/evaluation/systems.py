"""The systems that are compared, each reduced to its ranking of the whole corpus for every question."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..base_model import refusing_model
from ..serving.inference import Model, Progress, load_model, unit_length
from . import bm25
from .held_out import TestSet
from .metrics import DEPTH
from .ranking import top_by_cosine

SECONDS_BETWEEN_LINES = 5.0


@dataclass(frozen=True)
class Ranked:
    """One system's answers."""

    rows: np.ndarray
    """Passages by row, best first, shape (questions, DEPTH); -1 where nothing was retrieved."""
    by_dimension: dict[int, np.ndarray]
    """The same for each size to which vectors were cut, the full one included; empty for BM25."""
    vectors: np.ndarray | None
    """Of the corpus, unit length, shape (passages, size), float32."""
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


def rank_bm25(test: TestSet) -> Lexical:
    started = time.perf_counter()
    found = bm25.rank(test.questions, [passage.embedded for passage in test.passages], DEPTH, test.own)
    seconds = time.perf_counter() - started
    print(f"bm25: {len(test.questions):,} questions ranked in {seconds:.1f} s", flush=True)
    useless = found.useless()
    if useless is not None:
        return Lexical({}, {**found.settings, "left out": "finds too little"}, [useless])
    return Lexical({"bm25": Ranked(found.rows, {}, None, None, 0, seconds)}, found.settings, [])


def rank_dense(
    name: str,
    folder: Path,
    test: TestSet,
    guards: dict[str, TestSet],
    dimensions: list[int],
    max_seq_length: int | None,
) -> Ranked:
    """Encode once at full size; the smaller sizes are cuts of the same vectors. Guards are ranked at full size only.

    Args:
        guards: name of each guard set and its questions.
        dimensions: sizes to cut to; those that the model does not reach are left out. Empty: the model's own.
        max_seq_length: tokens to read of a text; None for the model's own setting.
    """
    started = time.perf_counter()
    with refusing_model(name):
        model = load_model(folder, max_seq_length)
    print(f"{name}: model loaded in {time.perf_counter() - started:.1f} s", flush=True)
    corpus = model.encode([passage.embedded for passage in test.passages], "document", progress_lines(name))
    questions = model.encode(test.questions, "query")
    by_dimension = {
        size: top_by_cosine(_cut(questions.vectors, size), _cut(corpus.vectors, size), DEPTH, test.own)
        for size in _sizes(model, dimensions)
    }
    ranked = {guard: _rank_set(f"{name}, guard {guard}", model, questions) for guard, questions in guards.items()}
    seconds = time.perf_counter() - started
    print(f"{name}: {len(test.passages):,} passages, {len(test.questions):,} questions in {seconds:.1f} s", flush=True)
    return Ranked(
        by_dimension[model.size],
        by_dimension,
        corpus.vectors,
        model.max_seq_length or None,
        corpus.truncated,
        seconds,
        ranked,
    )


def _rank_set(name: str, model: Model, test: TestSet) -> np.ndarray:
    corpus = model.encode([passage.embedded for passage in test.passages], "document", progress_lines(name))
    return top_by_cosine(model.encode(test.questions, "query").vectors, corpus.vectors, DEPTH, test.own)


def _sizes(model: Model, dimensions: list[int]) -> list[int]:
    wanted = {model.size, *(dimensions or model.dimensions)}
    return sorted((size for size in wanted if size <= model.size), reverse=True)


def _cut(vectors: np.ndarray, size: int) -> np.ndarray:
    return vectors if size == vectors.shape[1] else unit_length(vectors[:, :size])


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
        print(f"{name}: encoded {done:,} of {of:,} passages, about {left:.0f} s left", flush=True)

    return report

"""An embedding model, whatever engine runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .prompts import Prompts

Progress = Callable[[int, int], None]
"""Called with (texts done, texts in all)."""


class TooManyTokens(Exception):
    """The texts hold more tokens than the caller allowed; `tokens` of them were counted."""

    def __init__(self, tokens: int) -> None:
        super().__init__(f"{tokens} tokens")
        self.tokens = tokens


@dataclass(frozen=True)
class Encoded:
    """Vectors of texts, unit length, shape (texts, size), float32, in the order of the texts."""

    vectors: np.ndarray
    tokens: int
    """Tokens that the model read, special ones included; equal texts count once."""
    truncated: int
    """Texts of which the model read only the beginning."""


class Engine(Protocol):
    size: int
    max_seq_length: int
    """Tokens read of a text; 0 for all."""

    def encode(self, texts: list[str], progress: Progress, most_tokens: int | None) -> tuple[np.ndarray, int, int]:
        """Vectors (texts, size), float32, of any length; tokens read; texts cut."""
        ...


class Model:
    """An embedding model with its prompts and the vector sizes that it was trained for."""

    def __init__(self, engine: Engine, prompts: Prompts, dimensions: list[int]):
        self.engine = engine
        self.size = engine.size
        self.max_seq_length = engine.max_seq_length
        self.dimensions = dimensions or [engine.size]
        self.prompts = prompts

    @property
    def tells_kinds_apart(self) -> bool:
        """Whether a text has another vector as a question than as a passage."""
        return self.prompts["query"] != self.prompts["document"]

    def encode(
        self,
        texts: list[str],
        kind: str | None = None,
        progress: Progress = lambda done, of: None,
        most_tokens: int | None = None,
    ) -> Encoded:
        """Equal texts are encoded once, each with the prompt of its kind before it.

        Args:
            kind: None where the model does not tell the two apart, or it does not matter.

        Raises: TooManyTokens above `most_tokens`, before the model runs; ModelRefused when its tokenizer gives up.
        """
        prompt = self.prompts[kind or "document"]
        row_of = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        vectors, tokens, truncated = self.engine.encode([prompt + text for text in row_of], progress, most_tokens)
        vectors /= _lengths(vectors)
        if len(row_of) < len(texts):
            vectors = vectors[[row_of[text] for text in texts]]
        return Encoded(vectors, tokens, truncated)


def unit_length(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1; a row of zeros stays."""
    return vectors / _lengths(vectors)


def _lengths(vectors: np.ndarray) -> np.ndarray:
    lengths: np.ndarray = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return lengths

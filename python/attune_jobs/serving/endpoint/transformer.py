"""The engine of a plain transformer: its tokenizer, its batches, and the network that makes vectors of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np

from .files import content_of, positions_in, read_json
from .int8 import TOKENS_PER_BATCH as INT8_TOKENS_PER_BATCH
from .int8 import Int8Network
from .model import Progress, TooManyTokens
from .tokens import shortened, tokenized
from .torch_network import TOKENS_PER_BATCH, TorchNetwork

TEXTS_PER_CHUNK = 4096
"""Tokenised at once, which bounds the memory for a corpus."""


class TransformerEngine:
    """A transformer with mean or first-token pooling, without sentence-transformers, and with the same vectors."""

    def __init__(self, folder: Path, pooling: str, max_seq_length: int | None, int8: Path | None) -> None:
        """Args: `int8` is the ONNX file to run instead of the weights."""
        from tokenizers import Tokenizer

        config = read_json(folder / "config.json")
        settings = read_json(folder / "tokenizer_config.json")
        limits = [max_seq_length, settings.get("model_max_length"), positions_in(config)]
        self.max_seq_length = int(min(limit for limit in (limits[:1] if max_seq_length else limits) if limit))
        # The Rust tokenizer itself, set up once: transformers would set it up anew in every call, which two requests
        # at once do not survive.
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.max_seq_length, direction=settings.get("truncation_side", "right"))
        token = self._tokenizer.token_to_id(content_of(settings.get("pad_token")))
        pad = int(config.get("pad_token_id") or 0) if token is None else token
        self._network: PooledNetwork
        if int8 is None:
            torch_network = TorchNetwork(folder, config, pooling, pad)
            self._network, self._tokens_per_batch = torch_network, TOKENS_PER_BATCH[torch_network.device]
        else:
            self._network, self._tokens_per_batch = Int8Network(int8, pad, threads()), INT8_TOKENS_PER_BATCH
        self.size = self._network.size

    def encode(self, texts: list[str], progress: Progress, most_tokens: int | None) -> tuple[np.ndarray, int, int]:
        vectors = np.empty((len(texts), self.size), dtype=np.float32)
        tokens = truncated = done = 0
        for start in range(0, len(texts), TEXTS_PER_CHUNK):
            chunk, cut = shortened(texts[start : start + TEXTS_PER_CHUNK], self.max_seq_length)
            encodings = tokenized(self._tokenizer.encode_batch_fast, chunk)
            truncated += sum(1 for row, encoding in enumerate(encodings) if encoding.overflowing or row in cut)
            ids = [encoding.ids for encoding in encodings]
            tokens += sum(map(len, ids))
            if most_tokens is not None and tokens > most_tokens:
                raise TooManyTokens(tokens)
            for rows in batches([len(row) for row in ids], self._tokens_per_batch):
                vectors[start + rows] = self._network([ids[row] for row in rows])
                done += len(rows)
                progress(done, len(texts))
        return vectors, tokens, truncated


class PooledNetwork(Protocol):
    size: int

    def __call__(self, ids: list[list[int]]) -> np.ndarray:
        """Vectors of texts by their token ids, shape (texts, size), float32, of any length."""
        ...


def batches(lengths: list[int], tokens: int) -> Iterator[np.ndarray]:
    """Rows of similar length together, at most `tokens` cells a batch with padding; longest first, so memory peaks
    early."""
    order = np.argsort([-length for length in lengths], kind="stable")
    start = 0
    while start < len(order):
        fitting = max(1, tokens // max(1, lengths[order[start]]))
        yield order[start : start + fitting]
        start += fitting


def threads() -> int:
    """What the platform says, else this worker's share of the processors: it serves beside others like it."""
    said = os.environ.get("OMP_NUM_THREADS")
    workers = int(os.environ.get("SAGEMAKER_MODEL_SERVER_WORKERS") or 1)
    return int(said) if said else max(1, len(os.sched_getaffinity(0)) // workers)

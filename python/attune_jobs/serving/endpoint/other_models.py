"""Models that are more than a transformer with plain pooling, by sentence-transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .bounds import refuse_not_finite
from .model import Progress, TooManyTokens
from .tokens import shortened, tokenized
from .transformer import TEXTS_PER_CHUNK

TEXTS_PER_PASS = 128
"""Given to sentence-transformers at once, which makes batches of its own of them."""


class SentenceTransformersEngine:
    """Every other architecture (static embeddings, dense heads, ...), by sentence-transformers."""

    def __init__(self, model_dir: Path, max_seq_length: int | None) -> None:
        self._model = sentence_transformer(model_dir)
        refuse_not_finite(self._model.state_dict().items())
        limit = self._model.max_seq_length
        if limit and np.isinf(limit):  # a static embedding reads everything, and cannot be told to read less
            limit = 0
        elif max_seq_length:
            limit = self._model.max_seq_length = max_seq_length
        self.size = int(self._model.get_embedding_dimension())
        self.max_seq_length = int(limit or 0)
        self._tokenizer = getattr(self._model.tokenizer, "backend_tokenizer", self._model.tokenizer)
        self._forward(["a"])  # from here on the tokenizer pads and cuts as it does for the model

    def encode(self, texts: list[str], progress: Progress, most_tokens: int | None) -> tuple[np.ndarray, int, int]:
        vectors = np.empty((len(texts), self.size), dtype=np.float32)
        tokens = truncated = 0
        for start in range(0, len(texts), TEXTS_PER_CHUNK):
            chunk, cut = shortened(texts[start : start + TEXTS_PER_CHUNK], self.max_seq_length)
            encodings = tokenized(self._tokenizer.encode_batch, chunk)
            truncated += sum(1 for row, encoding in enumerate(encodings) if encoding.overflowing or row in cut)
            tokens += sum(sum(encoding.attention_mask) for encoding in encodings)
            if most_tokens is not None and tokens > most_tokens:
                raise TooManyTokens(tokens)
            for first in range(0, len(chunk), TEXTS_PER_PASS):
                passed = chunk[first : first + TEXTS_PER_PASS]
                vectors[start + first : start + first + len(passed)] = tokenized(self._forward, passed)
                progress(start + first + len(passed), len(texts))
        return vectors, tokens, truncated

    def _forward(self, texts: list[str]) -> np.ndarray:
        vectors: np.ndarray = self._model.encode(texts, prompt="", show_progress_bar=False)
        return vectors


def sentence_transformer(folder: Path, **options: Any) -> Any:
    """The folder's model by sentence-transformers, in float32 whatever its weights are stored in.

    In half precision training loses most of its steps to rounding (float16 stays at chance), and a text's vector
    differs by the batch that it stands in. What transformers makes of a config is to be exact too, hence the type at
    loading; other modules keep the type of their file, hence the conversion.

    Args:
        options: of SentenceTransformer, such as `device`.
    """
    import torch
    from sentence_transformers import SentenceTransformer

    given = {"trust_remote_code": False, "local_files_only": True, "model_kwargs": {"dtype": torch.float32}}
    return SentenceTransformer(str(folder), **given, **options).float()

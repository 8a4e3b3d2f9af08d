"""Token counts by the base model's own tokenizer, without torch."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..base_model import refusing_model, tokenizer_file
from ..serving.endpoint.tokens import tokenized

BATCH = 256
BATCH_CHARACTERS = 4_000_000
"""Texts, and characters of them, encoded at once: an encoding holds far more than its length."""


class TokenCounter:
    """Counts what the model will see; truncation and padding are off, or every long text would look like the limit."""

    def __init__(self, model: Path, max_seq_length: int, prompt: str = "") -> None:
        """Args: `prompt` stands before each passage."""
        from tokenizers import Tokenizer

        file = tokenizer_file(model)
        with refusing_model(f"{model.name}, {file.name}"):
            self._tokenizer = Tokenizer.from_file(str(file))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._name = model.name
        self.max_seq_length = max_seq_length
        self.added: int = self._tokenizer.num_special_tokens_to_add(False) + sum(self.count([prompt]))
        """Tokens beside a passage's own: special ones, and the prompt's."""

    def count(self, texts: Iterable[str]) -> list[int]:
        """Tokens of each text, special tokens left out. Raises: UserError when the model's tokenizer gives up."""
        lengths: list[int] = []
        batch: list[str] = []
        characters = 0
        for text in texts:
            if batch and (len(batch) == BATCH or characters + len(text) > BATCH_CHARACTERS):
                lengths += self._lengths(batch)
                batch, characters = [], 0
            batch.append(text)
            characters += len(text)
        return lengths + self._lengths(batch)

    def _lengths(self, texts: list[str]) -> list[int]:
        def encode(texts: list[str]) -> list[int]:
            encoded = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
            return [len(encoding) for encoding in encoded]

        with refusing_model(self._name):
            lengths: list[int] = tokenized(encode, texts)
        return lengths

    def room(self, title: str) -> int:
        """Tokens left for a passage's text beside its title and what is added; at least a quarter of the length."""
        taken = self.added + (self.count([title])[0] if title else 0)
        return max(self.max_seq_length // 4, self.max_seq_length - taken)

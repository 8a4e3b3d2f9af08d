"""Token counts by the base model's own tokenizer, without torch."""

from __future__ import annotations

from pathlib import Path

from ..base_model import tokenizer_file

BATCH = 256
"""Texts encoded at once: an encoding holds far more than its length."""


class TokenCounter:
    """Counts what the model will see; truncation and padding are off, or every long text would look like the limit."""

    def __init__(self, model: Path, max_seq_length: int) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(tokenizer_file(model)))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.max_seq_length = max_seq_length
        self.special: int = self._tokenizer.num_special_tokens_to_add(False)

    def count(self, texts: list[str]) -> list[int]:
        """Tokens of each text, special tokens left out."""
        lengths: list[int] = []
        for start in range(0, len(texts), BATCH):
            encoded = self._tokenizer.encode_batch_fast(texts[start : start + BATCH], add_special_tokens=False)
            lengths += [len(encoding) for encoding in encoded]
        return lengths

    def room(self, title: str) -> int:
        """Tokens left for a passage's text beside title and special tokens; at least a quarter of the length."""
        taken = self.special + (self.count([title])[0] if title else 0)
        return max(self.max_seq_length // 4, self.max_seq_length - taken)

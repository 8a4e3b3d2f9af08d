"""Texts on their way to a model's tokenizer, which may be anybody's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .files import ModelRefused

CHARACTERS_PER_TOKEN = 100
"""What a model with a length reads of a text is cut to this many for each token before it is tokenised: no word is
longer, and the rest would cost memory and seconds only to be thrown away."""


def shortened(texts: list[str], max_seq_length: int) -> tuple[list[str], set[int]]:
    """The texts without what the model would throw away anyhow, and the positions of those that were cut here."""
    most = CHARACTERS_PER_TOKEN * max_seq_length
    cut = {row for row, text in enumerate(texts) if most and len(text) > most}
    return [text[:most] if row in cut else text for row, text in enumerate(texts)], cut


def tokenized(work: Callable[[list[str]], Any], texts: list[str]) -> Any:
    """What `work` makes of the texts. Raises: ModelRefused when the tokenizer's Rust code panics, as it does where an
    expression of tokenizer.json takes too long: that is no Exception, and would end the process."""
    try:
        return work(texts)
    except BaseException as error:
        if not is_panic(error):
            raise
        raise ModelRefused(f"the model's tokenizer gives up on one of {len(texts)} texts ({error})"[:300]) from error


def is_panic(error: BaseException) -> bool:
    """pyo3 names the class, and exports it nowhere."""
    return type(error).__name__ == "PanicException"

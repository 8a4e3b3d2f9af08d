"""Which prompts a base is trained, measured and served with: one answer for all who ask."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .base_model import refusing_model
from .hub import split_revision
from .serving.endpoint.files import read_json
from .serving.endpoint.prompts import NAMES, Prompts, prompts_in

E5 = {"query": "query: ", "document": "passage: "}
BGE = {"query": "Represent this sentence for searching relevant passages: ", "document": ""}

UNSTORED = {
    **{f"intfloat/{name}": E5 for name in ("e5-small-v2", "e5-base-v2", "e5-large-v2")},
    **{f"intfloat/multilingual-e5-{size}": E5 for size in ("small", "base", "large")},
    **{f"BAAI/bge-{size}-en-v1.5": BGE for size in ("small", "base", "large")},
}
"""Hub id → the prompts that the model was trained with, which stand on its page and not in its files."""


def prompts_of(base: str, folder: Path, asked: Mapping[str, str] | None) -> Prompts:
    """As the spec asks; else as the model's files say; else as its page does.

    Args:
        base: the spec's `base`.
        folder: with the files of the base, or of a model that was fitted from it.
        asked: the spec's `train.prompts`, of which one kind may be left out.
    """
    if asked is not None:
        return {kind: asked.get(kind) or "" for kind in NAMES}
    with refusing_model(base):
        own = prompts_in(read_json(folder / "config_sentence_transformers.json"))
    return own if any(own.values()) else UNSTORED.get(split_revision(base)[0], own)

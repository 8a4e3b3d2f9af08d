"""The base model: its tokenizer cuts documents, its vectors look a question's passage up. It is copied
into the bucket on the way where it is a model of the hub."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..base_copy import Copies, Copy
from ..base_model import resolve_and_copy, resolve_base_model
from ..serving.endpoint.prompts import Prompts
from ..spec import PrepareSpec

BASES = "ATTUNE_BASES"
"""Variable of a job whose base is a model of the hub: S3 prefix of the copies. Later jobs read the copy."""


@dataclass(frozen=True, slots=True)
class Base:
    """What its vectors are computed by."""

    name: str
    """As the spec has it."""

    folder: Path

    max_seq_length: int
    """Tokens that it reads of a text."""

    prompts: Prompts


def base_for_tokens(spec: PrepareSpec, channel: Path, scratch: Path) -> tuple[Path, Copy | None]:
    """Returns: its folder, and the copy; None where nothing was to be copied, or no commit is known of it."""
    root = os.environ.get(BASES)
    if root is None or channel.is_dir():
        return resolve_base_model(spec.base, channel if channel.is_dir() else None), None
    model, copy = resolve_and_copy(spec.base, Copies(root, spec.kms_key), scratch)
    if copy is not None:
        print(f"prepare: base {spec.base} is commit {copy.commit}, kept at {copy.uri}", flush=True)
    return model, copy

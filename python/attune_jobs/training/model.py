"""Loading the base model, and what sizes it can be cut to."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from ..base_model import refusing_model
from ..errors import UserError
from ..serving.endpoint.bounds import check_model, refuse_not_finite
from ..serving.endpoint.files import ModelRefused, positions_in
from ..serving.endpoint.loading import PROBES
from ..serving.endpoint.other_models import sentence_transformer
from ..serving.endpoint.prompts import Prompts

SMALLEST_DIMENSION = 64
MATRYOSHKA_FROM = 256
"""Smaller models lose more by cutting than an index saves."""


def load_model(folder: Path, max_seq_length: int, prompts: Prompts) -> SentenceTransformer:
    """The base model, cutting texts at `max_seq_length` tokens, prompts included, and saved with these prompts.

    Raises: UserError when the model cannot read that many, or its files are at fault.
    """
    transformers_logging.disable_progress_bar()
    with refusing_model(folder.name):
        check_model(folder)
        model: SentenceTransformer = sentence_transformer(folder)
        refuse_not_finite(model.state_dict().items())
        if not np.isfinite(model.encode(list(PROBES), show_progress_bar=False)).all():
            raise ModelRefused("its vectors hold what is not a finite number, whatever is asked")
    limit = token_limit(model)
    if limit is not None and max_seq_length > limit:
        raise UserError(
            f"maxSeqLength: found {max_seq_length}, but the base model reads at most {limit} tokens. "
            f"Set it to {limit} or less, or take a base model with longer input."
        )
    if not reads_everything(model):
        model.max_seq_length = max_seq_length
    model.prompts, model.default_prompt_name = dict(prompts), None
    return model


def reads_everything(model: SentenceTransformer) -> bool:
    """Static embeddings have no length to set: each token counts for itself."""
    return model.max_seq_length == math.inf


def token_limit(model: SentenceTransformer) -> int | None:
    """Positions that the transformer has; None for models without a table of them."""
    config = getattr(getattr(model[0], "auto_model", None), "config", None)
    return None if config is None else positions_in(config.to_dict())


def matryoshka_dimensions(wanted: tuple[int, ...], size: int) -> list[int]:
    """The sizes to train, largest first; always with the model's own.

    Raises: UserError when one is larger than the model's own size.
    """
    if wanted and wanted[0] > size:
        raise UserError(f"dimensions: found {wanted[0]}, but the base model's vectors have {size}. Leave it out.")
    if wanted:
        return list(wanted) if wanted[0] == size else [size, *wanted]
    halves = [size]
    while size >= MATRYOSHKA_FROM and halves[-1] // 2 >= SMALLEST_DIMENSION:
        halves.append(halves[-1] // 2)
    return halves

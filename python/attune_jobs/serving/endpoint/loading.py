"""A model's folder becomes a model."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .bounds import check_model, reading_model
from .files import ModelRefused, plain_transformer, read_json, read_manifest
from .int8 import FILE as INT8_FILE
from .model import Engine, Model
from .other_models import SentenceTransformersEngine
from .prompts import Prompts, prompts_in
from .transformer import TransformerEngine
from .words import ECHOED

PROBES = ("a", "a text that is longer than the first")
"""Encoded once at load: what is missing in the weights, or makes no numbers, shows there and not in a request."""

ENGINES = ("float32", "int8")


def load_model(
    model_dir: str | Path, max_seq_length: int | None = None, engine: str = "float32", prompts: Prompts | None = None
) -> Model:
    """Load a sentence-transformers folder.

    Args:
        max_seq_length: tokens to read of a text, instead of the model's own setting.
        engine: one of ENGINES.
        prompts: instead of the model's own.
    Raises: ValueError when the folder's attune.json promises another length than the model is set to; ModelRefused
        when its files are at fault.
    """
    folder = Path(model_dir)
    with reading_model():
        check_model(folder)
        model = _load(folder, max_seq_length, engine, prompts)
        if not np.isfinite(model.encode(list(PROBES)).vectors).all():
            raise ModelRefused("its vectors hold what is not a finite number, whatever is asked")
        promised = read_manifest(folder).get("maxSeqLength")
    if promised and not max_seq_length and model.max_seq_length not in (0, promised):
        raise ValueError(
            f"attune.json promises maxSeqLength {promised}, the model is set to {model.max_seq_length}: "
            "its vectors would not be those that were evaluated. Package the model again."
        )
    return model


def _load(folder: Path, max_seq_length: int | None, chosen: str, prompts: Prompts | None) -> Model:
    if chosen not in ENGINES:
        raise ModelRefused(f"the engine {chosen[:ECHOED]!r} is not known, expected {' or '.join(ENGINES)}")
    plain = plain_transformer(folder)
    engine: Engine
    if plain:
        transformer, pooling = plain
        own_length = read_json(transformer / "sentence_bert_config.json").get("max_seq_length")
        int8 = folder / INT8_FILE if chosen == "int8" else None
        if int8 is not None and not int8.is_file():
            raise ModelRefused(f"it has no {int8.relative_to(folder)}, which the int8 engine runs. Train it anew")
        engine = TransformerEngine(transformer, pooling, max_seq_length or own_length, int8)
    elif chosen == "int8":
        raise ModelRefused("it is more than a transformer with mean or first-token pooling: int8 does not run it")
    else:
        engine = SentenceTransformersEngine(folder, max_seq_length)
    dimensions = [int(size) for size in read_manifest(folder).get("dimensions") or []]
    own = prompts_in(read_json(folder / "config_sentence_transformers.json"))
    return Model(engine, prompts or own, dimensions)

"""Folders of models, loaded as an endpoint and as training load them."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from tiny_package import write_package

from attune_jobs.errors import UserError
from attune_jobs.serving.endpoint.files import ModelRefused
from attune_jobs.serving.endpoint.loading import load_model
from attune_jobs.training.model import load_model as load_for_training

from . import values
from .area import Case

EXPECTED = "refused with words, or vectors of finite numbers"
FILES = [
    "config.json",
    "config.json",
    "modules.json",
    "tokenizer_config.json",
    "sentence_bert_config.json",
    "1_Pooling/config.json",
    "config_sentence_transformers.json",
    "attune.json",
    "tokenizer.json",
]
SIZES = [0, -1, 1, 3, 10**6, 10**9, 10**12, 2**63, 10**400]


def make(choose: random.Random, folder: Path) -> Case:
    sound = folder.parent / "sound-model"
    if not sound.is_dir():
        write_package(sound)
        for by_training in (False, True):  # libraries are imported before anything is judged
            _outcome(sound, by_training)
    model = folder / "model"
    shutil.copytree(sound, model)
    told = _damage_weights(choose, model) if choose.randrange(4) == 0 else _damage_json(choose, model)
    by_training = choose.randrange(6) == 0
    return Case(told, lambda: _outcome(model, by_training), EXPECTED)


def _damage_weights(choose: random.Random, model: Path) -> str:
    file = model / "model.safetensors"
    content = bytearray(file.read_bytes())
    kind = choose.choice(["cut", "header", "numbers", "bytes", "gone"])
    if kind == "cut":
        content = content[: choose.randrange(len(content))]
    elif kind == "header":
        content[:8] = choose.choice([2**63, 2**40, 0, 5, len(content)]).to_bytes(8, "little")
    elif kind == "numbers":
        at = len(content) - 4 * choose.randrange(1, 1_000)
        content[at : at + 4] = np.float32(choose.choice([np.nan, np.inf, -np.inf])).tobytes()
    elif kind == "bytes":
        content[choose.randrange(8, 300)] = choose.randrange(256)
    file.write_bytes(content)
    if kind == "gone":
        file.unlink()
    return f"weights: {kind}"


def _damage_json(choose: random.Random, model: Path) -> str:
    name = choose.choice(FILES)
    file = model / name
    value: Any = json.loads(file.read_text(encoding="utf-8"))
    if choose.randrange(5) == 0:
        raw = values.raw_line(choose)
        file.write_bytes(raw)
        return f"{name}: {raw[:100]!r}"
    inside = choose.choice(value) if isinstance(value, list) else value
    key = choose.choice([*inside, "auto_map", "num_hidden_layers", "n_layers", "hidden_size", "vocab_size"])
    inside[key] = choose.choice([choose.choice(SIZES), values.anything(choose), "../../x", "/etc"])
    file.write_text(json.dumps(value), encoding="utf-8")
    return f"{name}: {key}={str(inside[key])[:100]!r}" if not isinstance(inside[key], int) else f"{name}: {key} number"


def _outcome(model: Path, by_training: bool) -> str | None:
    texts = ["stop the job", "a lamp " * 40]
    try:
        if by_training:
            vectors = load_for_training(model, 16, {"query": "", "document": ""}).encode(
                texts, show_progress_bar=False
            )
        else:
            vectors = load_model(model).encode(texts).vectors
    except (UserError, ModelRefused) as error:
        return None if len(str(error)) > 20 else f"says too little: {error}"
    except ValueError as error:
        return None if str(error).startswith("attune.json promises") else f"ValueError: {error}"
    return None if np.isfinite(vectors).all() else "vectors that are no numbers"

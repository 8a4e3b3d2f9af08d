"""Whether attune can train and serve a base model at all: told from its small files, before anything is paid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .errors import UserError
from .serving.endpoint.files import ModelRefused, positions_in, read_json

CONFIG = "config.json"

MODULES = {
    *("Transformer", "Pooling", "Normalize", "Dense", "Dropout", "LayerNorm", "WeightedLayerPooling"),
    *("StaticEmbedding", "WordEmbeddings", "WordWeights", "BoW", "CNN", "LSTM"),
    *("Router", "Asym", "CLIPModel"),
}
"""Parts of sentence-transformers that give one dense vector for a text. Source: its documentation, "Modules"."""

WEIGHTED = {
    *("Transformer", "Dense", "LayerNorm", "WeightedLayerPooling", "StaticEmbedding"),
    *("WordEmbeddings", "CNN", "LSTM", "CLIPModel"),
}
"""Those that are nothing without a file of weights in their folder."""

WIDTHS = ("out_features", "word_embedding_dimension", "embedding_dimension")
"""What the configs of sentence-transformers' modules after the first call the width of what they give."""

PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack", "*.onnx", "*.gguf")


def refuse_unfit(name: str, folder: Path) -> None:
    """A folder without any config, such as one of a tokenizer alone, is looked at when its weights are asked for.

    Args:
        name: of the base model, for messages.
    Raises: UserError for a model with code of its own, with modules that attune does not know, or without weights in
        safetensors files.
    """
    configs = [(where, config) for where, config in _configs(name, folder) if config]
    modules = _read(name, folder / "modules.json") or []
    for where, config in configs:
        own = config.get("auto_map")
        if own:
            raise UserError(
                f"base model {name}: {where} names code of its own (auto_map: {_sample(own)}), which attune does not "
                "run. Take another base model; or, where the installed transformers knows the architecture "
                f"({config.get('model_type')}) itself, give a copy of the folder whose {where} has no auto_map."
            )
    for module in modules:
        kind = str(module.get("type")) if isinstance(module, dict) else str(module)
        if not kind.startswith("sentence_transformers."):
            raise UserError(
                f"base model {name}: modules.json names {kind[:80]!r}, code of its own, which attune does not run. "
                "Take another base model, or a copy of this one that is built of sentence-transformers' own modules."
            )
        if kind.rsplit(".", 1)[-1] not in MODULES:
            raise UserError(
                f"base model {name}: modules.json names {kind[:80]!r}, which is none of the modules that attune "
                f"trains and serves ({', '.join(sorted(MODULES))}). Take a base model that gives one dense "
                "vector for a text."
            )
    for place in _weighted(folder, modules, bool(configs)):
        _refuse_pickles(name, place)


def _weighted(folder: Path, modules: list[Any], has_config: bool) -> list[Path]:
    """Folders that must hold weights."""
    if not modules:
        return [folder] if has_config else []
    return [folder / module["path"] for module in modules if module["type"].rsplit(".", 1)[-1] in WEIGHTED]


def _refuse_pickles(name: str, place: Path) -> None:
    if any(place.glob("*.safetensors")):
        return
    found = sorted({file.name for pattern in PICKLES for file in place.glob(pattern)})
    lies = f"weights are in {', '.join(found[:5])}" if found else "weights were not found"
    raise UserError(
        f"base model {name}: its {lies}, expected .safetensors files: pickled weights run code when they are loaded. "
        "Name a revision that has them (owner/name@revision), or save the model once with "
        "SentenceTransformer(...).save_pretrained(folder), and give that folder."
    )


def refuse_too_few_positions(name: str, folder: Path, max_seq_length: int) -> None:
    """Raises: UserError when the model cannot read so many tokens of a text."""
    positions = positions_of(folder)
    if positions is not None and max_seq_length > positions:
        raise UserError(
            f"train.maxSeqLength: found {max_seq_length}, but the base model {name} reads at most {positions} tokens. "
            f"Set it to {positions} or less, or take a base model with longer input."
        )


def positions_of(folder: Path) -> int | None:
    """Tokens of a text that the model has positions for; None where that is not limited, or not told."""
    limits = [positions_in(config) for _, config in _configs(folder.name, folder)]
    return next((limit for limit in limits if limit), None)


def width_of(name: str, folder: Path) -> int | None:
    """Dimensions of the vectors: of the last module that says so, else the hidden size; None where neither tells."""
    modules = [module for module in _read(name, folder / "modules.json") or [] if isinstance(module, dict)]
    told = [_read(name, folder / str(module.get("path", "")) / CONFIG) for module in reversed(modules)]
    widths = [part.get(key) for part in told if isinstance(part, dict) for key in WIDTHS]
    widths += [config.get("hidden_size") for _, config in _configs(name, folder)]
    return next((width for width in widths if isinstance(width, int)), None)


def _configs(name: str, folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """File → content, of the model itself and of its first module."""
    files = [folder / CONFIG, *sorted(folder.glob(f"0_*/{CONFIG}"))]
    found = [(file.relative_to(folder).as_posix(), _read(name, file)) for file in files]
    return [(where, config) for where, config in found if isinstance(config, dict)]


def _read(name: str, file: Path) -> Any:
    try:
        return read_json(file)
    except ModelRefused as error:
        raise UserError(f"base model {name}: {error}. Take another base model, or fix its files.") from error


def _sample(own: Any) -> str:
    first = next(iter(own.values()), "") if isinstance(own, dict) else own
    return json.dumps(first)[:80]

"""A model's own files, read as what they say of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

MAX_CONFIG_BYTES = 16_000_000


class ModelRefused(ValueError):
    """The model's own files are at fault: they ask for what is absurd or unsafe, or their tokenizer gives up."""


def read_json(path: Path) -> Any:
    if path.is_file() and path.stat().st_size > MAX_CONFIG_BYTES:
        raise ModelRefused(f"{path.name} has more than {MAX_CONFIG_BYTES:,} bytes")
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (ValueError, RecursionError) as error:
        raise ModelRefused(f"{path.name} is not JSON that can be read ({type(error).__name__})") from error


def read_manifest(folder: Path) -> dict[str, Any]:
    """What training wrote beside the model: base, dimensions, maxSeqLength, prompts, dataHash. Models of before have
    it as manifest.json; {} for one that training did not write."""
    manifest: dict[str, Any] = read_json(folder / "attune.json") or read_json(folder / "manifest.json")
    return manifest


def plain_transformer(folder: Path) -> tuple[Path, str] | None:
    """The transformer's folder and its pooling, "mean" or "cls"; None where the model is more than that, and only
    sentence-transformers can run it."""
    modules = read_json(folder / "modules.json") or []
    kinds = [module["type"].rsplit(".", 1)[-1] for module in modules]
    if kinds[:2] != ["Transformer", "Pooling"] or kinds[2:] not in ([], ["Normalize"]):
        return None
    transformer = folder / modules[0]["path"]
    pooling = _pooling(read_json(folder / modules[1]["path"] / "config.json"))
    lower_case = read_json(transformer / "sentence_bert_config.json").get("do_lower_case")
    fast = (transformer / "tokenizer.json").is_file()
    decodes = read_json(transformer / "config.json").get("is_encoder_decoder")
    return (transformer, pooling) if pooling and fast and not lower_case and not decodes else None


def _pooling(config: dict[str, Any]) -> str | None:
    """ "mean" or "cls" by either form of the pooling module's config; None for every other way."""
    if config.get("include_prompt") is False:
        return None
    modes = [name for name, on in config.items() if name.startswith("pooling_mode_") and on is True]
    mode = (
        {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}.get(modes[0])
        if len(modes) == 1
        else None
    )
    return mode or (config.get("pooling_mode") if config.get("pooling_mode") in ("mean", "cls") else None)


def content_of(token: str | dict[str, Any] | None) -> str:
    """A special token's text, by either form of tokenizer_config.json; "" for none."""
    return (token.get("content") or "") if isinstance(token, dict) else (token or "")


OFFSET_POSITIONS = re.compile(r"roberta|camembert|mpnet|longformer|data2vec-text|ibert|luke|xmod|lilt|markuplm|esm")
"""In a type of models of which the first positions are the padding's (transformers,
create_position_ids_from_input_ids)."""


def positions_in(config: dict[str, Any]) -> int | None:
    """Tokens of a text that a transformer has positions for; None where it has no table of them.

    Args:
        config: its config.json.
    """
    positions = config.get("max_position_embeddings")
    if not positions:
        return None
    if not OFFSET_POSITIONS.search(str(config.get("model_type"))):
        return int(positions)
    padding = config.get("pad_token_id")
    return int(positions) - (1 if padding is None else int(padding)) - 1

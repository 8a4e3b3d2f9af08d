"""What stands before a text, by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NAMES = {"query": ("query",), "document": ("document", "passage", "corpus")}
"""Kind → the names under which models store its prompt, as sentence-transformers looks them up."""

Prompts = Mapping[str, str]
"""Kind → prompt, "" for none; both kinds of `NAMES`."""


def prompts_in(config: Mapping[str, Any]) -> dict[str, str]:
    """Of a model's config_sentence_transformers.json: each kind's own prompt, else the default one, else none."""
    stored: Mapping[str, str] = config.get("prompts") or {}
    default = stored.get(config.get("default_prompt_name") or "", "")
    return {
        kind: next((stored[name] for name in names if name in stored), default) or "" for kind, names in NAMES.items()
    }

"""The part of the resolved spec that the jobs read. The defaults are those of the TypeScript schema."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import UserError

DATA_FORMS = ("pairs", "beir", "documents")


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    dev: float = 0.1
    """Share of groups held out to choose the checkpoint, in (0, 0.5)."""

    test: float = 0.1
    """Share of groups held out for the evaluation, in (0, 0.5)."""

    seed: int = 0
    """Another seed gives another split."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PrepareSpec:
    form: str
    """One of `DATA_FORMS`: which inputs there are."""

    base: str
    """Hub id, folder or S3 prefix of the model whose tokenizer counts and cuts."""

    max_seq_length: int
    """Tokens that the model will read of a text, special tokens included."""

    split: Split


def read_prepare_spec(path: Path) -> PrepareSpec:
    """Raises: UserError when the file is missing, not JSON, or names no form of data."""
    spec = read_spec(path)
    data = spec.get("data") or {}
    if data.get("pairs"):
        form = "pairs"
    elif data.get("documents"):
        form = "documents"
    elif data.get("corpus") and data.get("queries") and data.get("qrels"):
        form = "beir"
    else:
        raise UserError(
            f"spec.data: found {sorted(data)}, expected pairs, or documents, or corpus with queries and qrels. "
            "Name exactly one form of data."
        )
    split = data.get("split") or {}
    return PrepareSpec(
        form=form,
        base=spec.get("base") or "sentence-transformers/all-MiniLM-L6-v2",
        max_seq_length=int((spec.get("train") or {}).get("maxSeqLength", 128)),
        split=Split(
            dev=float(split.get("dev", 0.1)), test=float(split.get("test", 0.1)), seed=int(split.get("seed", 0))
        ),
    )


def read_spec(path: Path) -> dict[str, Any]:
    """The resolved spec as it stands in the file. Raises: UserError when it is missing or no JSON object."""
    try:
        spec = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"spec {path}: cannot be read ({error.strerror}). Pass the resolved spec.") from error
    except ValueError as error:
        raise UserError(f"spec {path}: not JSON ({error}).") from error
    if not isinstance(spec, dict):
        raise UserError(f"spec {path}: found {type(spec).__name__}, expected an object.")
    return spec

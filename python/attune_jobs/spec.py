"""The part of the resolved spec that the jobs read. Resolved: every default is filled in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import UserError

DATA_FORMS = {"pairs": ("pairs",), "beir": ("corpus", "queries", "qrels"), "documents": ("documents",)}
"""Form → the sources that make it. A spec has those of one form; a test holds the table equal to the spec's schema."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    dev: float
    """Share of groups held out to choose the checkpoint, in (0, 1)."""

    test: float
    """Share of groups held out for the evaluation, in (0, 1); with `dev` below 1."""

    seed: int
    """Another seed gives another split."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PrepareSpec:
    form: str
    """One of `DATA_FORMS`: which inputs there are."""

    sources: dict[str, str]
    """Input → the S3 URI that it comes from."""

    base: str
    """Hub id, folder or S3 prefix of the model whose tokenizer counts and cuts."""

    max_seq_length: int
    """Tokens that the model will read of a text, special tokens included."""

    split: Split

    bases_compared: bool = False
    """Whether bases are compared as they are: each then reads as much of a text as it can."""

    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Role of a row's column (`query`, `document`, `id`, …) → the names that the data have for it."""

    kms_key: str | None = None
    """Of what the job writes to S3 itself. None: the bucket's own encryption."""


def read_prepare_spec(path: Path) -> PrepareSpec:
    """Raises: UserError when the file is missing, not JSON, or names no form of data."""
    spec = read_spec(path)
    data = spec["data"]
    form = next((form for form, sources in DATA_FORMS.items() if all(data.get(source) for source in sources)), None)
    if form is None:
        expected = ", or ".join(" and ".join(sources) for sources in DATA_FORMS.values())
        raise UserError(f"spec.data: found {sorted(data)}, expected {expected}. Name exactly one form of data.")
    split, columns = data["split"], data.get("columns", {})
    return PrepareSpec(
        form=form,
        sources=_named(data, DATA_FORMS[form]),
        base=spec["base"],
        max_seq_length=spec["train"]["maxSeqLength"],
        split=Split(dev=split["dev"], test=split["test"], seed=split["seed"]),
        columns={role: (names,) if isinstance(names, str) else tuple(names) for role, names in columns.items()},
        bases_compared=bool(spec.get("bases")),
        kms_key=spec.get("encryption", {}).get("outputKmsKeyId"),
    )


def _named(data: dict[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    """Of a list of sources the first has the input's name, the others a number too: pairs, pairs-2."""
    named: dict[str, str] = {}
    for name in names:
        sources = [data[name]] if isinstance(data[name], str) else data[name]
        named |= {name if at == 1 else f"{name}-{at}": source for at, source in enumerate(sources, start=1)}
    return named


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

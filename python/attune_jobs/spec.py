"""The part of the resolved spec that the jobs read. Resolved: every default is filled in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import UserError

DATA_FORMS = {"pairs": ("pairs",), "beir": ("corpus", "queries", "qrels"), "documents": ("documents",)}
"""Form → the sources that make it. A spec has those of one form; a test holds the table equal to the spec's schema."""

BESIDE = {"pairs": ("corpus", "test"), "beir": ("test",), "documents": ("test",)}
"""Form → the sources that it may have too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    dev: float
    """Share of groups held out to choose the checkpoint, in (0, 1)."""

    test: float
    """Share of groups held out for the evaluation, in (0, 1); with `dev` below 1."""

    seed: int
    """Another seed gives another split."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Questions:
    """Of a language model that writes questions for documents."""

    per_passage: int
    """Asked for of each passage."""

    most: int
    """Passages that it is asked about, at most."""

    kinds: dict[str, float]
    """Kind → its share among the others; at least one is above 0."""

    language: str | None
    """In words, such as German. None: each passage's own."""

    round_trip: int
    """A question stays if BM25 or the base finds its own passage among so many first ones; 0: all do."""

    headings: bool
    """Whether headings become questions too."""

    seed: int
    """Of the sample of passages."""


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

    prompts: dict[str, str] | None = None
    """Before each text, by kind. None: the base's own."""

    questions: Questions | None = None
    """None: nobody is asked for any."""

    bases_compared: bool = False
    """Whether bases are compared as they are: each then reads as much of a text as it can."""

    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Role of a row's column (`query`, `document`, `id`, …) → the names that the data have for it."""

    kms_key: str | None = None
    """Of what the job writes to S3 itself. None: the bucket's own encryption."""

    def has_ids(self) -> bool:
        """Whether a row can name passages by their ids."""
        return self.form != "pairs" or "corpus" in self.sources


def read_prepare_spec(path: Path) -> PrepareSpec:
    """Raises: UserError when the file is missing, not JSON, or names no form of data."""
    spec = read_spec(path)
    data = spec["data"]
    form = next((form for form, sources in DATA_FORMS.items() if all(data.get(source) for source in sources)), None)
    if form is None:
        expected = ", or ".join(" and ".join(sources) for sources in DATA_FORMS.values())
        raise UserError(f"spec.data: found {sorted(data)}, expected {expected}. Name exactly one form of data.")
    split = data["split"]
    asked = data.get("questions")
    examples = {"examples": asked["examples"]} if asked and asked.get("examples") else {}
    return PrepareSpec(
        form=form,
        sources={**named_sources(data, (*DATA_FORMS[form], *BESIDE.get(form, ()))), **examples},
        questions=asked and _questions(asked),
        base=spec["base"],
        max_seq_length=spec["train"]["maxSeqLength"],
        prompts=spec["train"].get("prompts"),
        split=Split(dev=split["dev"], test=split["test"], seed=split["seed"]),
        columns=columns_in(spec),
        bases_compared=bool(spec.get("bases")),
        kms_key=spec.get("encryption", {}).get("outputKmsKeyId"),
    )


def columns_in(spec: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Role of a row's column → the names that `data.columns` gives it."""
    columns = spec["data"].get("columns") or {}
    return {role: (names,) if isinstance(names, str) else tuple(names) for role, names in columns.items()}


def _questions(asked: dict[str, Any]) -> Questions:
    return Questions(
        per_passage=asked["perPassage"],
        most=asked["most"],
        kinds=asked["kinds"],
        language=asked.get("language"),
        round_trip=asked["roundTrip"],
        headings=asked["headings"],
        seed=asked["seed"],
    )


def named_sources(data: dict[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    """Of a list of sources the first has the input's name, the others a number too: pairs, pairs-2."""
    named: dict[str, str] = {}
    for name in names:
        if not data.get(name):
            continue
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

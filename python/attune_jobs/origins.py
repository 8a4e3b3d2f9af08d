"""Where questions come from: a score is worth what its questions are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

PEOPLE, HEADINGS, MODEL = "people", "headings", "model"
ORIGINS = (PEOPLE, HEADINGS, MODEL)
"""People asked or wrote them; they are headings of the documents; a language model wrote them. The first is not
written down: a question without an origin was given by a person."""

EVIDENCE = {"people": (PEOPLE,), "headings": (PEOPLE, HEADINGS), "generated": ORIGINS}
"""What each kind of the spec's `gate.evidence` admits."""

_WORDS = {PEOPLE: "by people", HEADINGS: "from headings", MODEL: "by a language model"}


def origin_of(question: Mapping[str, Any]) -> str:
    return str(question.get("origin") or PEOPLE)


def counts_of(origins: Iterable[str]) -> dict[str, int]:
    return in_order(Counter(origins))


def in_order(counts: Mapping[str, int]) -> dict[str, int]:
    """Without those that have none."""
    return {origin: counts[origin] for origin in ORIGINS if counts.get(origin)}


def in_words(counts: Mapping[str, int]) -> str:
    """ "all from headings", "120 by people, 293 from headings"; src/run/origins.ts says the same."""
    if len(counts) == 1:
        return f"all {_WORDS[next(iter(counts))]}"
    return ", ".join(f"{count:,} {_WORDS[origin]}" for origin, count in counts.items())

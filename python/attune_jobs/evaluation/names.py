"""The words and number forms of the report."""

from __future__ import annotations

import re
from html import escape
from typing import Any

SYSTEMS = {"bm25": "BM25", "base": "Base", "incumbent": "In service", "candidate": "Tuned"}
AGAINST = {"bm25": "against BM25", "base": "against the base", "incumbent": "against the one in service"}
THE = {"bm25": "BM25", "base": "the base", "incumbent": "the model in service", "candidate": "the tuned model"}
METRICS = {
    "ndcg@10": "nDCG@10",
    "mrr@10": "MRR@10",
    "map@100": "MAP@100",
    "recall@1": "Recall@1",
    "recall@5": "Recall@5",
    "recall@10": "Recall@10",
    "recall@50": "Recall@50",
}
SHORT = {"batchSize": "batch", "hardnessStrength": "hardness", "metric": "score"}
"""Where the words of its name are too many for an axis."""

MINUS = "\N{MINUS SIGN}"
NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"


def text(value: Any) -> str:
    """Safe inside HTML, in text and in attributes."""
    return escape(str(value))


def parameter(key: str) -> str:
    """What a search varies, by the spec's name: learningRate is the learning rate."""
    return SHORT.get(key) or re.sub(r"[A-Z]", lambda letter: f" {letter.group().lower()}", key)


def score(value: float) -> str:
    return f"{value:.3f}"


def signed(value: float) -> str:
    """+0.042, −0.010, and 0.000 without a sign."""
    rounded = f"{abs(value):.3f}"
    return rounded if float(rounded) == 0 else f"{'+' if value > 0 else MINUS}{rounded}"


def signed_range(low: float, high: float) -> str:
    return f"{signed(low)} to {signed(high)}"


def percent(share: float) -> str:
    return f"{share * 100:g}{NARROW_SPACE}%"


def rank(value: int | None) -> str:
    return "not in 100" if value is None else str(value)


def signed_percent(share: float) -> str:
    """+6.2 %."""
    return f"{'+' if share >= 0 else MINUS}{abs(share) * 100:.1f}{NARROW_SPACE}%"


def setting(value: Any) -> str:
    """A number without needless digits: 2e-05, 64, 0.1."""
    return f"{value:g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)

"""The learning rate where none is set: small models and few steps want the higher ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

STATIC = 0.05
"""Of static embeddings: each step moves the rows of its own tokens alone."""

BY_SIZE = ((384, 2e-4), (768, 1e-4), (math.inf, 4e-5))
"""Hidden size up to which → the rate of a short training."""

SHORT = 200
"""Steps. Of a longer training the rate falls with the root of its steps."""

LEAST_SHARE = 0.25
"""Of the rate of a short training, in the longest: 5e-5, 2.5e-5 and 1e-5, as the models' own authors train them."""


def learning_rate_for(model: SentenceTransformer, steps: int) -> float:
    """At its peak, for so many steps in all."""
    transformer = getattr(getattr(model[0], "auto_model", None), "config", None)
    if transformer is None:
        return STATIC
    rate = next(rate for size, rate in BY_SIZE if transformer.hidden_size <= size)
    return rate * max(LEAST_SHARE, min(1.0, math.sqrt(SHORT / max(1, steps))))

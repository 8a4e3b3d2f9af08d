"""How many pairs a GPU can embed at once."""

from __future__ import annotations

import math

SHARE = 0.6
"""Of the GPU's memory, for what the forward pass keeps; weights, gradients and optimizer take the rest."""


def pairs_that_fit(memory_bytes: int, *, tokens: int, hidden: int, layers: int, heads: int) -> int:
    """Pairs whose activations fit at 16 bits, rounded down to a power of two, at least 1.

    A transformer layer keeps tokens x (34 x hidden + 5 x heads x tokens) bytes of a text for the backward pass. A pair
    is two texts. Source: Korthikanti et al. 2022 (arXiv 2205.05198), section 4.1.
    """
    text = layers * tokens * (34 * hidden + 5 * heads * tokens)
    return 2 ** max(0, int(math.log2(max(1.0, memory_bytes * SHARE / (2 * text)))))

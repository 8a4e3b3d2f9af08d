"""Where numbers have 16 bits in training: what the model multiplies. Weights, gradients, loss and vectors have 32."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


def cpu_multiplies_bf16() -> bool:
    """With instructions of its own for it (AVX512-BF16, AMX) a CPU takes some 0.6 of the time a step; without, longer
    than in float32."""
    # Names of torch's own: a version that lacks one computes in float32.
    asked = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name, bool)() for name in asked)


@contextmanager
def as_served(model: torch.nn.Module) -> Iterator[None]:
    """The model in float32, as the endpoint computes it, while the trainer has its forward pass at 16 bits."""
    trained = model.__dict__.pop("forward", None)
    try:
        yield
    finally:
        if trained is not None:
            model.forward = trained

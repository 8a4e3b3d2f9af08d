"""The training recipe, as the job's hyperparameters give it.

An option of the spec's `train` is a field here by the same name in snake_case; a test holds names, defaults and bounds
equal to the spec's JSON Schema.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_type_hints

from ..errors import UserError
from .hyperparameters import Bounds, bounds_in, converted


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainConfig:
    base_model: str = "sentence-transformers/all-MiniLM-L6-v2"
    """Hub id, folder or S3 prefix."""

    start_from: str | None = None
    """Where the model lies from whose weights training goes on; the channel `incumbent` holds it. None: the base."""

    epochs: Annotated[int, Bounds(least=1)] = 2
    learning_rate: Annotated[float | None, Bounds(above=0, below=1)] = None
    """At its peak. None: by the size of the base and the number of steps."""

    batch_size: Annotated[int, Bounds(least=2)] = 64
    """Pairs a step. Every other passage in the batch is a negative: larger is better."""

    max_seq_length: Annotated[int, Bounds(least=8)] = 128
    """Tokens, special ones included; what is longer is cut, in training and serving alike."""

    dimensions: Annotated[tuple[int, ...], Bounds(least=8)] = ()
    """Matryoshka sizes, largest first. Empty: the model's own size, halved down to 64, from 256 on."""

    prompts: dict[str, str] | None = None
    """Before each text, by kind: query, document. None: the base's own."""

    scale: Annotated[float, Bounds(above=0)] = 20.0
    """Inverse temperature of the ranking loss."""

    warmup: Annotated[float, Bounds(least=0, below=1)] = 0.1
    """Share of steps."""

    weight_decay: Annotated[float, Bounds(least=0)] = 0.01
    seed: Annotated[int, Bounds(least=0)] = 42
    evaluations_per_epoch: Annotated[int, Bounds(least=1)] = 1
    max_pairs: Annotated[int | None, Bounds(least=1)] = None
    """At most this many pairs, a seeded sample. None: all."""

    hardness_strength: Annotated[float, Bounds(least=0)] = 0.0
    """Weight of the hardest in-batch negatives in the loss. 0: all weigh the same."""

    negatives: Annotated[int, Bounds(least=0)] = 1
    """Hard negatives of each pair, where the data has any: each is embedded too. 0: none."""

    mini_batch_size: Annotated[int | None, Bounds(least=1)] = None
    """Pairs embedded at once, at the same batch and loss. None: by the GPU's memory; on CPU the whole batch."""

    checkpoint_seconds: float | None = None
    """Between checkpoints: an interruption costs at most this much work. None: as often as it costs little."""

    stop_after_seconds: float | None = None
    """Write a checkpoint and end after so long, as a job that ran out of its budget. None: never."""

    def __post_init__(self) -> None:
        for name, hint in HINTS.items():
            bounds_in(hint).check(name, getattr(self, name))
        if list(self.dimensions) != sorted(set(self.dimensions), reverse=True):
            raise UserError(f"dimensions: found {list(self.dimensions)}, expected different sizes, largest first.")


HINTS: dict[str, Any] = get_type_hints(TrainConfig, include_extras=True)
"""The annotation of each field: the one statement of its type and its bounds."""


def parse_config(argv: Sequence[str]) -> TrainConfig:
    """From `--key value` arguments, as script mode passes hyperparameters; an empty value is the same as none.

    Raises: UserError that names the argument, for unknown names and unfit values.
    """
    parser = argparse.ArgumentParser(prog="train.py", exit_on_error=False, add_help=False)
    for name in HINTS:
        parser.add_argument(f"--{name}")
    try:
        given, unknown = parser.parse_known_args(list(argv))
    except argparse.ArgumentError as error:
        raise UserError(f"hyperparameters: {error}") from error
    if unknown:
        raise UserError(f"hyperparameters: found {' '.join(unknown)}, expected only {', '.join(HINTS)}.")
    texts = {name: text for name, text in vars(given).items() if text not in (None, "", "None")}
    return TrainConfig(**{name: converted(name, text, HINTS[name]) for name, text in texts.items()})

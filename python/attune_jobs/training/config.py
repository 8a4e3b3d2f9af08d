"""The training recipe, as the job's hyperparameters give it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from ..errors import UserError

_LEAST = {
    "epochs": 1,
    "batch_size": 2,
    "max_seq_length": 8,
    "evaluations_per_epoch": 1,
    "mini_batch_size": 1,
    "hardness_strength": 0,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainConfig:
    base_model: str = "sentence-transformers/all-MiniLM-L6-v2"
    """Hub id, folder or S3 prefix."""

    start_from: str | None = None
    """Where the model lies from whose weights training goes on; the channel `incumbent` holds it. None: the base."""

    epochs: int = 2
    learning_rate: float = 5e-5
    batch_size: int = 64
    """Pairs a step. Every other passage in the batch is a negative: larger is better."""

    max_seq_length: int = 128
    """Tokens, special ones included; what is longer is cut, in training and serving alike."""

    dimensions: tuple[int, ...] = ()
    """Matryoshka sizes, largest first. Empty: the model's own size, halved down to 64, from 256 on."""

    scale: float = 20.0
    """Inverse temperature of the ranking loss."""

    warmup: float = 0.1
    """Share of steps."""

    weight_decay: float = 0.01
    seed: int = 42
    evaluations_per_epoch: int = 1
    max_pairs: int | None = None
    """At most this many pairs, a seeded sample. None: all."""

    hardness_strength: float = 0.0
    """Weight of the hardest in-batch negatives in the loss. 0: all weigh the same."""

    mini_batch_size: int | None = None
    """Pairs embedded at once, at the same batch and loss. None: by the GPU's memory; on CPU the whole batch."""

    checkpoint_seconds: float | None = None
    """Between checkpoints: an interruption costs at most this much work. None: as often as it costs little."""

    stop_after_seconds: float | None = None
    """Write a checkpoint and end after so long, as a job that ran out of its budget. None: never."""

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            if (value := getattr(self, name)) is not None and value < least:
                raise UserError(f"{name}: found {getattr(self, name)}, expected at least {least}.")
        if not 0 < self.learning_rate < 1:
            raise UserError(f"learning_rate: found {self.learning_rate}, expected more than 0 and less than 1.")
        if not 0 <= self.warmup < 1:
            raise UserError(f"warmup: found {self.warmup}, expected a share of the steps from 0 to below 1.")
        if any(size < 1 for size in self.dimensions) or list(self.dimensions) != sorted(set(self.dimensions))[::-1]:
            raise UserError(f"dimensions: found {list(self.dimensions)}, expected different sizes, largest first.")


def parse_config(argv: Sequence[str]) -> TrainConfig:
    """From `--key value` arguments, as script mode passes hyperparameters; an empty value is the same as none.

    Raises: UserError that names the argument, for unknown names and unfit values.
    """
    parser = argparse.ArgumentParser(prog="train.py", exit_on_error=False, add_help=False)
    for field in fields(TrainConfig):
        parser.add_argument(f"--{field.name}")
    try:
        given, unknown = parser.parse_known_args(list(argv))
    except argparse.ArgumentError as error:
        raise UserError(f"hyperparameters: {error}") from error
    if unknown:
        known = ", ".join(field.name for field in fields(TrainConfig))
        raise UserError(f"hyperparameters: found {' '.join(unknown)}, expected only {known}.")
    values = {name: value for name, value in vars(given).items() if value not in (None, "", "None")}
    converted: dict[str, Any] = {name: _converted(name, value) for name, value in values.items()}
    return TrainConfig(**converted)


_INTEGERS = {
    *("epochs", "batch_size", "max_seq_length", "seed", "evaluations_per_epoch", "max_pairs", "mini_batch_size"),
}


def _converted(name: str, value: str) -> object:
    if name in ("base_model", "start_from"):
        return value
    try:
        if name == "dimensions":
            return tuple(int(size) for size in json.loads(value))
        return int(value) if name in _INTEGERS else float(value)
    except (ValueError, TypeError) as error:
        wanted = "a list such as [384, 256]" if name == "dimensions" else "a number"
        raise UserError(f"{name}: found {value!r}, expected {wanted}.") from error

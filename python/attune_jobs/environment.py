"""What the training toolkit tells the script, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import UserError


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingEnvironment:
    """Folders of one training job. Under AWS they lie in /opt/ml; elsewhere the toolkit names other ones."""

    train: Path
    """Channel with pairs.jsonl."""

    dev: Path | None
    """Channel with queries.jsonl, qrels.tsv and corpus.jsonl."""

    corpus: Path | None
    """Channel with corpus.jsonl: every passage, of which the dev questions are asked among the hard ones."""

    base: Path | None
    """Channel with the base model's files, where it comes from S3."""

    incumbent: Path | None
    """Channel with the model.tar.gz that training goes on from, instead of the base."""

    wheelhouse: Path | None
    """Channel with wheels, where packages come from there."""

    model: Path
    """Becomes model.tar.gz."""

    checkpoints: Path
    """Synchronised with S3 while the job runs; holds the interrupted try's checkpoint when the job starts again."""

    gpus: int

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> TrainingEnvironment:
        """Raises: UserError when the script was not started by the training toolkit."""
        missing = [name for name in ("SM_MODEL_DIR", "SM_CHANNEL_TRAIN", "SM_OUTPUT_DIR") if not variables.get(name)]
        if missing:
            raise UserError(
                f"{', '.join(missing)} not set. train.py runs in SageMaker script mode, with a channel named 'train'; "
                "the training toolkit sets these variables."
            )
        model = Path(variables["SM_MODEL_DIR"])
        return cls(
            train=Path(variables["SM_CHANNEL_TRAIN"]),
            dev=_optional(variables, "SM_CHANNEL_DEV"),
            corpus=_optional(variables, "SM_CHANNEL_CORPUS"),
            base=_optional(variables, "SM_CHANNEL_BASE"),
            incumbent=_optional(variables, "SM_CHANNEL_INCUMBENT"),
            wheelhouse=_optional(variables, "SM_CHANNEL_WHEELHOUSE"),
            model=model,
            checkpoints=model.parent / "checkpoints",
            gpus=int(variables.get("SM_NUM_GPUS", "0")),
        )


def _optional(variables: Mapping[str, str], name: str) -> Path | None:
    value = variables.get(name)
    return Path(value) if value else None

"""The weights that training starts from: the base model's, or those of the model in service."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..base_model import resolve_base_model
from ..environment import TrainingEnvironment
from ..errors import UserError
from ..hub import split_revision
from ..serving.endpoint.files import read_manifest
from ..serving.package import check_package, unpack
from .config import TrainConfig


@dataclass(frozen=True, slots=True)
class Start:
    folder: Path
    name: str
    """In sentences: "the base model"."""

    record: dict[str, Any] | None
    """For the manifest: where the model lies that training went on from, and the data it had. None: the base."""


def find_start(config: TrainConfig, environment: TrainingEnvironment, scratch: Path) -> Start:
    """Unpacks the model in service into `scratch`, where the job was given one.

    Raises: UserError when the model is nowhere, is no package of attune's, or was fitted from another base.
    """
    if config.start_from is None:
        return Start(resolve_base_model(config.base_model, environment.base), "the base model", None)
    folder = _unpacked(config.start_from, environment.incumbent, scratch)
    manifest = read_manifest(folder)
    base = manifest.get("base")
    # Of one model another commit may be meant by now: what is gone on from is its fitted weights.
    if base is None or split_revision(base)[0] != split_revision(config.base_model)[0]:
        raise UserError(
            f"train.startFrom: the model in service ({config.start_from}) was fitted from {base}, the spec's base is "
            f"{config.base_model}. Write startFrom: base, or base: {base}."
        )
    record = {"model": config.start_from, "dataHash": manifest.get("dataHash")}
    return Start(folder, "the model in service", record)


def _unpacked(source: str, channel: Path | None, scratch: Path) -> Path:
    archives = sorted(channel.glob("*.tar.gz")) if channel is not None and channel.is_dir() else []
    if not archives:
        raise UserError(f"start_from: no archive of {source}. The job needs it as the channel 'incumbent'.")
    folder = unpack(archives[0], scratch / "incumbent")
    check_package(folder)
    return folder

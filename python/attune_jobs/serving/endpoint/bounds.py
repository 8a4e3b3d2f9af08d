"""What a model's files may ask for: nothing outside of its folder, and no more than its weights can have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .files import ModelRefused, read_json
from .tokens import is_panic
from .words import ECHOED, name_of

LAYERS = re.compile(r"(layers?|blocks?|experts|stages|depths?)$")

FEW_LAYERS = 256
"""Numbers in a config that are built one by one: no more than the weights have tensors, or than these few."""

SIZES = re.compile(r"(_size|_dim|_heads|_embeddings|_positions|_features|_channels|_dimension)$")

SMALL_SIZE = 10_000_000
"""Numbers in a config that become the side of a table: no more than the weights have bytes, or than this."""


@contextmanager
def reading_model() -> Iterator[None]:
    """Whatever the reading of a model's files throws is the files' fault, and said as such; but for want of memory."""
    try:
        yield
    except BaseException as error:
        starved = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
        if isinstance(error, ModelRefused) or starved or not (isinstance(error, Exception) or is_panic(error)):
            raise
        if "trust_remote_code" in str(error):
            raise ModelRefused("it runs code of its own, which attune does not load") from error
        raise ModelRefused(f"it cannot be loaded ({type(error).__name__}: {str(error)[:300]})") from error


def check_model(folder: Path) -> None:
    """What a model's files ask for, held against the weights that are there, before anything is built of them.

    Raises: ModelRefused for a module outside of the folder, and for sizes that the weights cannot have.
    """
    with reading_model():
        places = [folder]
        for module in read_json(folder / "modules.json") or []:
            path = module["path"]
            if not isinstance(path, str):
                raise ModelRefused(f"modules.json names a path that is {name_of(path)}, expected a text")
            if Path(path).is_absolute() or ".." in Path(path).parts:
                raise ModelRefused(f"modules.json names the path {path!r}, which leads out of the model's folder")
            places.append(folder / path)
        files = {file for place in places for file in place.glob("*.safetensors")}
        tensors = sum(_tensors(file) for file in files)
        size = sum(file.stat().st_size for place in places for file in place.glob("*.bin"))
        size += sum(file.stat().st_size for file in files)
        for file in {place / "config.json" for place in places}:
            _check_sizes(file.name, read_json(file), tensors, size)


def _tensors(file: Path) -> int:
    """How many tensors a safetensors file declares."""
    with file.open("rb") as content:
        length = int.from_bytes(content.read(8), "little")
        if length > min(100_000_000, file.stat().st_size - 8):
            raise ModelRefused(f"{file.name} declares a header of {length:,} bytes, more than it holds")
        header = json.loads(content.read(length))
    if not isinstance(header, dict):
        raise ModelRefused(f"{file.name} has a header that is {name_of(header)}, expected an object")
    return len(header)


def _check_sizes(where: str, config: Any, tensors: int, size: int) -> None:
    if not isinstance(config, dict):
        raise ModelRefused(f"{where} is {name_of(config)}, expected an object")
    for key, value in config.items():
        if isinstance(value, dict):
            _check_sizes(f"{where}: {key}", value, tensors, size)
        most = max(tensors, FEW_LAYERS) if LAYERS.search(key) else max(size, SMALL_SIZE)
        if not LAYERS.search(key) and not SIZES.search(key):
            continue
        for number in value if isinstance(value, list) else [value]:
            if isinstance(number, int) and not 0 <= number <= most:
                raise ModelRefused(
                    f"{where} sets {key} to {str(number)[:ECHOED]}, expected 0 to {most:,} for weights of "
                    f"{size:,} bytes in {tensors:,} tensors"
                )


def refuse_not_finite(weights: Iterable[tuple[str, Any]]) -> None:
    """Raises: ModelRefused that names the first tensor with a NaN or an infinity: each vector would be one."""
    for name, tensor in weights:
        if not bool(tensor.isfinite().all()):
            raise ModelRefused(f"its weights {name} hold what is not a finite number. Train or download it anew")

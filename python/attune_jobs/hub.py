"""The Hugging Face hub: which commit a revision is, and its files. What passes is waited out, the rest is told apart.

`HF_ENDPOINT` names another hub, `HF_TOKEN` says in whose name it is asked, `HTTPS_PROXY` by which way.
"""

from __future__ import annotations

import http.client
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from .errors import UserError, printable

FILES = ["*.json", "*.txt", "*.model", "*.safetensors", "*/*.json", "*/*.txt", "*/*.safetensors"]
NOT_FILES = ["onnx/*", "openvino/*"]

PATIENCE_SECONDS = 300.0
"""For a hub that is busy, broken or out of reach: jobs without a VPC share addresses, whose requests a hub counts as
one's."""

ANSWER_SECONDS = 15.0
FIRST_WAIT_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 60.0

_T = TypeVar("_T")


class HubRefused(UserError):
    """The message says what came back, and what to do."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    folder: Path
    commit: str


def endpoint() -> str:
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"


def split_revision(base: str) -> tuple[str, str | None]:
    """`owner/name@revision`: a branch, a tag or a commit. None: the hub's default branch, or no hub id."""
    if base.startswith(("/", ".", "~", "s3:")):
        return base, None
    name, _, revision = base.partition("@")
    return name, revision or None


def commit_of(base: str) -> str:
    """The commit that a model's revision is now. Raises: HubRefused."""
    name, revision = split_revision(base)
    url = f"{endpoint()}/api/models/{name}/revision/{urllib.parse.quote(revision or 'main', safe='')}"
    headers = {"Authorization": f"Bearer {token}"} if (token := os.environ.get("HF_TOKEN")) else {}

    def ask() -> str:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=ANSWER_SECONDS) as answer:
            commit: str = json.load(answer)["sha"]
        return commit

    return _patiently(base, ask)


def download(base: str, commit: str) -> Snapshot:
    """The files of a commit, by way of the local cache. Raises: HubRefused."""
    from huggingface_hub import snapshot_download

    name, _ = split_revision(base)
    folder = _patiently(
        base,
        lambda: snapshot_download(
            name,
            revision=commit,
            allow_patterns=FILES,
            ignore_patterns=NOT_FILES,
            endpoint=endpoint(),
            token=os.environ.get("HF_TOKEN") or False,
        ),
    )
    return Snapshot(Path(folder), commit)


def cached(base: str) -> Snapshot | None:
    """What lies in the local cache. Raises: UserError for what is no hub id at all."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    name, revision = split_revision(base)
    try:
        folder = snapshot_download(
            name, revision=revision, local_files_only=True, allow_patterns=FILES, ignore_patterns=NOT_FILES
        )
    except HFValidationError as error:
        raise UserError(f"base {base!r}: neither a folder, nor an S3 prefix, nor a valid hub id ({error}).") from error
    except (LocalEntryNotFoundError, OSError):
        return None
    # The cache keeps each commit below its name.
    return Snapshot(Path(folder), Path(folder).name)


@dataclass(frozen=True, slots=True)
class _Answer:
    words: str
    status: int | None = None
    code: str = ""
    """The hub's own, from X-Error-Code."""
    retry_after: float | None = None

    @property
    def passes(self) -> bool:
        return self.status is None or self.status in {408, 429} or self.status >= 500


def _patiently(base: str, ask: Callable[[], _T]) -> _T:
    deadline = time.monotonic() + PATIENCE_SECONDS
    wait = FIRST_WAIT_SECONDS
    while True:
        try:
            return ask()
        except Exception as error:
            answer = _answer(error)
            if answer is None:
                raise
            pause = min(max(wait, answer.retry_after or 0.0), LONGEST_WAIT_SECONDS)
            if not answer.passes or time.monotonic() + pause > deadline:
                raise HubRefused(f"base {base}: {_sentence(base, answer)}") from error
        print(f"Base model {base}: {endpoint()} {answer.words}; asked again in {pause:.0f} s", flush=True)
        time.sleep(pause)
        wait = min(2 * wait, LONGEST_WAIT_SECONDS)


def _answer(error: BaseException) -> _Answer | None:
    """What the hub said, or that it said nothing; None for what has nothing to do with it."""
    for each in _chain(error):
        if isinstance(each, urllib.error.HTTPError):
            return _told(each.code, each.headers.get)
        response = getattr(each, "response", None)
        if response is not None and getattr(response, "status_code", None) is not None:
            return _told(response.status_code, response.headers.get)
    clients = ("huggingface_hub", "httpx", "httpcore", "requests", "urllib3")
    silent = isinstance(error, OSError | http.client.HTTPException) or type(error).__module__.startswith(clients)
    return _Answer(printable(f"does not answer ({error})")) if silent else None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _told(status: int, header: Callable[[str], str | None]) -> _Answer:
    after = header("Retry-After") or ""
    code = header("X-Error-Code") or ""
    words = f"answers {status}{f' {printable(code)}' if code else ''}"
    return _Answer(words, status, code, float(after) if after.isdigit() else None)


_TOKEN = "compute.<stage>.environment: {HF_TOKEN: {secretArn: ...}}"


def _sentence(base: str, answer: _Answer) -> str:
    name, revision = split_revision(base)
    copy = "name an S3 prefix or a local folder that holds the model"
    page = f"{endpoint()}/{name}"
    if answer.status is None:
        return (
            f"{endpoint()} {answer.words}, and this for {PATIENCE_SECONDS / 60:.0f} minutes. Give the job a network "
            f"route to it, a proxy (HTTPS_PROXY) or another hub (HF_ENDPOINT) in its environment, or {copy}."
        )
    if answer.passes:
        return (
            f"{endpoint()} {answer.words}, and this for {PATIENCE_SECONDS / 60:.0f} minutes. Run again later, ask in "
            f"the name of an account, which may ask more often ({_TOKEN}), or {copy}."
        )
    if answer.code == "GatedRepo" or answer.status == 403:
        return (
            f"{page} is gated ({answer.words}): its files are for those who have accepted its terms. Accept them "
            f"there, and give the token of that account ({_TOKEN}); or {copy}."
        )
    if answer.code == "RevisionNotFound":
        return (
            f"{page} has no revision {revision or 'main'} ({answer.words}). Name a branch, a tag or a commit that "
            "stands there."
        )
    if answer.code == "EntryNotFound":
        return f"{page} lacks a file that its own list names ({answer.words}). Name another revision, or {copy}."
    if answer.status in {401, 404}:
        return (
            f"{endpoint()} knows no model {name}, or shows it to others only ({answer.words}). Correct the name; of a "
            f"private model give a token of an account that may read it ({_TOKEN}); or {copy}."
        )
    return f"{endpoint()} {answer.words}. See what stands at {page}, or {copy}."

"""Inputs that lie in S3 under the SHA-256 of their content are held against it before anything is read of them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from .errors import UserError

_ADDRESSED = re.compile(r"s3://.+/inputs/(?P<sha256>[0-9a-f]{64})/(?P<name>[^/]+)(?P<folder>/?)")
"""As src/client/inputs/contentAddress.ts names what it uploads. Other URIs are whoever wrote them."""


def check_input(what: str, uri: str, folder: Path) -> None:
    """Nothing is compared where the URI holds no digest, or where nothing arrived: whoever reads it says so.

    Args:
        what: the input's path in the spec, for the message.
        uri: where the spec says that it lies.
        folder: into which SageMaker downloaded it.
    Raises: UserError when what arrived has another digest than the one in the URI.
    """
    named = _ADDRESSED.fullmatch(uri)
    if named is None or not folder.is_dir():
        return
    files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    if not files:
        return
    if named["folder"]:
        found = manifest_digest(files)
    elif list(files) == [named["name"]]:
        found = _sha256(files[named["name"]])
    else:
        found = f"none, because there is more than one file ({', '.join(sorted(files)[:5])})"
    if found != named["sha256"]:
        raise _other(what, uri, found)


def check_file(what: str, uri: str, file: Path) -> None:
    """The same of one file, which may have another name by now."""
    named = _ADDRESSED.fullmatch(uri)
    if named is not None and not named["folder"] and _sha256(file) != named["sha256"]:
        raise _other(what, uri, _sha256(file))


def _other(what: str, uri: str, found: str) -> UserError:
    return UserError(
        f"{what}: what arrived of {uri} is not what its name says: its SHA-256 is {found}. Somebody has written "
        "below inputs/ in the bucket. See who may, delete what lies there, and submit again from the files."
    )


def manifest_digest(files: dict[str, Path]) -> str:
    """Of the lines "<sha256>  <name>" for each file, in the order that JavaScript sorts names: by UTF-16 units."""
    names = sorted(files, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    lines = "".join(f"{_sha256(files[name])}  {name}\n" for name in names)
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()

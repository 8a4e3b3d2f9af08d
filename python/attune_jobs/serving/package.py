"""model.tar.gz: what may be in it, and how it is unpacked."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

from ..errors import UserError

RULE: dict[str, Any] = json.loads(Path(__file__).with_name("package_rule.json").read_text(encoding="utf-8"))
"""`required` files, the suffix of the `weights`, suffixes of `pickles`, whose loading runs code. The build makes it
from src/run/modelPackage.ts; by the same rule the package is checked once more before it is deployed."""


def check_package(model_dir: Path) -> None:
    """Raises: UserError that lists every fault: links, pickled weights, required files that are missing."""
    faults = []
    for path in sorted(model_dir.rglob("*")):
        name = path.relative_to(model_dir).as_posix()
        if path.is_symlink():
            faults.append(f"{name} is a link")
        elif is_pickle(path):
            faults.append(f"{name} may be a pickle, which runs code when it is loaded")
    faults += [f"{name} is missing" for name in RULE["required"] if not (model_dir / name).is_file()]
    if not any(model_dir.rglob(f"*{RULE['weights']}")):
        faults.append(f"no weights: expected a {RULE['weights']} file")
    if faults:
        raise UserError(
            f"model package: {'; '.join(faults)}. Train again, or mend the script that writes the package."
        )


def is_pickle(path: Path) -> bool:
    return path.name.endswith(tuple(RULE["pickles"]))


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack a model.tar.gz into `folder`, which is made.

    Raises: UserError when it is no archive, or holds links or paths that lead out of the folder.
    """
    try:
        with tarfile.open(archive, "r:*") as tar:
            members = tar.getmembers()
            links = [member.name for member in members if not (member.isfile() or member.isdir())]
            if links:
                raise UserError(f"{archive.name}: {links[0]} is neither a file nor a folder. Pack plain files only.")
            tar.extractall(folder, members, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise UserError(
            f"{archive.name}: cannot be unpacked ({error}). Expected a model.tar.gz of a finished training."
        ) from error
    return folder

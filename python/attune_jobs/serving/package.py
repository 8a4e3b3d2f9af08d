"""model.tar.gz: the code and what else may be in it, and how it is unpacked."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

from ..errors import UserError

RULE: dict[str, Any] = json.loads(Path(__file__).with_name("package_rule.json").read_text(encoding="utf-8"))
"""`required` files, names that are `reserved` (held at packaging: models of before have one), the suffix of the
`weights`, suffixes of `pickles`, whose loading runs code. The build makes it from src/run/modelPackage.ts; by the same
rule the package is checked once more before it is deployed."""


def write_handler(code: Path) -> None:
    """The code that answers at the endpoint, into a package's folder `code/`, which is there."""
    own = Path(__file__).parent
    shutil.copy(own / "inference.py", code)
    shutil.copytree(own / "endpoint", code / "endpoint", ignore=shutil.ignore_patterns("__pycache__"))


def check_package(model_dir: Path) -> None:
    """Raises: UserError that lists every fault: links, pickled weights, required files that are missing."""
    faults = []
    for path in sorted(model_dir.rglob("*")):
        name = path.relative_to(model_dir).as_posix()
        if path.is_symlink():
            faults.append(f"{name} is a link")
        elif is_pickle(path):
            faults.append(f"{name} may be a pickle, which runs code when it is loaded")
    there = {"attune.json"} if (model_dir / "manifest.json").is_file() else set()  # a model of before
    faults += [
        f"{name} is missing" for name in RULE["required"] if name not in there and not (model_dir / name).is_file()
    ]
    if not any(model_dir.rglob(f"*{RULE['weights']}")):
        faults.append(f"no weights: expected a {RULE['weights']} file")
    if faults:
        raise UserError(f"model package: {'; '.join(faults)}. Train again, or fix the script that writes the package.")


def is_pickle(path: Path) -> bool:
    return path.name.endswith(tuple(RULE["pickles"]))


MAX_HEADER_BYTES = 1_000_000
"""Of an entry's extended header, which is read into memory whole."""


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack a model.tar.gz into `folder`, which is made.

    Raises: UserError when it is no archive, holds links or paths that lead out of the folder, or more than a model
        can need: that ends the unpacking before the excess is read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    limits = RULE["limits"]
    entries = unpacked = 0
    try:
        with tarfile.open(archive, "r:*", tarinfo=_Entry) as tar:
            for member in tar:
                entries += 1
                unpacked += member.size
                fault = _fault_of(member)
                if entries > limits["entries"]:
                    fault = f"it holds more than {limits['entries']} entries. Pack the model alone"
                elif unpacked > limits["unpackedBytes"]:
                    fault = f"it unpacks to more than {limits['unpackedBytes']:,} bytes. Pack the model alone"
                elif unpacked > limits["ratioFromBytes"] and unpacked > limits["ratio"] * archive.stat().st_size:
                    fault = f"it unpacks to more than {limits['ratio']} times its size, which no weights do"
                if fault:
                    raise UserError(f"{archive.name}: {fault}.")
                tar.extract(member, folder, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise UserError(
            f"{archive.name}: cannot be unpacked ({error}). Expected a model.tar.gz of a finished training."
        ) from error
    return folder


def _fault_of(member: tarfile.TarInfo) -> str | None:
    if not (member.isfile() or member.isdir()):
        return f"{member.name} is neither a file nor a folder. Pack plain files only"
    if member.name.startswith("/") or ".." in Path(member.name).parts:
        return f"{member.name} leads out of the archive. Pack names below its root"
    longest = RULE["limits"]["nameCharacters"]
    return f"it holds names of more than {longest} characters. Shorten them" if len(member.name) > longest else None


class _Entry(tarfile.TarInfo):
    """Python's tarfile reads an extended header into memory, whatever size it declares."""

    def _proc_member(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        extended = not (self.isfile() or self.isdir() or self.issym() or self.islnk() or self.isdev())
        if extended and self.size > MAX_HEADER_BYTES:
            raise tarfile.ReadError(f"a header of {self.size:,} bytes, at most {MAX_HEADER_BYTES:,} are read")
        read: tarfile.TarInfo = super()._proc_member(tar)  # type: ignore[misc]
        return read

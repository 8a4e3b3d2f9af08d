"""What a job makes sure of before it imports any of attune's modules: that its code is the one that its run was
planned with, and that the packages are those of requirements.txt. It needs nothing but the standard library."""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

CODE_SHA256 = "ATTUNE_CODE_SHA256"
"""Variable of the job's request with the digest of its code. Absent where a person starts a script by hand."""

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"


class NotAsPlannedError(Exception):
    """The message says what was found, what was expected, and what to do."""


def arriving(check: Callable[[], None], failure_file: Path) -> None:
    """Ends the process with 2 where a check fails, with its sentence where SageMaker reads it."""
    try:
        check()
    except NotAsPlannedError as error:
        print(error, file=sys.stderr, flush=True)
        failure_file.parent.mkdir(parents=True, exist_ok=True)
        failure_file.write_text(str(error), encoding="utf-8")
        sys.exit(2)


def check_code(variables: Mapping[str, str] = os.environ, folder: Path = HERE) -> None:
    expected = variables.get(CODE_SHA256)
    if expected is None:
        return
    found = code_digest(folder)
    if found != expected:
        raise NotAsPlannedError(
            f"The job's code is not what the run was planned with: the files in {folder} have the SHA-256 {found}, "
            f"expected {expected}. Somebody has written over them in the bucket, or put one beside them. See who may "
            "write below code/ there, and run again: a worker puts its own files back."
        )


def code_digest(folder: Path) -> str:
    """SHA-256 over all files of the folder, each as its path, length and content. src/activities/code.ts agrees."""
    digest = hashlib.sha256()
    files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    for name in sorted(files):
        content = files[name].read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode(errors="surrogateescape") + content)
    return digest.hexdigest()


def install_missing(requirements: Path = REQUIREMENTS) -> None:
    """Brings the packages to the versions of the lock; where all have them, nothing runs."""
    lacking = missing(requirements)
    if not lacking:
        return
    print(f"Installing {_listed(lacking)}", flush=True)
    pip = subprocess.run([sys.executable, "-m", "pip", "install", "-q", "-r", str(requirements)], check=False)
    if pip.returncode != 0:
        raise NotAsPlannedError(
            f"The image lacks {_listed(lacking)} and pip did not install them (exit {pip.returncode}; its output is "
            "in the job's log). Where it says that hashes do not match, the index gives other files than those that "
            "attune was tested with. Else give the job a network route to a package index, or an image that was "
            "built with requirements.txt."
        )
    importlib.invalidate_caches()


def check_packages(requirements: Path = REQUIREMENTS) -> None:
    """For training, whose toolkit installs requirements.txt before it starts the script."""
    lacking = missing(requirements)
    if lacking:
        raise NotAsPlannedError(
            f"The image lacks {_listed(lacking)}. SageMaker's training toolkit installs requirements.txt before "
            "train.py starts; here it did not. Take an image with the toolkit, or one that was built with "
            "requirements.txt."
        )


def missing(requirements: Path) -> list[str]:
    """Lines of the lock that this Python wants and does not have in that very version, each with what it has."""
    if not requirements.is_file():
        return []
    lines = requirements.read_text(encoding="utf-8").splitlines()
    wanted = [line.rstrip(" \\") for line in lines if "==" in line and line[0].isalnum()]
    try:
        from packaging.requirements import Requirement
    except ImportError:  # one of the packages of the lock
        return [line.split(" ")[0] for line in wanted]
    lacking = []
    for requirement in map(Requirement, wanted):
        if requirement.marker is None or requirement.marker.evaluate():
            found = _version(requirement.name)
            if found is None or not requirement.specifier.contains(found, prereleases=True):
                has = "" if found is None else f" (it has {found})"
                lacking.append(f"{requirement.name}{requirement.specifier}{has}")
    return lacking


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _listed(lacking: list[str]) -> str:
    more = f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""
    return ", ".join(lacking[:5]) + more

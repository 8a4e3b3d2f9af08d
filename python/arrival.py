"""What a job makes sure of before it imports any of attune's modules: that its code is the one that its run was
planned with, and that the packages are those of the image's lock. It needs nothing but the standard library."""

from __future__ import annotations

import fcntl
import hashlib
import importlib
import importlib.metadata
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

CODE_SHA256 = "ATTUNE_CODE_SHA256"
"""Variable of the job's request with the digest of its code. Absent where a person starts a script by hand."""

HERE = Path(__file__).parent
LOCKS = HERE / "locks"


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


def install_missing(folder: Path = LOCKS) -> None:
    """Brings the packages to the versions of the image's lock; where all have them, nothing runs."""
    lock = lock_of_image(folder)
    if not missing(lock):
        return
    with _one_at_a_time():
        importlib.invalidate_caches()
        lacking = missing(lock)
        if lacking:
            _install(lock, lacking)
    importlib.invalidate_caches()


def _install(lock: Path, lacking: list[str]) -> None:
    print(f"Installing {_listed(lacking)}, by {lock.parent.name}/{lock.name}", flush=True)
    pip = subprocess.run([sys.executable, "-m", "pip", "install", "-q", "-r", str(lock)], check=False)
    if pip.returncode != 0:
        raise NotAsPlannedError(
            f"The image lacks {_listed(lacking)} and pip did not install them (exit {pip.returncode}; its output is "
            "in the job's log). Where it says that hashes do not match, the index gives other files than those that "
            "attune was tested with. Else give the job a network route to a package index, or an image that was "
            f"built with {lock.parent.name}/{lock.name}."
        )


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Of the processes that torchrun started on one machine: one installs, the others find all in place."""
    with open(Path(tempfile.gettempdir()) / "attune-arrival.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def lock_of_image(folder: Path = LOCKS) -> Path:
    """The lock that was made for what is installed here; `any.txt` where none was. An image that was built from one of
    AWS's, and keeps its packages, is known as that one."""
    for lock in sorted(folder.glob("job-*.txt")):
        if _made_for(lock):
            return lock
    return folder / "any.txt"


def _made_for(lock: Path) -> bool:
    """By its line `# in: python==3.12 torch==2.9.0`. A build for one processor, `2.9.0+cu130`, is of version 2.9.0."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    wanted = next(line for line in lines if line.startswith("# in: ")).removeprefix("# in: ")
    python = "{}.{}".format(*sys.version_info)
    for name, version in (word.split("==") for word in wanted.split()):
        found = python if name == "python" else (_version(name) or "").split("+")[0]
        if found != version:
            return False
    return True


def missing(requirements: Path) -> list[str]:
    """Lines of the lock that this Python wants and does not have in that very version, each with what it has."""
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

"""What a job makes sure of before it does its work: that its code is the one that its run was planned with, that its
variables hold what they refer to, and that the packages are those of the image's lock. Until the code is known nothing
but the standard library is imported."""

from __future__ import annotations

import fcntl
import hashlib
import importlib
import importlib.metadata
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

CODE_SHA256 = "ATTUNE_CODE_SHA256"
"""Variable of the job's request with the digest of its code. Absent where a person starts a script by hand."""

HERE = Path(__file__).parent
CA_REPOSITORY_ARN = "CA_REPOSITORY_ARN"
"""Of a CodeArtifact repository to install from: the same variable that SageMaker's toolkits know."""

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


def resolve_references() -> None:
    """Variables that refer to a secret or a parameter get its value, for this process and those that it starts."""
    from attune_jobs.serving.endpoint.references import ReferenceRefused, resolve

    try:
        resolve()
    except ReferenceRefused as error:
        raise NotAsPlannedError(str(error)) from None


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
    variables = dict(os.environ)
    if repository := variables.get(CA_REPOSITORY_ARN):
        # By its environment: a command line is for everybody on the machine to read.
        variables["PIP_INDEX_URL"] = codeartifact_index(repository)
    command = [sys.executable, "-m", "pip", "install", "-q", "-r", str(lock)]
    pip = subprocess.run(command, check=False, env=variables)
    if pip.returncode != 0:
        raise NotAsPlannedError(
            f"The image lacks {_listed(lacking)} and pip did not install them (exit {pip.returncode}; its output is "
            "in the job's log). Where it says that hashes do not match, the index gives other files than those that "
            "attune was tested with. Else give the job a network route to a package index, name one in its "
            "environment (PIP_INDEX_URL, CA_REPOSITORY_ARN), give network.wheelhouse, or an image that was built with "
            f"{lock.parent.name}/{lock.name}."
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


def codeartifact_index(repository: str) -> str:
    """The URL of a CodeArtifact repository's index, with a token for it by the job's own role.

    https://docs.aws.amazon.com/codeartifact/latest/ug/python-configure-pip.html
    """
    named = re.fullmatch(r"arn:[^:]+:codeartifact:([^:]+):(\d+):repository/([^/]+)/([^/]+)", repository)
    if named is None:
        raise NotAsPlannedError(
            f"{CA_REPOSITORY_ARN}: found {repository}, expected "
            "arn:<partition>:codeartifact:<region>:<account>:repository/<domain>/<repository>."
        )
    region, owner, domain, name = named.groups()
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = boto3.client("codeartifact", region_name=region)
        token = client.get_authorization_token(domain=domain, domainOwner=owner)["authorizationToken"]
        endpoint: str = client.get_repository_endpoint(
            domain=domain, domainOwner=owner, repository=name, format="pypi"
        )["repositoryEndpoint"]
    except (BotoCoreError, ClientError) as error:
        raise NotAsPlannedError(
            f"{CA_REPOSITORY_ARN} {repository}: no login ({error}). The job's role needs "
            "codeartifact:GetAuthorizationToken, codeartifact:GetRepositoryEndpoint, codeartifact:ReadFromRepository "
            "and sts:GetServiceBearerToken (parameter CodeArtifactArns of the stack), and the job a route to "
            "CodeArtifact."
        ) from None
    scheme, rest = endpoint.rstrip("/").split("://", 1)
    return f"{scheme}://aws:{token}@{rest}/simple/"


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

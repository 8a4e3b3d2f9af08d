"""What `code/requirements.txt` asks for, against what this environment has."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def unmet(path: Path) -> list[str]:
    """One sentence for each requirement that the environment does not meet; nothing is installed.

    The environment is shared by all endpoints of this machine: an install for one of them would change the others.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    sentences = []
    for line in path.read_text(encoding="utf-8").splitlines():
        # A line with hashes goes on over the next ones: `name==1.0 \\`, `    --hash=...`.
        text = line.split("#", 1)[0].rstrip("\\ ").strip()
        if not text or text.startswith("-"):
            continue
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            sentences.append(f"{text!r} is not a requirement that can be checked")
            continue
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            sentences.append(f"{text} is not installed")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            sentences.append(f"{text} is not met by the installed version {found}")
    return sentences

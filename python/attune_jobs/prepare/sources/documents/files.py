"""Which files of a folder are documents, by their names alone. src/spec/documentFiles.ts has the same two tables."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

SUFFIXES = (
    (".md", "markdown"),
    (".markdown", "markdown"),
    (".qmd", "markdown"),
    (".rmd", "markdown"),
    (".mdx", "mdx"),
    (".html", "html"),
    (".htm", "html"),
    (".xhtml", "html"),
    (".rst", "rst"),
    (".adoc", "asciidoc"),
    (".asciidoc", "asciidoc"),
    (".ipynb", "notebook"),
    (".pdf", "pdf"),
    (".docx", "docx"),
    (".txt", "plain"),
)
"""How the name ends, in any case, and the form that this is read as."""

JUNK = (
    ("hidden", r"(?:^|/)\."),
    (
        "installed packages",
        r"(?:^|/)(?:node_modules|bower_components|vendor|site-packages|venv|[^/]*\.(?:egg|dist)-info)/",
    ),
    ("build output", r"(?:^|/)(?:_build|_site|__pycache__|htmlcov|_sources|_static)/"),
    ("build output", r"(?:^|/)(?:build|dist|out|target)/(?:.*/)?[^/]*\.(?:[Hh][Tt][Mm][Ll]?|[Tt][Xx][Tt])$"),
    ("build output", r"(?:^|/)(?:genindex[^/]*|py-modindex|modindex|search|404)\.html?$"),
    ("minified", r"\.min\.[^./]+$"),
    ("temporary files", r"(?:^|/)~\$[^/]*$"),
    ("licences", r"(?:^|/)(?:LICEN[CS]ES?|COPYING|UNLICENSE|NOTICES?|THIRD[-_]?PARTY[-_A-Z]*)(?:[-_.][^/]*)?$"),
    (
        "licences",
        r"(?:^|/)(?:[Ll]icen[cs]es?|[Cc]opying|[Nn]otices?|[Tt]hird[-_]?[Pp]arty[-_A-Za-z]*)(?:[-_][^/.]*)?\.txt$",
    ),
    (
        "files for tools",
        r"(?:^|/)(?:(?:dev|test|docs?|build|lint|ci)[-_]requirements|requirements[^/]*|[Cc][Mm]ake[Ll]ists|CMakeCache)\.txt$",
    ),
    (
        "files for tools",
        r"(?:^|/)(?:robots|humans|ads|[^/]*[-_.]lock|[^/]*word-?list|top_level|entry_points)\.txt$",
    ),
    ("menus of a site", r"(?:^|/)_(?:sidebar|navbar|coverpage|footer|header)\.md$"),
)
"""Reason, and the names below the folder that it holds for. What may be a page of a documentation stays in."""

_JUNK = tuple((reason, re.compile(pattern)) for reason, pattern in JUNK)
NOT_READ = "no form of document that is read"

SetAside = Callable[[str, str], None]
"""Called with a reason and an example, once for each thing that is left out."""


def form_of(name: str) -> str | None:
    """The form that a file of this name is read as; None where it is none of them."""
    lower = name.lower()
    return next((form for suffix, form in SUFFIXES if lower.endswith(suffix)), None)


def why_not(name: str) -> str | None:
    """Why the file of this name, a path below the folder with forward slashes, is left out; None where it is read."""
    junk = next((reason for reason, pattern in _JUNK if pattern.search(name)), None)
    return junk or (None if form_of(name) else NOT_READ)


def document_files(folder: Path, set_aside: SetAside) -> list[tuple[str, Path]]:
    """Name below `folder`, and place, of each document in it, by name."""
    found: list[tuple[str, Path]] = []
    for place, folders, files in os.walk(folder):
        folders.sort()
        for file in files:
            path = Path(place, file)
            name = path.relative_to(folder).as_posix()
            reason = why_not(name)
            if reason is None:
                found.append((name, path))
            else:
                set_aside(_in_words(reason, name), name)
    return sorted(found)


def _in_words(reason: str, name: str) -> str:
    """What is no document is told by how its name ends."""
    if reason != NOT_READ:
        return f"files are left out: {reason}"
    ending = Path(name).suffix.lower()
    return f"files are left out: {ending or 'a name without ending'} is {NOT_READ}"

"""Front matter: the YAML (---), TOML (+++) or JSON block at the top of a page. It gives the title and is no text."""

from __future__ import annotations

import json
import re
from typing import Any

from .structure import without_surrogates

MAX_CHARACTERS = 65_536
"""A longer block at the top of a file is text between two rules."""

_BLANK_LINES = re.compile(r"\ufeff?(?:[ \t]*\n)*")
_FENCED = re.compile(r"(---|\+\+\+)[ \t]*\n")
_YAML_KEY = re.compile(r"[\w.-]+[ \t]*:(?:\s|$)")
_YAML_TITLE = re.compile(r"^title[ \t]*:[ \t]*(\S.*)$", re.MULTILINE)
_TOML_TITLE = re.compile(r"""^title[ \t]*=[ \t]*("(?:[^"\\\n]|\\.)*"|'[^'\n]*')""", re.MULTILINE)


def split_front_matter(text: str) -> tuple[str, str]:
    """Returns: the title ("" where none is given), and the text without the block."""
    text = text[_BLANK_LINES.match(text).end() :]  # type: ignore[union-attr]
    opened = _FENCED.match(text)
    if opened:
        inner, rest = _up_to(text, opened.end(), opened.group(1))
        if inner is not None:
            title = _yaml_title(inner) if opened.group(1) == "---" else _toml_title(inner)
            if title is not None:
                return title, rest
    elif text.startswith("{"):
        return _json(text)
    return "", text


def _up_to(text: str, begin: int, mark: str) -> tuple[str | None, str]:
    """What stands before the closing mark's line, and what follows that line."""
    end = re.compile(r"^(?:---|\.\.\.)[ \t]*$" if mark == "---" else r"^\+\+\+[ \t]*$", re.MULTILINE)
    closed = end.search(text, begin, begin + MAX_CHARACTERS)
    return (text[begin : closed.start()], text[closed.end() :]) if closed else (None, text)


def _yaml_title(inner: str) -> str | None:
    """None where it is no mapping: two rules with text between them are text."""
    lines = [line for line in inner.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        return ""
    if not _YAML_KEY.match(lines[0]):
        return None
    import yaml

    try:
        read = yaml.load(inner, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError, ValueError):
        # Such as `title: Setup: the short way`, which every site generator's own reader may take another way.
        found = _YAML_TITLE.search(inner)
        return found.group(1).strip().strip("\"'") if found else ""
    return _title_in(read)


def _toml_title(inner: str) -> str:
    found = _TOML_TITLE.search(inner)
    if not found:
        return ""
    quoted = found.group(1)
    try:
        return without_surrogates(str(json.loads(quoted))) if quoted[0] == '"' else quoted[1:-1]
    except ValueError:
        return quoted[1:-1]


def _json(text: str) -> tuple[str, str]:
    try:
        read, end = json.JSONDecoder().raw_decode(text[:MAX_CHARACTERS])
    except (ValueError, RecursionError):
        return "", text
    return (_title_in(read), text[end:]) if isinstance(read, dict) and read else ("", text)


def _title_in(read: Any) -> str:
    title = read.get("title") if isinstance(read, dict) else None
    return without_surrogates(" ".join(str(title).split())) if isinstance(title, str | int | float) else ""

"""What errors say of that which a client sent, or that stands in a model's files."""

from __future__ import annotations

from typing import Any

ECHOED = 80
"""Characters of what a client sent that an error repeats."""


def echoed(text: str) -> str:
    """The beginning of what a client sent, as text that every JSON parser and terminal takes."""
    short = text[:ECHOED] + ("..." if len(text) > ECHOED else "")
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in short)


def name_of(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}
    return names[type(value)]

"""Hyperparameters arrive as text: what they mean follows from the annotation of the field that takes them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from ..errors import UserError


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """What a number may be. In `Annotated[float, Bounds(above=0)]`; of a list, each of its numbers."""

    least: float | None = None
    above: float | None = None
    below: float | None = None

    def check(self, name: str, value: Any) -> None:
        """Raises: UserError that names the hyperparameter. None passes: it says that nothing was set."""
        for number in value if isinstance(value, tuple) else [value]:
            if number is not None and not self._holds(number):
                raise UserError(f"{name}: found {number}, expected {self}.")

    def _holds(self, number: float) -> bool:
        return (
            (self.least is None or number >= self.least)
            and (self.above is None or number > self.above)
            and (self.below is None or number < self.below)
        )

    def __str__(self) -> str:
        parts = {"at least": self.least, "more than": self.above, "less than": self.below}
        return " and ".join(f"{words} {bound}" for words, bound in parts.items() if bound is not None)


def bounds_in(hint: Any) -> Bounds:
    """Of an annotation; without any, everything passes."""
    notes = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((note for note in notes if isinstance(note, Bounds)), Bounds())


def converted(name: str, text: str, hint: Any) -> Any:
    """The value that a hyperparameter's text stands for.

    Args:
        hint: str, int, float, bool, a tuple or list of one of them (written as a JSON list), a dict of texts (written
            as a JSON object), or one of these or None.
    Raises: UserError that names the hyperparameter, what was found and what was expected.
    """
    plain = _plain(hint)
    kind = get_origin(plain) or plain
    try:
        if kind in (tuple, list):
            return kind(_parts(text, get_args(plain)[0]))
        return _FROM_TEXT[kind](text)
    except (ValueError, TypeError) as error:
        raise UserError(f"{name}: found {text!r}, expected {_WORDS[kind]}.") from error


_WORDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    tuple: "a list such as [384, 256]",
    list: "a list such as [384, 256]",
    dict: 'an object such as {"query": "a text"}',
}


def _parts(text: str, kind: type) -> list[Any]:
    values = json.loads(text)
    # A bool is an int to isinstance, and to nobody else
    if not isinstance(values, list) or any(type(value) is not kind for value in values):
        raise ValueError(text)
    return values


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _bool(text: str) -> bool:
    """The toolkit writes Python's True and False; a person may write either."""
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _texts(text: str) -> dict[str, str]:
    values = json.loads(text)
    if not isinstance(values, dict) or any(type(value) is not str for value in values.values()):
        raise ValueError(text)
    return values


_FROM_TEXT: dict[type, Callable[[str], Any]] = {str: str, int: int, float: _number, bool: _bool, dict: _texts}


def _plain(hint: Any) -> Any:
    """Without the notes, and without the None of an optional one."""
    if get_origin(hint) is Annotated:
        return _plain(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        (other,) = (arg for arg in get_args(hint) if arg is not NoneType)
        return _plain(other)
    return hint

"""Which column of a row means what: by the names that `data.columns` gives, else by those that are usual."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from .data_rows import RULE
from .json_lines import id_fault
from .problems import Problems

Given = Mapping[str, tuple[str, ...]]
"""Role → names of columns, as `data.columns` has them; no name: such columns are not read."""

_WHOLE = re.compile(r"(-?[0-9]{1,9})(\.0*)?")
_NUMBERED = re.compile(r"negative_[0-9]+")
SHOWN = 40
"""Characters of a value in a message."""

LOOKED_AT = 50
"""Keys that are counted: an export has some dozens."""


class Columns:
    """The roles of one kind of file (`pairs`, `corpus`, `queries`, `test`), and the keys that nothing read."""

    def __init__(self, kind: str, given: Given, by_id: bool = False) -> None:
        """
        Args:
            by_id: whether the data have passages that a row can name by their ids.
        """
        usual: dict[str, list[str]] = RULE["columns"][kind]
        self._names = {
            role: tuple(given.get(role, names))
            for role, names in usual.items()
            if by_id or role not in RULE["idRoles"]
        }
        self.by_id = by_id
        self._given = given
        self._known = {name for names in self._names.values() for name in names}
        self.unread: Counter[str] = Counter()
        """Key → rows that have it; of the first LOOKED_AT keys."""

    def look_at(self, row: dict[str, Any]) -> None:
        """Counts the keys that no role reads."""
        for key in row:
            if key not in self._known and not (_NUMBERED.fullmatch(key) and "negatives" not in self._given):
                if key in self.unread or len(self.unread) < LOOKED_AT:
                    self.unread[key] += 1

    def found(self, row: dict[str, Any], role: str) -> tuple[str, Any]:
        """The first column of the role that the row has, and its value; the role's own name and None without one."""
        for name in self._names[role]:
            value = row.get(name)
            if value is not None and not (isinstance(value, float) and math.isnan(value)):
                return name, value
        return (self._names[role] or (role,))[0], None

    def text(
        self, row: dict[str, Any], role: str, where: str, problems: Problems, *, optional: bool = False
    ) -> str | None:
        """None when it is absent (a fault unless `optional`) or no text (always a fault). A group may be a number."""
        name, value = self.found(row, role)
        if value is None:
            if not optional:
                problems.add(where, self.lacks(row, role))
            return None
        if isinstance(value, str):
            return value
        if role == "group" and _is_number(value):
            return _plain(value)
        problems.add(where, f'"{name}" is {kind_of(value)}, expected a text')
        return None

    def texts(self, row: dict[str, Any], role: str, where: str, problems: Problems) -> list[str]:
        """All that stands under the role's names: a text, or a list of texts, written as JSON in a table."""
        found: list[str] = []
        for name in (*self._names[role], *self._numbered(row, role)):
            for value in _listed(row.get(name)):
                if isinstance(value, str):
                    found.append(value)
                else:
                    problems.add(where, f'"{name}" is or holds {kind_of(value)}, expected texts')
        return found

    def ids(self, row: dict[str, Any], role: str, where: str, problems: Problems) -> list[str]:
        """All ids that stand under the role's names, whole numbers as their digits; a blank cell holds none."""
        names = [*self._names.get(role, ()), *self._numbered(row, role)]
        values = ((name, value) for name in names for value in _listed(row.get(name)) if not _is_blank(value))
        found = (self._id(name, value, where, problems) for name, value in values)
        return [own for own in found if own is not None]

    def accepted(self, row: dict[str, Any]) -> bool | None:
        """None where the row has no such column; False of all that does not say yes."""
        name = next((name for name in self._names["accepted"] if name in row), None)
        return None if name is None else _says_yes(row[name])

    def _numbered(self, row: dict[str, Any], role: str) -> list[str]:
        if role != "negatives" or role in self._given:
            return []
        return sorted(key for key in row if _NUMBERED.fullmatch(key))

    def identifier(self, row: dict[str, Any], where: str, problems: Problems) -> str | None:
        """The row's id, a whole number as its digits; None, and a fault, where none can stand in a table."""
        name, value = self.found(row, "id")
        if value is None:
            problems.add(where, self.lacks(row, "id"))
            return None
        return self._id(name, value, where, problems)

    def _id(self, name: str, value: Any, where: str, problems: Problems) -> str | None:
        if not isinstance(value, str) and not (_is_number(value) and float(value).is_integer()):
            problems.add(where, f'"{name}" is {kind_of(value)}, expected a text or a whole number')
            return None
        own = (value if isinstance(value, str) else _plain(value)).strip()
        fault = id_fault(own)
        if fault:
            problems.add(where, f'"{name}" {fault}')
        return None if fault else own

    def score(self, row: dict[str, Any], where: str, problems: Problems) -> int | None:
        """1 where the row has none; None, and a fault, where it is no whole number."""
        name, value = self.found(row, "score")
        if value is None or value == "":
            return 1
        if isinstance(value, bool):
            return int(value)
        whole = whole_number(_plain(value) if _is_number(value) else value)
        if whole is None:
            problems.add(
                where,
                f'"{name}" is {kind_of(value)}, expected a whole number: 0 for no answer, 1 or more for an answer. '
                f"If it is something else, write columns: {{score: []}}",
            )
        return whole

    def lacks_passage(self, row: dict[str, Any]) -> str:
        """Of a row that neither holds what answers its question nor names it."""
        if self.by_id and self._hint(row, "documentId"):
            return self.lacks(row, "documentId")
        named = next((name for name in RULE["columns"]["test"]["documentId"] if name in row), None)
        known = (
            ""
            if self.by_id or named is None
            else f'; "{named}" would name a passage of data.corpus, and there is none'
        )
        return self.lacks(row, "document") + known

    def lacks(self, row: dict[str, Any], role: str) -> str:
        hint = self._hint(row, role)
        return (
            f'"{(self._names[role] or (role,))[0]}"'
            + f" is missing; found {[str(key)[:SHOWN] for key in sorted(row)[:6]]}"
            + (f": if {hint!r} is meant, write columns: {{{role}: {hint}}}" if hint else "")
        )

    def _hint(self, row: dict[str, Any], role: str) -> str | None:
        keys = [key for key in row if key not in self._known]
        hints: list[str] = RULE["hints"].get(role, [])
        return next((hint for hint in hints if hint in keys), None) or nearest(role, keys)

    def notes(self, file_kind: str) -> list[str]:
        """A sentence for each key that nothing read."""
        known = sorted(self._known)
        notes = []
        for key, rows in self.unread.items():
            meant = nearest(key, known)
            advice = f': did you mean "{meant}"?' if meant else "."
            notes.append(f'data.{file_kind}: the key "{key[:SHOWN]}" of {rows:,} rows is not read{advice}')
        return notes


def whole_number(text: object) -> int | None:
    """Of "1", "1.0" or " 2 "; None of anything else."""
    found = _WHOLE.fullmatch(text.strip()) if isinstance(text, str) else None
    return int(found[1]) if found else None


def nearest(word: str, candidates: list[str]) -> str | None:
    close = get_close_matches(word, candidates, n=1, cutoff=0.75)
    return close[0] if close else None


def kind_of(value: object) -> str:
    """ "int (7)": what stands in a row, for a message."""
    return f"{type(value).__name__} ({str(value)[:SHOWN]})"


def _is_blank(value: object) -> bool:
    return (isinstance(value, str) and not value.strip()) or (isinstance(value, float) and math.isnan(value))


def _says_yes(value: object) -> bool:
    if isinstance(value, str):
        said = unicodedata.normalize("NFC", value.strip()).lower()
        return said in RULE["accepted"] or whole_number(said) == 1
    return isinstance(value, (bool, int, float)) and value == 1


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _plain(value: Any) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


def _listed(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    if isinstance(value, str) and value.startswith("["):
        return _json_list(value)
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _json_list(text: str) -> list[Any]:
    """A list that a table's cell holds as JSON; else the text itself, which may well begin with a bracket."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return [text]
    return found if isinstance(found, list) else [text]

"""How texts are cleaned and put before the model: one definition for prepare, train and evaluate."""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from dataclasses import dataclass

_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff\u00ad]")
_BLANKS = re.compile(r"[^\S\n]+")
_AROUND_BREAK = re.compile(r" ?\n ?")
_BREAKS = re.compile(r"\n{3,}")

MARKS = 30
"""Combining marks in a row that stay: no script stacks more, and the work to order them grows with their square.
Source: Unicode Standard Annex 15, stream-safe text format."""

MARKS_FROM = 1_000
"""Characters from which on a text is looked through for piles of marks: below, ordering them costs nothing."""


def clean(text: str) -> str:
    """NFC, without control characters, white space collapsed; line breaks stay, at most one blank line in a row.

    Returns: "" when nothing readable is left, or when the text holds lone surrogates, which no file can store.
    """
    if not text.isascii():
        if len(text) > MARKS_FROM:
            text = _pile_of_marks().sub(r"\1", text)
        text = unicodedata.normalize("NFC", text)
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return ""
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if "\n" not in text:
        return " ".join(text.split())
    return _BREAKS.sub("\n\n", _AROUND_BREAK.sub("\n", _BLANKS.sub(" ", text))).strip()


@functools.cache
def _pile_of_marks() -> re.Pattern[str]:
    marks = "".join(chr(code) for code in range(0x300, sys.maxunicode + 1) if unicodedata.combining(chr(code)))
    return re.compile(f"([{marks}]{{{MARKS}}})[{marks}]+")


def clean_line(text: str) -> str:
    """The same on one line: for questions, titles and groups."""
    return " ".join(clean(text).split())


def embedded_text(title: str, text: str) -> str:
    """What the model reads of a passage, in training, evaluation and the index alike: the title, then the text."""
    return f"{title}\n{text}" if title else text


@dataclass(frozen=True, slots=True)
class Passage:
    id: str
    title: str
    text: str

    @property
    def embedded(self) -> str:
        return embedded_text(self.title, self.text)

"""Words and sentences of any script, with blanks between its words or without: one definition for all users.

By ICU: Unicode Standard Annex 29, and dictionaries for Chinese, Japanese, Thai, Lao, Khmer and Burmese.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata

import numpy as np
import regex
from icu4py.breakers import SentenceBreaker, WordBreaker

Span = tuple[int, int]
"""First character, and the one after the last."""

_ROOT = "und"
_GREEK = "el"
"""Where `;` ends a question."""

_GREEK_LETTER = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")
_LATIN_LETTER = re.compile("[A-Za-z]")
_TWO_UNITS = re.compile("[\U00010000-\U0010ffff]")
_WIDE_OR_NARROW = re.compile("[\u3000\uff01-\uffee]")
_CLAUSE = regex.compile(r"(?<=[\p{Thai}\p{Lao}])\s+(?=[\p{Thai}\p{Lao}])")
"""Thai and Lao have no full stop: a blank stands between sentences and clauses, and nowhere else."""


def fold(text: str) -> str:
    """The text without differences of case (Unicode case folding, İ as i) and of East Asian width (Ａ as a)."""
    if text.isascii():
        return text.lower()
    if _WIDE_OR_NARROW.search(text):
        text = text.translate(_widths())
    return unicodedata.normalize("NFC", text.casefold().replace("i\u0307", "i"))


def words(text: str) -> list[str]:
    """The words in their order, folded (see `fold`), without punctuation and symbols."""
    text = fold(text)
    return [text[begin:end] for begin, end in word_spans(text)]


def word_spans(text: str) -> list[Span]:
    """Where the words stand in a text: what holds a letter or a digit."""
    return [
        (begin, end)
        for begin, end in _segments(WordBreaker, text, _ROOT)
        if text[begin].isalnum() or any(map(str.isalnum, text[begin:end]))
    ]


def sentences(text: str) -> list[Span]:
    """Where the sentences stand in a text, without the blanks around them; a line break ends one too."""
    greek = _GREEK_LETTER.search(text) and not _LATIN_LETTER.search(text)
    spans: list[Span] = []
    for begin, end in _segments(SentenceBreaker, text, _GREEK if greek else _ROOT):
        for gap in _CLAUSE.finditer(text, begin, end):
            spans.append((begin, gap.start()))
            begin = gap.end()
        spans.append((begin, end))
    return [span for begin, end in spans if (span := _trimmed(text, begin, end))]


def ngrams(found: list[str], size: int) -> list[tuple[str, ...]]:
    """Runs of `size` words; none where there are fewer words."""
    return [tuple(found[at : at + size]) for at in range(len(found) - size + 1)]


def _trimmed(text: str, begin: int, end: int) -> Span | None:
    piece = text[begin:end]
    stripped = piece.strip()
    if not stripped:
        return None
    begin += len(piece) - len(piece.lstrip())
    return begin, begin + len(stripped)


def _segments(breaker: type[WordBreaker] | type[SentenceBreaker], text: str, locale: str) -> list[Span]:
    """ICU counts in UTF-16 units, Python in characters: they differ beyond the basic plane."""
    found = list(breaker(text, locale).segments())
    beyond = [match.start() for match in _TWO_UNITS.finditer(text)]
    if not beyond:
        return found
    units_C = np.ones(len(text), np.int64)
    units_C[beyond] = 2
    begins_C = np.concatenate([[0], np.cumsum(units_C)])
    characters_S2 = np.searchsorted(begins_C, np.array(found, np.int64).reshape(-1, 2))
    return [(begin, end) for begin, end in characters_S2.tolist() if begin < end]


@functools.cache
def _widths() -> dict[int, str]:
    codes = (code for code in range(0x3000, min(0xFFEF, sys.maxunicode)))
    kinds = ("<wide>", "<narrow>")
    return {
        code: unicodedata.normalize("NFKC", chr(code))
        for code in codes
        if unicodedata.decomposition(chr(code)).startswith(kinds)
    }

"""The language of a short text, as far as its words tell. Where they do not, nothing is said."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

SURE = 0.95
"""Probability from which on a language is taken as told: names of things and a few words stay below it."""

_ASCII_RUN = re.compile(r"[!-~]+")
_CODE = re.compile(r"[\w$}\])'\"][./\\=:;<>{}()\[\]$#@|*+]+[\w${(\['\"]|[a-z][A-Z]|_|\d")
"""What no word of prose has inside: marks between letters, a capital after a small letter, an underscore, a digit."""

LEAST_PROSE = 0.5
"""Share of the letters that stand in words of prose, below which a text is code, and of no language."""

_NAMES = {
    "en": "english",
    "de": "german deutsch",
    "fr": "french français",
    "es": "spanish español",
    "it": "italian italiano",
    "pt": "portuguese português",
    "nl": "dutch nederlands",
    "pl": "polish polski",
    "ru": "russian русский",
    "uk": "ukrainian українська",
    "tr": "turkish türkçe",
    "vi": "vietnamese việt",
    "sv": "swedish svenska",
    "da": "danish dansk",
    "fi": "finnish suomi",
    "cs": "czech čeština",
    "ro": "romanian română",
    "hu": "hungarian magyar",
    "ja": "japanese 日本語",
    "ko": "korean 한국어",
    "zh": "chinese 中文",
    "ar": "arabic العربية",
    "el": "greek ελληνικά",
    "he": "hebrew עברית",
    "hi": "hindi हिन्दी",
    "th": "thai ไทย",
}


def code_of(name: str) -> str | None:
    """ "German" → "de"; codes are taken too. None for a language that cannot be told here."""
    wanted = name.strip().lower()
    return next((code for code, names in _NAMES.items() if wanted == code or wanted in names.split()), None)


def language_of(text: str) -> str | None:
    """ISO 639-1 code; None where the words do not tell it, as in code, whose names would be taken for Malagasy."""
    code_letters = sum(_letters(run) for run in _ASCII_RUN.findall(text) if _CODE.search(run))
    if code_letters > (1 - LEAST_PROSE) * _letters(text):
        return None
    code, probability = _identifier().classify(text)
    return str(code) if probability >= SURE else None


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


@functools.cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)

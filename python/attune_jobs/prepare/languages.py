"""The language of a short text, as far as its words tell. Where they do not, nothing is said."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

SURE = 0.95
"""Probability from which on a language is taken as told: names of things and a few words stay below it."""

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
    """ISO 639-1 code; None where the words do not tell it."""
    code, probability = _identifier().classify(text)
    return str(code) if probability >= SURE else None


@functools.cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)

"""What keyword search makes of a text: what a search engineer would set up for the language of the corpus.

As Lucene's analyzers do: words by Unicode, stop words and a Snowball stemmer where the language has them, pairs of
characters for Chinese, Japanese and Korean, dictionary words for Thai, Lao, Khmer and Burmese.
"""

from __future__ import annotations

import functools
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import regex

from ..segments import fold, words

SAMPLE = 500
"""Passages, evenly spaced, of which the language is looked at, and characters of each."""

CHARACTERS = 1_000

MOST = 0.75
"""Share of the passages of a script that must be of one language: else its words stay as they are."""

_PAIRED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}々ー]+")
_PAIRED_LANGUAGES = ("zh", "ja", "ko")

_SNOWBALL = {
    **{"ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "cs": "czech", "da": "danish"},
    **{"nl": "dutch", "en": "english", "eo": "esperanto", "et": "estonian", "fi": "finnish", "fr": "french"},
    **{"de": "german", "el": "greek", "hi": "hindi", "hu": "hungarian", "id": "indonesian", "ga": "irish"},
    **{"it": "italian", "lt": "lithuanian", "ne": "nepali", "nb": "norwegian", "nn": "norwegian", "no": "norwegian"},
    **{"fa": "persian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian"},
    **{"es": "spanish", "sv": "swedish", "ta": "tamil", "tr": "turkish"},
}

_ELIDED = {
    "fr": regex.compile(r"^(?:[ljmtnscd]|qu|jusqu|quoiqu|lorsqu|puisqu)'(?=.)"),
    "it": regex.compile(r"^(?:[lcdmtsvn]|un|dell|nell|dall|sull|all|coll|quell|quest|gli|sant)'(?=.)"),
    "ca": regex.compile(r"^[ldmtns]'(?=.)"),
}
"""Articles and pronouns that stand before an apostrophe. Source: Lucene's elision filters."""


@dataclass(frozen=True)
class Analyzer:
    languages: dict[str, str]
    """Script → the language (ISO 639-1) of its words; a script that is not there has none."""

    def __call__(self, text: str) -> list[str]:
        text = fold(text).replace("’", "'")
        runs = [match.group() for match in _PAIRED.finditer(text)]
        found = [pair for run in runs for pair in _pairs(run)]
        by_script: dict[str, list[str]] = {}
        for word in words(_PAIRED.sub(" ", text) if runs else text):
            by_script.setdefault(_script_of(word[0]), []).append(word)
        for script, own in by_script.items():
            found += _stemmed(own, self.languages.get(script))
        return found

    def settings(self) -> dict[str, str]:
        """What the report says of it."""
        stemmed = [language for language in self.languages.values() if language in _SNOWBALL]
        stopped = [language for language in self.languages.values() if _stop_words(language)]
        paired = [language for language in self.languages.values() if language in _PAIRED_LANGUAGES]
        return {
            "words": "Unicode" + (f", pairs of characters for {', '.join(paired)}" if paired else ""),
            "language": ", ".join(self.languages.values()) or "not one",
            "stemmer": f"Snowball {', '.join(stemmed)}" if stemmed else "none",
            "stop words": ", ".join(stopped) or "none",
        }


def analyzer_of(passages: Sequence[str]) -> Analyzer:
    """Finds the language of each script that the passages are written in."""
    import py3langid

    if not passages:
        return Analyzer({})
    languages: dict[str, Counter[str]] = {}
    for row in np.unique(np.linspace(0, len(passages) - 1, SAMPLE).astype(int)):
        text = passages[row][:CHARACTERS]
        script = _main_script(text)
        if script is not None:
            languages.setdefault(script, Counter())[py3langid.classify(text)[0]] += 1
    return Analyzer(
        {
            script: language
            for script, counted in sorted(languages.items(), key=lambda entry: -entry[1].total())
            for language, count in counted.most_common(1)
            if count >= MOST * counted.total()
        }
    )


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def _stemmed(found: list[str], language: str | None) -> list[str]:
    if language is None:
        return found
    elided = _ELIDED.get(language)
    if elided is not None:
        found = [elided.sub("", word) for word in found]
    stop_words = _stop_words(language)
    kept = [word for word in found if word not in stop_words]
    stemmer = _stemmer(language)
    return kept if stemmer is None else list(stemmer.stemWords(kept))


@functools.cache
def _stemmer(language: str):  # type: ignore[no-untyped-def]  # the package has no types
    import Stemmer

    return Stemmer.Stemmer(_SNOWBALL[language]) if language in _SNOWBALL else None


@functools.cache
def _stop_words(language: str) -> frozenset[str]:
    """NLTK's lists, as bm25s carries them; empty where it has none: rare words weigh most without one too."""
    from bm25s import stopwords

    lists = {
        "en": stopwords.STOPWORDS_EN_PLUS,
        "de": stopwords.STOPWORDS_GERMAN,
        "nl": stopwords.STOPWORDS_DUTCH,
        "fr": stopwords.STOPWORDS_FRENCH,
        "es": stopwords.STOPWORDS_SPANISH,
        "pt": stopwords.STOPWORDS_PORTUGUESE,
        "it": stopwords.STOPWORDS_ITALIAN,
        "ru": stopwords.STOPWORDS_RUSSIAN,
        "sv": stopwords.STOPWORDS_SWEDISH,
        "nb": stopwords.STOPWORDS_NORWEGIAN,
        "da": stopwords.STOPWORDS_DANISH,
        "tr": stopwords.STOPWORDS_TURKISH,
    }
    return frozenset(fold(word) for word in lists.get(language, ()))


def _main_script(text: str) -> str | None:
    counted = Counter(_script_of(character) for character in text if character.isalpha())
    return counted.most_common(1)[0][0] if counted else None


@functools.lru_cache(100_000)
def _script_of(character: str) -> str:
    """By the first word of the character's name: LATIN, CYRILLIC; the scripts that Japanese mixes are one."""
    script = unicodedata.name(character, "NONE").split()[0]
    return "CJK" if script in ("HIRAGANA", "KATAKANA", "CJK") else script

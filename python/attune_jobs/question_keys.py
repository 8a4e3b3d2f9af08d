"""When two questions are one, and when one would give the other away."""

from __future__ import annotations

import unicodedata

import regex

from .segments import fold, word_spans

_PUNCTUATION = regex.compile(r"[\p{Terminal_Punctuation}\p{Quotation_Mark}\p{Ps}\p{Pe}¿¡…]+")
"""Signs of sentences. Signs that name something (# + - * / & | < > = $ % @) are none, nor are marks of a script."""

_OPENING = regex.compile(r"[\p{Quotation_Mark}\p{Ps}¿¡]+")
"""What stands before a word of a sentence; a `!` or a `.` there belongs to a name."""

_HYPHEN = regex.compile(r"\p{Pd}+")
_ENDING = regex.compile(r"[\p{Sentence_Terminal}\p{Terminal_Punctuation}…\s]+$")


def question_key(question: str) -> str:
    """Equal for questions that differ in case or white space only: they are one question.

    Case is folded as Unicode does it, without a language: a Turkish dotless ı stays another letter than i.
    """
    return " ".join(unicodedata.normalize("NFC", question.casefold()).split())


def leak_key(question: str) -> str:
    """Equal also for questions that differ in punctuation, in hyphens between words or in the width of letters only.

    For the splits: two such questions may ask for different things, but must not stand on both sides. What is made of
    signs alone is a name (`&&`, `?.`) and stays, and so does what tells C from C++ and 7 from -7.
    """
    folded = fold(question_key(question))
    folded = _ENDING.sub("", folded) or folded
    return " ".join(part for token in folded.split() for part in _parts(token))


def _parts(token: str) -> list[str]:
    spans = word_spans(token)
    if not spans:
        return [token]
    parts: list[str] = []
    end_before = 0
    for begin, end in [*spans, (len(token), len(token))]:
        between = (_PUNCTUATION if end_before else _OPENING).sub("", token[end_before:begin])
        if between and not (_HYPHEN.fullmatch(between) and _joins_words(token, end_before, begin)):
            parts.append(between)
        if begin < end:
            parts.append(token[begin:end])
        end_before = end
    return parts


def _joins_words(token: str, begin: int, end: int) -> bool:
    """Between letters a hyphen joins; beside a digit it may be a sign or a range."""
    return 0 < begin and end < len(token) and token[begin - 1].isalpha() and token[end].isalpha()

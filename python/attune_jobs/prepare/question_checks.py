"""What makes a written question none that a person would ask: one check a fault, the first that holds names it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from ..segments import ngrams, words
from ..texts import embedded_text
from .languages import code_of, language_of
from .near_questions import grams, similarity

MOST_CHARACTERS = 400
MOST_WORDS = 60
"""Of a question. People who ask at more length tell a story."""

COPIED_RUN = 6
"""Words in a row that count as copied."""

COPIED_SHARE = 0.6
"""Of a question's runs that stand in its passage, from which on it is a copy."""

_SELF = re.compile(
    r"""
      \b(?:this|that|the|given|above|following|provided)\s+
        (?:passage|text|document|section|excerpt|paragraph|article|snippet|context)\b
    | \b(?:according\s+to|mentioned|described|discussed|stated)\s+(?:in\s+)?(?:the|this)\s+
        (?:page|chapter|guide|author)\b
    | \b(?:diese[rmsn]?|de[rmsn]|die|das|im|obige[nrs]?|vorliegende[nrs]?)\s+
        (?:text(?:es|s)?|textabschnitts?|abschnitts?|absatz(?:es)?|passage|dokument(?:s|es)?|auszugs?)\b
    | \b(?:ce(?:tte)?|le|la|du|au|de\s+la|de\s+l['’]|l['’]|d['’]après\s+l[ea'’])\s*
        (?:passage|texte|extrait|paragraphe)\b
    | \b(?:est[ea]|el|del|al|la)\s+(?:pasaje|texto|fragmento|párrafo)\b
    | \b(?:quest[oa']|il|del|nel|dal|al)\s*(?:brano|testo|passaggio|paragrafo)\b
    | \b(?:est[ea]|o|do|no|ao|neste|deste)\s+(?:trecho|texto|parágrafo)\b
    | \b(?:deze|dit|de|het)\s+(?:passage|tekst|alinea|fragment)\b
    | \b(?:эт(?:от|ом|ого|ому)|данн(?:ый|ом|ого)|приведённ(?:ый|ом|ого))\s+(?:текст|отрыв|абзац|фрагмент|документ)\w*
    | \bв\s+(?:тексте|отрывке|абзаце|фрагменте)\b
    | \b(?:tym|ten|tego|podany[mn]?|powyższy[mn]?)\s+(?:tekst|fragment|akapit)\w*
    | (?:本文|上文|该文|这篇文章|這篇文章|这段(?:文字|话|文本)|這段(?:文字|話)|文中|该段|上述(?:文字|文本|段落))
    | (?:この(?:文章|文書|段落|節|一節|テキスト)|本文(?:中|では|によると)|上記の文章)
    | (?:이\s*(?:글|문서|본문|구절|문단|텍스트)|본문에)
    | (?:هذا\s+(?:النص|المقطع|المستند)|في\s+النص|المقطع\s+أعلاه)
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Whoever asks has not seen the passage."""


class Checks:
    def __init__(self, language: str | None, examples: Iterable[str], near: float) -> None:
        """
        Args:
            language: in words, in which the questions were asked for. None: each passage's own.
            examples: real questions, which showed the style: they are none of the model's.
            near: similarity from which on a question is one of the examples.
        """
        self._language = None if language is None else code_of(language)
        self._any_language = language is not None and self._language is None
        self._near = near
        self._examples: dict[tuple[str, ...], list[set[tuple[str, ...]]]] = defaultdict(list)
        for example in examples:
            own = grams(example)
            for gram in own:
                self._examples[gram].append(own)

    def fault(self, text: str, kind: str, passage: dict[str, Any]) -> str | None:
        """The name of the first fault; None where there is none.

        Args:
            passage: {"title", "text"} that the question was written for.
        """
        if self._is_short(text, kind):
            return "tooShort"
        if len(text) > MOST_CHARACTERS or len(words(text)) > MOST_WORDS:
            return "tooLong"
        if _SELF.search(text):
            return "namesThePassage"
        if self._is_foreign(text, passage):
            return "otherLanguage"
        if _is_copied(text, embedded_text(passage["title"], passage["text"])):
            return "copied"
        return "example" if self._is_example(text) else None

    def _is_short(self, text: str, kind: str) -> bool:
        asked = words(text)
        return len(asked) < (1 if kind == "keyword" else 3) or sum(map(len, asked)) < 2

    def _is_foreign(self, text: str, passage: dict[str, Any]) -> bool:
        """Where both are sure: a few words tell no language, and names of things are of none."""
        if self._any_language:
            return False
        own = language_of(text)
        if self._language is not None:
            return own is not None and own != self._language
        theirs = language_of(passage["text"])
        return own is not None and theirs is not None and own != theirs

    def _is_example(self, text: str) -> bool:
        own = grams(text)
        near = (other for gram in own for other in self._examples.get(gram, ()))
        return any(similarity(own, other) >= self._near for other in near)


def _is_copied(question: str, passage: str) -> bool:
    """Questions that are shorter than two runs use the words of the thing itself."""
    asked = words(question)
    if len(asked) < 2 * COPIED_RUN:
        return False
    known = set(ngrams(words(passage), COPIED_RUN))
    runs = ngrams(asked, COPIED_RUN)
    return sum(one in known for one in runs) / len(runs) >= COPIED_SHARE

"""Which questions are one, and which must not stand on both sides of a split."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from languages import LANGUAGES, Language

from attune_jobs.question_keys import leak_key, question_key

EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES, ids=str)

DIFFERENT = [
    ("How do I sort a list in C?", "How do I sort a list in C++?"),
    ("How do I sort a list in C?", "How do I sort a list in C#?"),
    ("what does && do", "what does || do"),
    ("What does the ?. operator do?", "What does the ?? operator do?"),
    ("What does !a mean?", "What does a mean?"),
    ("exit status 7", "exit status -7"),
    ("version 3.5", "version 3-5"),
    ("version 3.5", "version 35"),
    ("a < b", "a > b"),
    ("price in $", "price in €"),
    ("10 %", "10 ‰"),
    ("5°", "5′"),
    ("x²", "x³"),
    (".NET and @media", "NET and media"),
    ("दिन में क्या है?", "दीन में क्या है?"),
    ("ไม่มีไฟ", "ไม้มีไฟ"),
    ("année", "annee"),
    ("ılık su", "ilik su"),
    ("كَتَبَ", "كُتُب"),
]

ONE = [
    ("What  is\tDNA", "what is dna"),
    ("STRASSE", "Straße"),
    (unicodedata.normalize("NFD", "Đà Nẵng"), unicodedata.normalize("NFC", "đà nẵng")),
    ("ЧТО ЭТО", "что это"),
    ("İzmir", "i\u0307zmir"),
]

ALIKE = [
    ("What is DNA?", "What is DNA"),
    ("Qu'est-ce que c'est ?", "Qu'est-ce que c'est?"),
    ("“What is DNA”, please!", "What is DNA, please"),
    ("the kernel-mode driver", "the kernel mode driver"),
    ("请问，如何安装Linux？", "请问如何安装 Linux"),
    ("ما هو الحمض النووي؟", "ما هو الحمض النووي"),
    ("यह क्या है।", "यह क्या है"),
    ("ＵＳＢとは", "USBとは？"),
    ("¿Qué es esto?", "qué es esto"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_questions_that_differ_in_more_than_case_and_blanks_are_two_and_may_stand_in_two_splits(
    one: str, other: str
) -> None:
    assert question_key(one) != question_key(other)
    assert leak_key(one) != leak_key(other)


@pytest.mark.parametrize(("one", "other"), ONE)
def test_questions_that_differ_in_case_and_blanks_only_are_one(one: str, other: str) -> None:
    assert question_key(one) == question_key(other)
    assert leak_key(one) == leak_key(other)


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_questions_that_differ_in_punctuation_are_two_but_must_stand_in_one_split(one: str, other: str) -> None:
    assert question_key(one) != question_key(other)
    assert leak_key(one) == leak_key(other)


@EVERY_LANGUAGE
def test_in_every_language_case_and_blanks_make_no_question_and_punctuation_no_split(language: Language) -> None:
    asked = [language.question.format(x=x, y=y) for x in language.devices for y in language.places]

    assert len({question_key(question) for question in asked}) == len(asked)
    assert len({leak_key(question) for question in asked}) == len(asked)
    for question in asked:
        assert question_key(f"  {question.replace(' ', '  ').upper()}") == question_key(question.upper())
        assert leak_key(f"„{question}“ !") == leak_key(question)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_one_question_is_alike_too(one: str, other: str) -> None:
    if question_key(one) == question_key(other):
        assert leak_key(one) == leak_key(other)
    assert leak_key(f" {one.lower()} ") == leak_key(one.lower())

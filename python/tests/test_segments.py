"""Words and sentences, in scripts with blanks between words and without."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from languages import LANGUAGES, Language

from attune_jobs.segments import fold, ngrams, sentences, word_spans, words

EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES, ids=str)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@EVERY_LANGUAGE
def test_a_sentence_falls_into_the_words_that_a_reader_of_the_language_sees(language: Language) -> None:
    assert tuple(words(language.sentences[0])) == language.words


@EVERY_LANGUAGE
def test_a_text_falls_into_its_sentences(language: Language) -> None:
    text = language.text()

    assert [text[begin:end] for begin, end in sentences(text)] == list(language.sentences)


@EVERY_LANGUAGE
def test_a_passage_has_a_count_of_words_that_its_length_agrees_with(language: Language) -> None:
    passage = language.passage.format(x=language.devices[0], y=language.places[0])

    assert 40 <= len(words(passage)) <= 120


def test_a_line_break_ends_a_sentence_and_blanks_around_one_are_no_part_of_it() -> None:
    text = "  Heading\n\n  First one.   Second 一。  \n"

    assert [text[begin:end] for begin, end in sentences(text)] == ["Heading", "First one.", "Second 一。"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("don't l’eau e.g. 3.5 1,000 v1.2", ["don't", "l’eau", "e.g", "3.5", "1,000", "v1.2"]),
        ("C++, C# && -7/7 $5", ["c", "c", "7", "7", "5"]),
        ("安装Linux 6.1版", ["安装", "linux", "6.1", "版"]),
        ("𠮷野家で𠮷田さんと会う 🙂 ok", ["𠮷", "野家", "で", "𠮷", "田", "さん", "と", "会う", "ok"]),
        ("ＡＢＣ１２ ｶﾞｲﾄﾞ", ["abc12", "ガイド"]),
        ("snake_case std::sort", ["snake_case", "std", "sort"]),
        ("!? … —", []),
        ("", []),
    ],
)
def test_words_have_no_punctuation_whatever_stands_around_them(text: str, found: list[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize(("one", "other"), [("STRASSE", "straße"), ("ΟΔΟΣ", "οδος"), ("İZMİR", "izmir")])
def test_case_folds_in_every_language(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(TEXTS)
def test_spans_follow_each_other_inside_the_text_whatever_it_is(text: str) -> None:
    for found in (word_spans(text), sentences(text)):
        places = [place for span in found for place in span]
        assert places == sorted(places)
        assert all(0 <= begin < end <= len(text) for begin, end in found)


@given(TEXTS)
def test_no_letter_and_no_digit_is_lost_between_words_or_sentences(text: str) -> None:
    held = [character for character in text if character.isalnum()]

    for found in (word_spans(text), sentences(text)):
        assert [character for begin, end in found for character in text[begin:end] if character.isalnum()] == held


def test_ngrams_are_the_runs_of_words() -> None:
    assert ngrams(["a", "b", "c"], 2) == [("a", "b"), ("b", "c")]
    assert ngrams(["a"], 2) == []

"""Keyword search as a search engineer would set it up, in each language; left out where it is no baseline."""

from __future__ import annotations

import pytest
from languages import LANGUAGES, Language

from attune_jobs.evaluation import bm25
from attune_jobs.evaluation.analyzer import analyzer_of
from attune_jobs.evaluation.held_out import TestSet
from attune_jobs.evaluation.metrics import DEPTH, Relevance, score
from attune_jobs.evaluation.systems import rank_bm25
from attune_jobs.texts import Passage

EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES, ids=str)


def manual(language: Language) -> tuple[list[str], list[str]]:
    """A question and a passage for each device and place."""
    named = [{"x": device, "y": place} for device in language.devices for place in language.places]
    return [language.question.format(**each) for each in named], [language.passage.format(**each) for each in named]


@EVERY_LANGUAGE
def test_bm25_finds_the_passage_that_names_what_is_asked(language: Language) -> None:
    questions, passages = manual(language)

    found = bm25.rank(questions, passages, DEPTH)

    relevance = Relevance([{row: 1.0} for row in range(len(questions))])
    assert score(found.rows, relevance)["ndcg@10"].mean() > 0.85
    assert found.useless() is None


@EVERY_LANGUAGE
def test_the_report_names_the_language_and_what_was_done_with_its_words(language: Language) -> None:
    settings = analyzer_of(manual(language)[1]).settings()

    assert settings["language"] == language.code
    assert ("pairs of characters" in settings["words"]) == (language.code in ("zh", "ja", "ko"))
    stemmed = language.code in ("en", "de", "tr", "ru", "el", "ar", "hi")
    assert settings["stemmer"] == (f"Snowball {language.code}" if stemmed else "none")
    assert settings["stop words"] == (language.code if language.code in ("en", "de", "tr", "ru") else "none")


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        ("en", "repairing the engines", "engine repair"),
        ("de", "die Häuser", "Hauses"),
        ("ru", "ремонта насосов", "ремонт насос"),
        ("tr", "İstanbul’da evleri", "istanbul'da evler"),
        ("fr", "l’application", "applications"),
        ("el", "οι δρόμοι", "τους ΔΡΌΜΟΥΣ"),
    ],
)
def test_forms_of_a_word_find_each_other(code: str, one: str, other: str) -> None:
    language = {"fr": "Le service répare les pompes et les chaudières dans la cave de la maison chaque mois."}
    sample = language.get(code) or next(each for each in LANGUAGES if each.code == code).passage
    analyzer = analyzer_of([sample])

    assert set(analyzer(one)) & set(analyzer(other))


def test_each_script_has_the_language_that_most_of_its_passages_are_in() -> None:
    by_code = {language.code: manual(language)[1][:20] for language in LANGUAGES}

    assert analyzer_of(by_code["ru"] + by_code["en"]).languages == {"CYRILLIC": "ru", "LATIN": "en"}
    assert analyzer_of(by_code["de"] + by_code["en"]).settings() == {
        "words": "Unicode",
        "language": "not one",
        "stemmer": "none",
        "stop words": "none",
    }
    assert analyzer_of([]).languages == analyzer_of(["1 2 3", ""]).languages == {}


def test_words_of_another_script_are_words_beside_pairs_of_characters() -> None:
    assert sorted(analyzer_of(["请重启服务器并检查日志。"])("安装Linux 6.1版的步骤")) == sorted(
        ["安装", "linux", "6.1", "版的", "的步", "步骤"]
    )


def test_where_most_questions_find_nothing_bm25_is_left_out_and_that_is_said() -> None:
    passages = [Passage(f"p{at}", "", text) for at, text in enumerate(["die Pumpe", "das Dach", "der Hof", "ein Tor"])]
    questions = ["where is the pump", "who mends a roof", "what about yards", "Dach"]
    relevance = Relevance([{at: 1.0} for at in range(4)])
    test = TestSet([f"q{at}" for at in range(4)], questions, ["g"] * 4, relevance, passages, ["people"] * 4)

    lexical = rank_bm25(test)

    assert lexical.ranked == {}
    assert lexical.warnings == [
        "BM25 is left out: it finds nothing for 3 of 4 questions, since no passage shares a word with them."
    ]
    assert lexical.settings["left out"] == "finds too little"


def test_passages_without_a_word_make_no_index_and_no_error() -> None:
    assert bm25.rank(["what"], ["!!", "++"], 2).rows.tolist() == [[-1, -1]]
    assert bm25.rank(["word", ""], ["", "a word here"], 2).rows.tolist() == [[1, -1], [-1, -1]]

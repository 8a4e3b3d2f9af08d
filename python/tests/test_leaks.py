"""What would give a test question away goes; what only sounds like it, in any language and with any sign, stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import synthetic_pairs
from languages import LANGUAGES, Language
from prepare_runs import prepare_beir, prepare_pairs

from attune_jobs.errors import UserError
from attune_jobs.prepare.grams import GRAM, Grams, patterns, with_edges
from attune_jobs.prepare.near_duplicates import THRESHOLD, shingles, similarity
from attune_jobs.prepare.near_questions import near_repeats
from attune_jobs.segments import words
from attune_jobs.texts import clean

EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES, ids=str)


def passage_of(language: Language, at: int) -> str:
    devices, places = language.devices, language.places
    return language.passage.format(x=devices[at % len(devices)], y=places[at // len(devices) % len(places)])


@EVERY_LANGUAGE
def test_a_passage_with_one_word_changed_is_a_near_duplicate_and_another_passage_is_none(language: Language) -> None:
    passage = passage_of(language, 0)
    changed = passage.replace(language.devices[0], language.devices[1])

    assert changed != passage
    assert (
        similarity(shingles(f"{passage} {passage}"), shingles(f"{passage} {passage} {language.devices[0]}"))
        > THRESHOLD
    )
    assert similarity(shingles(passage), shingles(changed)) >= THRESHOLD
    assert similarity(shingles(passage), shingles(language.text())) < 0.1


def test_short_texts_of_other_signs_are_no_near_duplicates() -> None:
    for one, other in [("x + y", "x - y"), ("C++", "C#"), ("&&", "||"), ("C", "C++")]:
        assert similarity(shingles(one), shingles(other)) == 0
        assert near_repeats([one], [other])["found"] == 0
    assert similarity(shingles("Call  the WORKSHOP"), shingles("call the workshop")) == 1


@EVERY_LANGUAGE
def test_a_test_question_that_nearly_repeats_a_training_question_is_found(language: Language) -> None:
    asked = language.question.format(x=language.devices[0], y=language.places[0])

    assert near_repeats([asked], [language.sentences[1], f"«{asked}»"])["found"] == 1
    assert near_repeats([asked], list(language.sentences))["found"] == 0


@EVERY_LANGUAGE
def test_words_of_a_test_question_in_a_training_text_are_found(language: Language) -> None:
    asked = passage_of(language, 0)
    grams = Grams([asked])

    told = f"{language.sentences[0]}{language.blank}{asked}{language.blank}{language.sentences[2]}"
    assert len(grams.shared_by(told)) == len(set(grams.shared_by(asked))) > 20
    assert grams.shared_by(language.text()) == []


@EVERY_LANGUAGE
def test_cleaning_changes_no_word_of_any_language_and_is_done_once(language: Language) -> None:
    text = language.text() + "\n\n" + passage_of(language, 3)

    assert clean(text) == text
    assert clean(f"  {text}\u200b \r\n\n\n\n") == text
    assert words(clean(text)) == words(text)


def long_questions(beginning: str, count: int = 400) -> list[dict[str, Any]]:
    return [{**row, "query": f"{beginning}{row['query']}"} for row in synthetic_pairs(count)]


def test_questions_that_begin_with_one_instruction_leak_nothing(tmp_path: Path) -> None:
    instruction = (
        "Given a question that a customer asks about our own products retrieve the passages of the manual that answer "
        "it best. Query: "
    )
    prepared = prepare_pairs(tmp_path, long_questions(instruction))

    assert prepared.report["leakage"]["dropped"]["shared_13_gram"] == 0
    assert sum(prepared.report["counts"][split]["questions"] for split in ("train", "dev", "test")) == 400


def test_one_training_text_with_the_words_of_a_test_question_is_dropped_beside_a_pattern(tmp_path: Path) -> None:
    pattern = "please say in one short sentence and without any names or numbers "
    secret = "which of the seven blue lamps above the northern door burns longest when it rains on sundays"
    rows = long_questions(pattern, 300)
    corpus = [{"_id": f"d{at}", "title": "", "text": row["document"]} for at, row in enumerate(rows)]
    corpus[7]["text"] += f" Somebody asked {secret} and got no answer."
    queries = [{"_id": f"q{at}", "text": row["query"]} for at, row in enumerate(rows)]
    queries[290]["text"] = f"{pattern}{secret}?"
    judged = [(f"q{at}", f"d{at}", 1) for at in range(300)]
    prepared = prepare_beir(tmp_path, corpus, queries, {"train": judged[:240], "test": judged[240:]})

    assert prepared.report["leakage"]["dropped"]["shared_13_gram"] == 1
    told = next(entry for entry in prepared.report["setAside"] if "13 words" in entry["reason"])
    assert (told["count"], told["examples"]) == (1, [queries[7]["text"]])


def test_where_attune_made_the_splits_the_advice_is_for_that_and_the_shared_words_are_shown(tmp_path: Path) -> None:
    asked = [" ".join(f"z{at}y{word}" for word in range(14)) for at in range(1000)]
    rows = [
        {
            "query": question,
            "document": " ".join([f"own {at} words", *(asked[(at + step) % 1000] for step in range(1, 9))]),
            "group": f"g{at}",
        }
        for at, question in enumerate(asked)
    ]

    with pytest.raises(UserError, match='by the words "z[0-9]+y0 z[0-9]+y1 .*the same group, or remove') as refused:
        prepare_pairs(tmp_path, rows)
    assert "train.tsv" not in str(refused.value)


def test_a_pattern_is_what_many_questions_or_many_passages_share() -> None:
    gram = tuple(f"w{at}" for at in range(GRAM))
    other = (*gram[1:], "x")

    assert patterns([[gram]] * 3, [[gram]] * 3) == frozenset()
    assert patterns([[gram]] * 4, []) == {gram}
    assert patterns([], [[gram]] * 4 + [[]] * 300) == {gram}
    assert patterns([], [[gram]] * 4 + [[]] * 500) == frozenset()
    assert with_edges(frozenset({gram}), [" ".join([*gram, "x", "y"])]) >= {gram, other}


SIGNS = [
    "C",
    "C++",
    "C#",
    "&&",
    "||",
    "?.",
    "??",
    "-7",
    "7",
    "3.5",
    "3-5",
    "$",
    "€",
    "<",
    ">",
    "दिन",
    "दीन",
    "ไม่มี",
    "ไม้มี",
]


def test_questions_that_differ_in_a_sign_stay_apart_and_leak_nothing_with_given_splits(tmp_path: Path) -> None:
    asked = [f"how do I use {sign} in lesson {at}" for at in range(10) for sign in SIGNS]
    corpus = [{"_id": f"d{at}", "title": "", "text": f"Answer {at}: " + f"word{at} " * 9} for at in range(len(asked))]
    queries = [{"_id": f"q{at}", "text": text} for at, text in enumerate(asked)]
    judged = [(f"q{at}", f"d{at}", 1) for at in range(len(asked))]
    tested = [row for row, text in zip(judged, asked, strict=True) if any(f" {sign} " in text for sign in SIGNS[2::4])]
    train = [row for row in judged if row not in tested]
    prepared = prepare_beir(tmp_path, corpus, queries, {"train": train, "dev": tested[:5], "test": tested[5:]})

    assert prepared.report["duplicates"]["mergedQuestions"] == 0
    assert sum(prepared.report["leakage"]["dropped"].values()) == 0
    assert prepared.qrels("test") == tested[5:]


@EVERY_LANGUAGE
def test_a_manual_of_any_language_is_prepared_without_a_leak_or_a_loss(language: Language, tmp_path: Path) -> None:
    rows = [
        {
            "query": f"{language.question.format(x=device, y=place)} {model}",
            "document": f"{device} {place}: w{model} x{model} y{model} z{model} v{model}",
        }
        for model in range(101, 107)
        for device in language.devices
        for place in language.places
    ]
    prepared = prepare_pairs(tmp_path, rows)

    counts = prepared.report["counts"]
    assert sum(counts[split]["questions"] for split in ("train", "dev", "test")) == len(rows)
    assert counts["corpus"]["passages"] == len(rows)
    assert prepared.report["leakage"]["leftAfterCheck"] == 0

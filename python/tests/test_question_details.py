from __future__ import annotations

import numpy as np
import pytest

from attune_jobs.evaluation import question_details as module
from attune_jobs.evaluation.analyzer import Analyzer
from attune_jobs.evaluation.held_out import TestSet
from attune_jobs.evaluation.metrics import DEPTH, Relevance
from attune_jobs.evaluation.question_details import SNIPPET, question_details
from attune_jobs.evaluation.systems import Ranked
from attune_jobs.texts import Passage

TEXTS = [
    "The printers are connected by a cable to the desk in the room.",
    "A desk without a cable is " + "very " * 200 + "tidy.",
    "Nobody has ever seen the whales that swim below this house.",
]


ENGLISH = Analyzer({"LATIN": "en"})


def questions() -> TestSet:
    return TestSet(
        question_ids=["a", "b"],
        questions=["connecting a printer", "where do whales swim"],
        groups=["a", "b"],
        relevance=Relevance([{0: 1.0}, {2: 1.0}]),
        passages=[Passage(f"p{row}", "", text) for row, text in enumerate(TEXTS)],
        origins=["people", "model"],
    )


def ranked(*tops: list[int]) -> Ranked:
    rows = np.full((len(tops), DEPTH), -1, np.int64)
    for question, top in enumerate(tops):
        rows[question, : len(top)] = top
    return Ranked(rows, {}, None, None, 0, 0.0)


SYSTEMS = {"base": ranked([1, 0], [2]), "candidate": ranked([0, 1, 2], [1])}


def test_each_question_has_what_each_system_found_and_the_words_that_keyword_search_sees_in_both() -> None:
    found = question_details(SYSTEMS, questions(), np.array([0.3, -0.6]), ENGLISH)
    moved_most, other = found["questions"]

    def ids(places: list[int]) -> list[str]:
        return [found["passages"][place]["id"] for place in places]

    assert (moved_most["id"], moved_most["origin"], moved_most["gain"]) == ("b", "model", -0.6)
    assert ids(other["tops"]["base"]) == ["p1", "p0"] and ids(other["tops"]["candidate"]) == ["p0", "p1", "p2"]
    assert ids(other["right"]) == ["p0"] and other["ranks"] == {"base": 2, "candidate": 1}
    assert other["words"] == ["connected", "printers"]
    assert found["leftOut"] == 0 and len(found["passages"]) == 3
    assert max(len(passage["text"]) for passage in found["passages"]) <= SNIPPET + 2


def test_what_makes_the_page_too_large_to_send_is_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CHARACTERS", 100)
    found = question_details(SYSTEMS, questions(), np.array([0.3, -0.6]), ENGLISH)
    assert [question["id"] for question in found["questions"]] == ["b"] and found["leftOut"] == 1

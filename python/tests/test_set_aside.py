"""Nothing of a person's data is lost unsaid: counted by reason, with examples, in the report and in a refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import synthetic_pairs
from prepare_runs import Prepared, prepare_beir, prepare_pairs

from attune_jobs.errors import UserError
from attune_jobs.evaluation.held_out import read_set_aside


def told(prepared: Prepared) -> dict[str, tuple[int, list[str]]]:
    entries: list[dict[str, Any]] = prepared.report["setAside"]
    return {entry["reason"]: (entry["count"], entry["examples"]) for entry in entries}


def test_all_that_is_merged_or_left_out_of_pairs_is_told(tmp_path: Path) -> None:
    rows = synthetic_pairs(300)
    rows += [rows[0], {**rows[1], "query": rows[1]["query"].upper(), "document": "Another answer to it."}]
    rows += [{"query": "what is blank", "document": "\u200b"}]
    contact = {"document": "For anything else call the office that is named on the first page of the manual."}
    rows += [{**contact, "query": f"whom do I call about case {at}", "group": f"case {at}"} for at in range(6)]
    prepared = prepare_pairs(tmp_path, rows)

    found = told(prepared)
    assert found["rows are blank or unreadable after cleaning"] == (1, ["pairs.jsonl:303"])
    assert found["rows repeat another: the same question and passage"][0] == 1
    assert found["questions repeat another but for case or white space and became one with it"] == (
        2,
        [rows[0]["query"], rows[1]["query"].upper()],
    )
    assert found["passages repeat another word for word and became one with it"][0] == 6
    boilerplate = next(reason for reason in found if "more than 5 groups" in reason)
    assert found[boilerplate] == (6, [f"whom do I call about case {at}" for at in range(5)])
    assert read_set_aside(prepared.folder / "test") == prepared.report["setAside"]


def test_questions_without_an_answer_and_rows_that_leak_are_told(tmp_path: Path) -> None:
    rows = synthetic_pairs(300)
    corpus = [{"_id": f"d{at}", "title": "", "text": row["document"]} for at, row in enumerate(rows)]
    queries = [{"_id": f"q{at}", "text": row["query"]} for at, row in enumerate(rows)]
    queries += [{"_id": "alone", "text": "what did nobody judge"}, {"_id": "zero", "text": "what has no answer"}]
    train = [(f"q{at}", f"d{at}", 1) for at in range(240)] + [("q3", "d299", 1)]
    test = [(f"q{at}", f"d{at}", 1) for at in range(240, 300)] + [("zero", "d1", 0)]
    found = told(prepare_beir(tmp_path, corpus, queries, {"train": train, "test": test}))

    assert found["questions have no relevant passage and are neither trained nor tested"] == (
        2,
        ["what did nobody judge", "what has no answer"],
    )
    leak = "rows left the training or dev split: their passage, or a near-duplicate of it, is held out"
    assert found[leak] == (1, [rows[3]["query"]])


def test_sound_data_have_nothing_set_aside(tmp_path: Path) -> None:
    assert told(prepare_pairs(tmp_path, synthetic_pairs(300))) == {}


def test_a_refusal_says_what_was_set_aside_and_why(tmp_path: Path) -> None:
    articles = [f"Article {at} of the help pages. " + f"part{at} " * 20 for at in range(20)]
    rows = [
        {"query": f"click {at} on it", "document": articles[at % 20], "group": f"session {at // 2}"}
        for at in range(600)
    ]

    with pytest.raises(UserError) as refused:
        prepare_pairs(tmp_path, rows)

    assert str(refused.value).startswith(
        "0 training pairs are left after cleaning and splitting, expected at least 100. Set aside: 600 pairs are "
        "neither trained nor tested: their passage, or a near-duplicate of it, stands in more than 5 groups (such as "
        "'click 0 on it')."
    )
    assert "or none, if passages that many groups share are meant to be found" in str(refused.value)

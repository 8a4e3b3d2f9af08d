"""What was trained on stays trained on: no question that judges a model was in the training of the one before it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import synthetic_pairs
from prepare_runs import Prepared, prepare_beir, prepare_pairs

from attune_jobs.errors import UserError
from attune_jobs.question_keys import leak_key

Row = dict[str, Any]


def prepared_after(root: Path, rows: list[Row], before: Prepared | None) -> Prepared:
    """A run that is handed what the run before has left."""
    if before is not None:
        shutil.copytree(before.folder / "assigned", root / "input" / "earlier")
    return prepare_pairs(root, rows)


def trained(prepared: Prepared) -> set[str]:
    return {leak_key(row["query"]) for row in prepared.rows("train/pairs.jsonl")}


def held_out(prepared: Prepared) -> set[str]:
    return {leak_key(row["text"]) for row in prepared.rows("test/queries.jsonl")}


WORDS = [f"{start}{end}" for start in "bar cor del fin gor hul jam kip".split() for end in "an el in os ut".split()]


def words(seed: int, count: int) -> str:
    return " ".join(np.random.default_rng(seed).choice(WORDS, count))


def passage(at: int) -> str:
    return f"Passage {at} of the manual: {words(at, 16)} until {at * 7}."


def click_log() -> list[Row]:
    """1,500 questions over 750 passages, as in a log: two questions a passage, no groups."""
    return [{"query": f"{words(10_000 + at, 5)} {at}", "document": passage(at // 2)} for at in range(1500)]


def known_questions_other_passages(share: float) -> list[Row]:
    random = np.random.default_rng(1)
    count = int(1500 * share)
    asked, told = random.integers(1500, size=count), random.integers(750, size=count)
    return [{"query": click_log()[q]["query"], "document": passage(int(p))} for q, p in zip(asked, told, strict=True)]


def new_questions_two_known_passages(count: int) -> list[Row]:
    random = np.random.default_rng(2)
    return [
        {"query": f"{words(20_000 + at, 5)} new {at}", "document": passage(int(told))}
        for at in range(count)
        for told in random.choice(750, 2, replace=False)
    ]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepared_after(tmp_path_factory.mktemp("first"), click_log(), None)


@pytest.mark.parametrize(
    "grown",
    [
        pytest.param(known_questions_other_passages(0.05), id="+5 % rows: a known question, another passage"),
        pytest.param(new_questions_two_known_passages(75), id="+10 % rows: 75 questions with two known passages"),
        pytest.param(new_questions_two_known_passages(150), id="+20 % rows: 150 questions with two known passages"),
    ],
)
def test_data_that_only_grow_bring_no_trained_question_into_the_test(
    first: Prepared, grown: list[Row], tmp_path: Path
) -> None:
    alone = prepared_after(tmp_path / "alone", click_log() + grown, None)
    second = prepared_after(tmp_path / "second", click_log() + grown, first)

    crossed = len(held_out(alone) & trained(first)) / len(held_out(alone))
    assert crossed > 0.02, "the data would not show it"
    assert held_out(second) & trained(first) == set()
    assert len(held_out(second)) > 0.6 * len(held_out(first))
    assert second.report["earlier"]["trainedBeforeAndTested"] == second.report["earlier"]["leftOutOfTest"] == 0
    # What was held out and is trained on now hangs together with what was trained on.
    moved = held_out(first) & trained(second)
    assert second.report["earlier"]["heldOutBeforeAndTrainedNow"] >= len(moved) > 0
    assert any("that an earlier run held out are trained on now" in warning for warning in second.report["warnings"])


def test_the_same_data_give_the_same_splits_again(first: Prepared, tmp_path: Path) -> None:
    again = prepared_after(tmp_path, click_log(), first)

    for file in ("train/pairs.jsonl", "dev/queries.jsonl", "test/queries.jsonl", "test/qrels.tsv"):
        assert (again.folder / file).read_bytes() == (first.folder / file).read_bytes()
    for split in ("train", "dev", "test"):
        kept = (folder / "assigned" / f"{split}.npy" for folder in (first.folder, again.folder))
        assert next(kept).read_bytes() == next(kept).read_bytes()


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_added_and_left_out_nothing_that_was_trained_on_is_ever_tested(seed: int, tmp_path: Path) -> None:
    random = np.random.default_rng(seed)
    rows = [{**row, "group": f"file {at % 60}"} for at, row in enumerate(synthetic_pairs(300))]
    ever: set[str] = set()
    before = None
    for generation in range(4):
        before = prepared_after(tmp_path / str(generation), rows, before)
        assert held_out(before) & ever == set()
        assert held_out(before)
        ever |= trained(before)
        rows = [rows[at] for at in np.sort(random.permutation(len(rows))[: int(0.95 * len(rows))])]
        asked, told, joined = (random.integers(len(rows), size=5) for _ in range(3))
        rows += [{**rows[q], "document": rows[p]["document"]} for q, p in zip(asked, told, strict=True)]
        rows += [{**rows[q], "group": rows[g]["group"]} for q, g in zip(asked, joined, strict=True)]
        fresh = 40 * (generation + 1)
        rows += [
            {
                "query": f"{words(seed * 1000 + at, 5)} {at}",
                "document": passage(seed * 1000 + at),
                "group": f"new {at}",
            }
            for at in range(fresh, fresh + 40)
        ]


def test_what_was_left_out_for_a_while_is_still_known(first: Prepared, tmp_path: Path) -> None:
    fewer = prepared_after(tmp_path / "fewer", click_log()[:1000], first)
    again = prepared_after(tmp_path / "again", click_log(), fewer)

    assert trained(again) == trained(first) and held_out(again) == held_out(first)


def test_a_given_test_keeps_what_no_model_was_trained_on_and_the_rest_is_left_out_and_told(tmp_path: Path) -> None:
    rows = synthetic_pairs(400)
    corpus = [{"_id": f"d{at}", "title": "", "text": row["document"]} for at, row in enumerate(rows)]
    queries = [{"_id": f"q{at}", "text": row["query"]} for at, row in enumerate(rows)]
    judged = [(f"q{at}", f"d{at}", 1) for at in range(400)]
    before = prepare_beir(tmp_path / "before", corpus, queries, {"train": judged[:300], "test": judged[300:]})
    shutil.copytree(before.folder / "assigned", tmp_path / "input" / "earlier")
    # One of them with other punctuation; and one with its answer only.
    queries[5]["text"] = f"{queries[5]['text']}?!"
    queries[7]["text"] = "what else is told of it"
    given = {"train": judged[20:300], "test": judged[5:8] + judged[300:]}

    after = prepare_beir(tmp_path, corpus, queries, given)

    assert {row["_id"] for row in after.rows("test/queries.jsonl")} == {f"q{at}" for at in range(300, 400)}
    told = {entry["reason"]: entry for entry in after.report["setAside"]}
    (reason,) = (reason for reason in told if "an earlier run trained on them" in reason)
    assert told[reason]["count"] == after.report["earlier"]["leftOutOfTest"] == 3
    assert queries[5]["text"] in told[reason]["examples"]
    assert reason in (after.folder / "test" / "set_aside.jsonl").read_text(encoding="utf-8")


def test_a_test_that_was_all_trained_on_is_refused_with_the_reason(tmp_path: Path) -> None:
    rows = synthetic_pairs(400)
    corpus = [{"_id": f"d{at}", "title": "", "text": row["document"]} for at, row in enumerate(rows)]
    queries = [{"_id": f"q{at}", "text": row["query"]} for at, row in enumerate(rows)]
    judged = [(f"q{at}", f"d{at}", 1) for at in range(400)]
    before = prepare_beir(
        tmp_path / "before", corpus, queries, {"train": judged[:300], "dev": judged[300:320], "test": judged[320:]}
    )
    shutil.copytree(before.folder / "assigned", tmp_path / "input" / "earlier")

    with pytest.raises(UserError, match="100 test questions are left out: an earlier run trained on them"):
        prepare_beir(tmp_path, corpus, queries, {"train": judged[120:], "dev": judged[100:120], "test": judged[:100]})


def test_hashes_that_are_not_as_they_were_written_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "input" / "earlier"
    folder.mkdir(parents=True)
    (folder / "train.npy").write_text("no hashes")

    with pytest.raises(UserError, match="earlier/train.npy: not as an earlier run wrote it"):
        prepare_pairs(tmp_path, synthetic_pairs(200))
    np.save(folder / "train.npy", np.zeros((2, 2)))
    with pytest.raises(UserError, match="earlier/train.npy: found float64"):
        prepare_pairs(tmp_path, synthetic_pairs(200))

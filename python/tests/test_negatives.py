from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import synthetic_pairs
from prepare_runs import prepare_pairs, run_prepare, write_jsonl
from train_runs import RECIPE, make_channels, run_train

from attune_jobs.training.pairs import read_training_pairs

OTHER = "A passage about {} that answers something else, and nobody's question here."


def with_negatives(count: int = 300) -> list[dict[str, Any]]:
    return [{**row, "negatives": [OTHER.format(n)]} for n, row in enumerate(synthetic_pairs(count))]


def set_aside(report: dict[str, Any], begin: str) -> int:
    return sum(entry["count"] for entry in report["setAside"] if entry["reason"].startswith(begin))


def test_negatives_train_join_the_corpus_and_are_relevant_to_nobody(tmp_path: Path) -> None:
    prepared = prepare_pairs(tmp_path, with_negatives())
    train = prepared.rows("train/pairs.jsonl")
    assert all(len(row["negatives"]) == 1 for row in train)
    assert prepared.report["counts"]["train"]["withNegatives"] == len(train)
    negatives = {text for row in train for text in row["negatives"]}
    corpus = {row["_id"]: row["text"] for row in prepared.rows("corpus/corpus.jsonl")}
    assert negatives <= set(corpus.values())
    for split in ("dev", "test"):
        assert not negatives & {corpus[passage] for _, passage, score in prepared.qrels(split) if score > 0}


@pytest.mark.parametrize(
    "form",
    [
        lambda q, d, n: [{"anchor": q, "positive": d, "negative": n}],
        lambda q, d, n: [{"query": q, "pos": [d], "neg": [n]}],
        lambda q, d, n: [{"query": q, "document": d, "negative_1": n}],
        lambda q, d, n: [{"query": q, "document": d, "label": 1}, {"query": q, "document": n, "label": 0}],
        lambda q, d, n: [{"query": q, "shown": [n, d, "Never seen, since it stood below the click."], "clicked": [d]}],
    ],
    ids=["triplet", "FlagEmbedding", "numbered", "thumbs", "clicks"],
)
def test_peers_forms_thumbs_and_clicks_give_the_same_negatives(tmp_path: Path, form: Any) -> None:
    plain = with_negatives()
    rows = [row for one in plain for row in form(one["query"], one["document"], one["negatives"][0])]
    expected = {row["query"]: row["negatives"][0] for row in plain}
    train = prepare_pairs(tmp_path, rows).rows("train/pairs.jsonl")
    assert len(train) > 200
    assert all(row["negatives"] == [expected[row["query"]]] for row in train)


def test_what_one_session_clicked_is_no_negative_in_another(tmp_path: Path) -> None:
    rows = []
    for number, row in enumerate(synthetic_pairs(300)):
        other = " ".join(f"w{number}x{place}" for place in range(20))
        rows.append(
            {"query": row["query"], "shown": ["Advertisement.", row["document"]], "clicked": [row["document"]]}
        )
        rows.append({"query": row["query"], "shown": [row["document"], other], "clicked": [other]})
    prepared = prepare_pairs(tmp_path, rows)
    assert set_aside(prepared.report, "negatives are answers to the same question") > 200
    for row in prepared.rows("train/pairs.jsonl"):
        assert row["document"] not in row.get("negatives", [])


def test_a_held_out_answer_is_no_negative_in_training(tmp_path: Path) -> None:
    rows = synthetic_pairs(400)
    groups = prepare_pairs(tmp_path / "before", rows).split_of_groups()
    tested = next(row for row in rows if groups[row["group"]] == "test")
    trained = [row for row in rows if groups[row["group"]] == "train"][:5]
    more = [{**row, "negatives": [tested["document"], tested["document"] + " Indeed."]} for row in trained]
    prepared = prepare_pairs(tmp_path / "after", [*rows, *more])
    assert set_aside(prepared.report, "negatives answer a dev or test question") == 10
    assert not any("negatives" in row for row in prepared.rows("train/pairs.jsonl"))


def test_rows_of_a_judged_set_that_say_no_train_too(tmp_path: Path) -> None:
    rows = synthetic_pairs(300)
    write_jsonl(tmp_path / "input/corpus/c.jsonl", [{"_id": n, "text": row["document"]} for n, row in enumerate(rows)])
    write_jsonl(tmp_path / "input/queries/q.jsonl", [{"_id": n, "text": row["query"]} for n, row in enumerate(rows)])
    (tmp_path / "input/qrels").mkdir()
    judged = "".join(f"{n} 0 {n} 1\n{n} 0 {(n + 1) % 200} 0\n" for n in range(200))
    (tmp_path / "input/qrels/train.qrels").write_text(judged, encoding="utf-8")
    (tmp_path / "input/qrels/test.qrels").write_text("".join(f"{n} 0 {n} 1\n" for n in range(200, 300)), "utf-8")
    prepared = run_prepare(tmp_path, {name: f"s3://b/{name}" for name in ("corpus", "queries", "qrels")})
    train = prepared.rows("train/pairs.jsonl")
    assert sum(len(row.get("negatives", [])) for row in train) > 100


def write_train(folder: Path, rows: list[dict[str, Any]]) -> Path:
    write_jsonl(folder / "pairs.jsonl", rows)
    return folder


def test_rows_with_different_numbers_of_negatives_get_the_number_asked_for(tmp_path: Path) -> None:
    rows = [
        {"query": f"q{n}", "document": f"d{n}", **({"negatives": [f"n{n}-{i}" for i in range(n)]} if n else {})}
        for n in range(6)
    ]
    pairs = read_training_pairs(write_train(tmp_path, rows), None, 7, negatives=3)
    assert list(pairs) == ["query", "document", "negative_1", "negative_2", "negative_3"]
    for n in range(6):
        chosen = {pairs[f"negative_{i}"][n] for i in (1, 2, 3)}
        own = {text for text in chosen if text.startswith("n")}
        assert len(chosen) == 3
        assert own <= {f"n{n}-{i}" for i in range(n)} and len(own) == min(n, 3)
        assert f"d{n}" not in chosen
    assert pairs == read_training_pairs(tmp_path, None, 7, negatives=3)


def test_without_negatives_or_with_none_asked_for_pairs_stay_pairs(tmp_path: Path) -> None:
    rows = [{"query": f"q{n}", "document": f"d{n}"} for n in range(4)]
    assert list(read_training_pairs(write_train(tmp_path / "a", rows), None, 7, negatives=4)) == ["query", "document"]
    rows[0]["negatives"] = ["n"]  # type: ignore[assignment]
    assert list(read_training_pairs(write_train(tmp_path / "b", rows), None, 7, negatives=0)) == ["query", "document"]


def test_negatives_reach_the_loss(tmp_path: Path, tiny_bert: Path) -> None:
    channels = make_channels(tmp_path / "channels")
    plain = run_train(tmp_path / "plain", channels, base_model=tiny_bert, **RECIPE)
    path = channels / "train" / "pairs.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    write_jsonl(path, [{**row, "negatives": [f"no answer to case {n}"]} for n, row in enumerate(rows)])
    harder = run_train(tmp_path / "harder", channels, base_model=tiny_bert, **RECIPE, negatives=2)
    assert (plain.code, harder.code) == (0, 0)
    losses = [run.metrics("loss")[0][1] for run in (plain, harder)]
    assert losses[1] > losses[0]  # more candidates than the batch alone gives

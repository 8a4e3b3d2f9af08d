"""What a person judged is what every figure says: prepare and evaluation against trec_eval on what was given."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytrec_eval
from conftest import synthetic_pairs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prepare_runs import prepare_beir, prepare_pairs, write_jsonl

from attune_jobs.evaluation.held_out import TestSet, read_test_set
from attune_jobs.evaluation.metrics import DEPTH, Relevance, score
from attune_jobs.evaluation.ranking import top_by_score
from attune_jobs.training.dev_set import DevSet

TRAINED, TESTED, PASSAGES = 120, 8, 60

Qrels = list[tuple[str, str, int]]

JUDGED = st.dictionaries(
    st.tuples(st.integers(0, TESTED - 1), st.integers(0, PASSAGES - 1)), st.integers(-2, 3), min_size=1, max_size=60
)


def corpus_of(near: int) -> list[dict[str, Any]]:
    """Training passages, and PASSAGES others of which each `near` in a row are near-duplicates."""
    trained = [{"_id": f"t{at}", "text": row["document"]} for at, row in enumerate(synthetic_pairs(TRAINED))]
    texts = (
        " ".join(f"w{at // near}x{word}" for word in range(60)) + f" version {at} of it" for at in range(PASSAGES)
    )
    return trained + [{"_id": f"p{at}", "text": text} for at, text in enumerate(texts)]


def queries_of() -> list[dict[str, Any]]:
    trained = [{"_id": f"a{at}", "text": row["query"]} for at, row in enumerate(synthetic_pairs(TRAINED))]
    return trained + [{"_id": f"q{at}", "text": f"what is thing {at} for"} for at in range(TESTED)]


TRAIN = [(f"a{at}", f"t{at}", 1) for at in range(TRAINED)]


def by_trec_eval(qrels: Qrels, run: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    given: dict[str, dict[str, int]] = {}
    for query, passage, relevance in qrels:
        given.setdefault(query, {})[passage] = relevance
    measures = {"ndcg_cut.10", "map_cut.100", "recall.1,5,10,50", "recip_rank"}
    found: dict[str, dict[str, float]] = pytrec_eval.RelevanceEvaluator(given, measures).evaluate(run)
    return found


def assert_as_trec_eval(
    test: TestSet, qrels: Qrels, scores_QP: np.ndarray, ignored: frozenset[Any] = frozenset()
) -> None:
    """`ignored`: (query, passage) that no ranking holds."""
    found = score(
        top_by_score(scores_QP.__getitem__, len(test.questions), len(test.passages), DEPTH, test.own), test.relevance
    )
    run = {
        own: {
            passage.id: float(scores_QP[at, row])
            for row, passage in enumerate(test.passages)
            if (own, passage.id) not in ignored
        }
        for at, own in enumerate(test.question_ids)
    }
    for at, own in enumerate(test.question_ids):
        expected = by_trec_eval(qrels, run)[own]
        assert found["ndcg@10"][at] == pytest.approx(expected["ndcg_cut_10"])
        assert found["map@100"][at] == pytest.approx(expected["map_cut_100"])
        assert found["mrr@10"][at] == pytest.approx(expected["recip_rank"] if expected["recip_rank"] >= 0.1 else 0)
        for k in (1, 5, 10, 50):
            assert found[f"recall@{k}"][at] == pytest.approx(expected[f"recall_{k}"])


def random_scores(test: TestSet, seed: int) -> np.ndarray:
    scores = np.random.default_rng(seed).permuted(np.tile(np.arange(1.0, len(test.passages) + 1), (TESTED, 1)), axis=1)
    found: np.ndarray = scores[: len(test.questions)]
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(judged=JUDGED, near=st.integers(1, 4), seed=st.integers(0, 1000))
def test_every_figure_on_given_judgements_is_the_one_of_trec_eval(
    judged: dict[tuple[int, int], int], near: int, seed: int
) -> None:
    qrels = [(f"q{query}", f"p{passage}", relevance) for (query, passage), relevance in judged.items()]
    answered = {query for query, _, relevance in qrels if relevance > 0}
    qrels += [("q0", "p0", 1)] if not answered else []
    qrels = [*{(query, passage): (query, passage, relevance) for query, passage, relevance in qrels}.values()]
    with tempfile.TemporaryDirectory() as root:
        prepared = prepare_beir(Path(root), corpus_of(near), queries_of(), {"train": TRAIN, "test": qrels})
        test = read_test_set(prepared.folder / "test", prepared.folder / "corpus")
        written = prepared.qrels("test")

    assert set(written) == {row for row in qrels if row[0] in (answered or {"q0"})}
    assert set(test.question_ids) == (answered or {"q0"})
    assert_as_trec_eval(test, qrels, random_scores(test, seed))


def test_a_version_that_a_person_judged_as_no_answer_never_scores(tmp_path: Path) -> None:
    answers = [(f"q{at}", f"p{2 * at}", 2) for at in range(TESTED)]
    rejected = [(f"q{at}", f"p{2 * at + 1}", 0) for at in range(TESTED)]
    prepared = prepare_beir(tmp_path, corpus_of(2), queries_of(), {"train": TRAIN, "test": answers + rejected})
    test = read_test_set(prepared.folder / "test", prepared.folder / "corpus")
    wrong = {query: passage for query, passage, _ in rejected}
    scores = np.array([[float(passage.id == wrong[own]) for passage in test.passages] for own in test.question_ids])

    found = score(top_by_score(scores.__getitem__, len(scores), len(test.passages), DEPTH), test.relevance)

    assert prepared.report["duplicates"]["nearDuplicateClusters"] == PASSAGES // 2
    assert all(values.sum() == 0 for values in found.values())


def test_zeros_of_a_split_that_attune_draws_come_along_and_the_dev_set_knows_no_gain_for_them(tmp_path: Path) -> None:
    qrels = TRAIN + [(f"a{at}", f"t{(at + 1) % TRAINED}", 0) for at in range(TRAINED)]
    qrels += [(f"q{at}", f"p{at}", 1) for at in range(TESTED)] + [(f"q{at}", "p50", -1) for at in range(TESTED)]
    prepared = prepare_beir(tmp_path, corpus_of(1), queries_of(), {"train": qrels})

    for split in ("dev", "test"):
        own = {query for query, _, _ in prepared.qrels(split)}
        assert own and set(prepared.qrels(split)) == {row for row in qrels if row[0] in own}
    dev = DevSet.read(prepared.folder / "dev")
    assert all(len(gains) == 1 and set(gains.values()) == {1} for gains in dev.relevant)


def test_a_pair_of_the_higher_grade_in_train_does_not_change_the_grade_in_test(tmp_path: Path) -> None:
    test = [(f"q{at}", f"p{at}", 1) for at in range(TESTED)]
    prepared = prepare_beir(tmp_path, corpus_of(1), queries_of(), {"train": [*TRAIN, ("q3", "p3", 3)], "test": test})

    assert prepared.qrels("test") == test


def test_judgements_that_contradict_each_other_are_told(tmp_path: Path) -> None:
    corpus = corpus_of(1)
    corpus.append({**corpus[-1], "_id": "copy"})
    test = [(f"q{at}", f"p{at}", 1) for at in range(TESTED)] + [
        ("q1", "p1", 2),
        ("q2", f"p{PASSAGES - 1}", 1),
        ("q2", "copy", 0),
    ]
    prepared = prepare_beir(tmp_path, corpus, queries_of(), {"train": TRAIN, "test": test})

    assert {("q1", "p1", 2), ("q2", f"p{PASSAGES - 1}", 1)} <= set(prepared.qrels("test"))
    told = {entry["reason"]: entry for entry in prepared.report["setAside"]}
    assert told["judgements of one question and passage contradict each other: the highest score counts"] == {
        "reason": "judgements of one question and passage contradict each other: the highest score counts",
        "count": 2,
        "examples": ["what is thing 1 for", "what is thing 2 for"],
    }


def test_in_pairs_too_a_near_duplicate_of_an_answer_is_no_answer(tmp_path: Path) -> None:
    rows = synthetic_pairs(300)
    rows += [
        {**row, "query": f"{row['query']} of old", "document": f"{row['document']} {row['document']} repealed"}
        for row in rows
    ]
    prepared = prepare_pairs(tmp_path, rows)

    asked = [query for query, _, _ in prepared.qrels("test")]
    assert asked and len(asked) == len(set(asked))


def own_set(root: Path, texts: dict[str, str], qrels: Qrels, asked: dict[str, str]) -> TestSet:
    write_jsonl(
        root / "corpus" / "corpus.jsonl", [{"_id": own, "title": "", "text": text} for own, text in texts.items()]
    )
    write_jsonl(root / "test" / "queries.jsonl", [{"_id": own, "text": text} for own, text in asked.items()])
    lines = "".join(f"{query}\t{passage}\t{relevance}\n" for query, passage, relevance in qrels)
    (root / "test" / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + lines, encoding="utf-8")
    return read_test_set(root / "test", root / "corpus")


def test_a_question_that_stands_in_the_corpus_is_no_answer_to_itself_as_in_beir(tmp_path: Path) -> None:
    asked = {f"{at}": f"How do I mend thing {at}?" for at in range(6)}
    texts = asked | {f"{at}0": f"how to repair thing {at} at home" for at in range(1, 7)}
    qrels = [(f"{at}", f"{at + 1}0", 1) for at in range(6)]
    test = own_set(tmp_path, texts, qrels, asked)
    scores = np.random.default_rng(5).permuted(np.tile(np.arange(1.0, 13.0), (6, 1)), axis=1)

    assert [[test.passages[row].id for row in own] for own in test.own] == [[own] for own in test.question_ids]
    assert_as_trec_eval(test, qrels, scores, ignored=frozenset((own, own) for own in asked))


@pytest.mark.parametrize(
    ("own", "text", "relevance", "left_out"),
    [
        ("other", "how  do I MEND thing 1?", None, True),
        (
            "1",
            "Question: how do I mend thing 1, when the little wheel is lost and the shop is closed for the week",
            None,
            True,
        ),
        ("1", "Something else that bears the same number in its own file.", None, False),
        ("other", "How do I mend thing 1?", 1, False),
        ("other", "How do I mend thing 1? Turn it off.", None, False),
    ],
)
def test_what_counts_as_the_question_itself(
    tmp_path: Path, own: str, text: str, relevance: int | None, left_out: bool
) -> None:
    asked = "How do I mend thing 1, when the little wheel is lost and the shop is closed for the week?"
    if "wheel" not in text:
        asked = "How do I mend thing 1?"
    qrels = [("1", "answer", 1)] + ([("1", own, relevance)] if relevance else [])
    test = own_set(tmp_path, {own: text, "answer": "At home."}, qrels, {"1": asked})

    assert [[test.passages[row].id for row in rows] for rows in test.own] == [[own] if left_out else []]


def test_a_ranking_of_others_has_as_many_ranks_as_one_of_all() -> None:
    rows = top_by_score(lambda _: np.arange(1.0, 6.0), questions=2, passages=5, k=3, own=[[4, 2], []])

    assert rows.tolist() == [[3, 1, 0], [4, 3, 2]]


def test_map_divides_by_all_relevant_passages_where_there_are_more_than_ranks() -> None:
    gains = [{row: 1.0 for row in range(150)}]
    run = {"q": {f"p{row:03}": 1000.0 - row for row in range(200)}}
    expected = by_trec_eval([("q", f"p{row:03}", 1) for row in range(150)], run)["q"]["map_cut_100"]

    assert score(np.arange(100).reshape(1, 100), Relevance(gains))["map@100"][0] == pytest.approx(expected)

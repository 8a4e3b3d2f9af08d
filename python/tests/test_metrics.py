from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import pytrec_eval

from attune_jobs.evaluation import bm25
from attune_jobs.evaluation.metrics import DEPTH, METRICS, Relevance, score
from attune_jobs.evaluation.ranking import top_by_cosine, top_by_score
from attune_jobs.serving.endpoint.model import unit_length


def retrieval(graded: bool) -> tuple[np.ndarray, np.ndarray, Relevance]:
    """Random vectors of 30 questions and 400 passages; up to 7 relevant ones for each question."""
    random = np.random.default_rng(7)
    questions = unit_length(random.normal(size=(30, 8)).astype(np.float32))
    passages = unit_length(random.normal(size=(400, 8)).astype(np.float32))
    gains = []
    for question in questions:
        near = np.argsort(-(passages @ question))[:200]
        chosen = random.choice(near, size=random.integers(1, 8), replace=False)
        gains.append({int(row): float(random.integers(1, 4)) if graded else 1.0 for row in chosen})
    return questions, passages, Relevance(gains)


def means(questions: np.ndarray, passages: np.ndarray, relevance: Relevance) -> dict[str, float]:
    found = score(top_by_cosine(questions, passages, DEPTH), relevance)
    assert tuple(found) and set(found) == set(METRICS)
    return {metric: float(values.mean()) for metric, values in found.items()}


def test_metrics_equal_those_of_sentence_transformers() -> None:
    from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator
    from sentence_transformers.util import cos_sim

    questions, passages, relevance = retrieval(graded=False)
    vectors = {f"q{i}": row for i, row in enumerate(questions)} | {f"p{i:03}": row for i, row in enumerate(passages)}

    class Lookup:
        """A model that knows the vectors by name."""

        def encode(self, texts: list[str], **_options: Any) -> np.ndarray:
            import torch

            return torch.from_numpy(np.stack([vectors[text] for text in texts]))

        encode_query = encode_document = encode

    evaluator = InformationRetrievalEvaluator(
        queries={f"q{i}": f"q{i}" for i in range(len(questions))},
        corpus={f"p{i:03}": f"p{i:03}" for i in range(len(passages))},
        relevant_docs={f"q{i}": {f"p{row:03}" for row in gains} for i, gains in enumerate(relevance.gains)},
        ndcg_at_k=[10],
        mrr_at_k=[10],
        map_at_k=[100],
        precision_recall_at_k=[1, 5, 10, 50],
        show_progress_bar=False,
        score_functions={"cosine": cos_sim},
    )
    expected = evaluator.compute_metrices(Lookup())["cosine"]
    found = means(questions, passages, relevance)
    assert found["ndcg@10"] == pytest.approx(expected["ndcg@k"][10], abs=1e-6)
    assert found["mrr@10"] == pytest.approx(expected["mrr@k"][10], abs=1e-6)
    assert found["map@100"] == pytest.approx(expected["map@k"][100], abs=1e-6)
    for k in (1, 5, 10, 50):
        assert found[f"recall@{k}"] == pytest.approx(expected["recall@k"][k], abs=1e-6)


def test_graded_metrics_equal_those_of_trec_eval() -> None:
    questions, passages, relevance = retrieval(graded=True)
    qrels = {f"q{i}": {f"p{row:03}": int(gain) for row, gain in g.items()} for i, g in enumerate(relevance.gains)}
    run = {
        f"q{i}": {f"p{row:03}": float(value) for row, value in enumerate(passages @ question)}
        for i, question in enumerate(questions)
    }
    measures = {"ndcg_cut.10", "map_cut.100", "recall.1,5,10,50", "recip_rank"}
    per_question = pytrec_eval.RelevanceEvaluator(qrels, measures).evaluate(run)
    found = score(top_by_cosine(questions, passages, DEPTH), relevance)
    for i in range(len(questions)):
        expected = per_question[f"q{i}"]
        assert found["ndcg@10"][i] == pytest.approx(expected["ndcg_cut_10"])
        assert found["map@100"][i] == pytest.approx(expected["map_cut_100"])
        reciprocal = expected["recip_rank"] if expected["recip_rank"] >= 0.1 else 0.0  # ours stops at rank 10
        assert found["mrr@10"][i] == pytest.approx(reciprocal)
        for k in (1, 5, 10, 50):
            assert found[f"recall@{k}"][i] == pytest.approx(expected[f"recall_{k}"])


def test_nothing_retrieved_scores_zero_and_a_perfect_ranking_scores_one() -> None:
    relevance = Relevance([{3: 2.0, 5: 1.0}])
    nothing = np.full((1, DEPTH), -1)
    perfect = nothing.copy()
    perfect[0, :2] = [3, 5]
    assert all(values[0] == 0 for values in score(nothing, relevance).values())
    found = score(perfect, relevance)
    assert found.pop("recall@1")[0] == 0.5
    assert all(values[0] == pytest.approx(1) for values in found.values())


def test_ties_go_to_the_lower_document_id_whatever_the_block_size(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    questions = unit_length(random.integers(-1, 2, size=(70, 4)).astype(np.float32) + 0.01)
    passages = unit_length(random.integers(-1, 2, size=(500, 4)).astype(np.float32) + 0.01)  # 81 kinds: many ties
    scores = np.round((questions @ passages.T).astype(np.float64), 6)
    expected = np.stack([np.lexsort((np.arange(500), -row))[:DEPTH] for row in scores])
    np.testing.assert_array_equal(top_by_cosine(questions, passages, DEPTH), expected)
    monkeypatch.setattr("attune_jobs.evaluation.ranking.PASSAGES_PER_BLOCK", 37)
    np.testing.assert_array_equal(top_by_cosine(questions, passages, DEPTH), expected)


def test_a_corpus_smaller_than_the_depth_leaves_the_rest_empty() -> None:
    rows = top_by_score(lambda question: np.array([0.0, 2.0, 1.0]), questions=1, passages=3, k=5)
    assert rows.tolist() == [[1, 2, -1, -1, -1]]


def test_bm25_retrieves_only_passages_that_share_a_word() -> None:
    passages = ["stopping a train", "the zebra eats grass", "zebra zebra crossing"]
    rows = bm25.rank(["zebra", "unheard", "grass zebra"], passages, 3).rows
    assert rows.tolist() == [[2, 1, -1], [-1, -1, -1], [1, 2, -1]]

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import synthetic_pairs
from prepare_runs import write_jsonl
from train_runs import make_channels, run_train

from attune_jobs.training import hard_passages as module
from attune_jobs.training.dev_set import DevSet
from attune_jobs.training.hard_passages import hard_passages
from attune_jobs.training.selection import Selection

RECIPE = {"epochs": 1, "learning_rate": 1e-3, "batch_size": 16, "max_seq_length": 32}


class Words:
    """A model whose vectors count the letters of a text's first word, and so knows no other."""

    def encode_query(self, texts: list[str], **_: object) -> np.ndarray:
        vectors = np.array([[text.split()[0].count(letter) + 0.01 for letter in "abcdefghij"] for text in texts])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    encode_document = encode_query


def dev_set(passages: list[str], queries: list[str], relevant: list[dict[int, int]]) -> DevSet:
    return DevSet(queries, passages, relevant, [[] for _ in queries], {})


def test_dev_questions_are_asked_among_what_the_model_and_bm25_take_for_the_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "DEPTH", 1)
    passages = [
        "jj answer far away",
        "aaa nearest by vector",
        "cc shares kestrel with it",
        "dd of no use",
        "ee neither",
    ]
    dev = dev_set(passages, ["aa kestrel"], [{0: 1}])

    found = hard_passages(dev, Words(), 100, 0, tmp_path).dev  # type: ignore[arg-type]

    assert found.passages == [passages[0], passages[1], passages[2]]
    assert found.relevant == [{0: 1}]


def test_a_passage_that_is_the_question_itself_takes_no_hard_ones_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "DEPTH", 1)
    passages = ["aa kestrel", "aa kestrels", "jj answer"]
    dev = DevSet(["aa kestrel"], passages, [{2: 3}], [[0]], {})

    found = hard_passages(dev, Words(), 100, 0, tmp_path).dev  # type: ignore[arg-type]

    assert (found.passages, found.relevant, found.own) == (passages[1:], [{1: 3}], [[]])


def test_every_relevant_passage_stays_and_the_nearest_of_all_questions_come_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "DEPTH", 3)
    monkeypatch.setattr(module, "MOST", 4)
    passages = ["aa one", "aaa two", "bb three", "bbb four", "jj right", "ii right"]
    dev = dev_set(passages, ["aa x", "bb y"], [{4: 1}, {5: 1}])

    found = hard_passages(dev, Words(), 100, 0, tmp_path).dev  # type: ignore[arg-type]

    assert found.passages == ["aa one", "bb three", "jj right", "ii right"]
    assert found.relevant == [{2: 1}, {3: 1}]


def test_of_a_large_corpus_the_model_reads_a_part_with_what_bm25_finds_and_all_answers(tmp_path: Path) -> None:
    passages = [f"{letter * 2} filler {number}" for number in range(300) for letter in "bcd"]
    passages += ["jj answer", "gg about kestrels and a kestrel"]
    dev = dev_set(passages, ["aa kestrel"], [{900: 1}])

    hard = hard_passages(dev, Words(), 50, 0, tmp_path)  # type: ignore[arg-type]
    found = hard.dev

    assert {"jj answer", "gg about kestrels and a kestrel"} <= set(found.passages)
    assert len(found.passages) <= 50
    assert hard == hard_passages(dev, Words(), 50, 0, tmp_path / "again")  # type: ignore[arg-type]


@pytest.mark.parametrize("most_read", [50, 1_000])
def test_what_the_untrained_model_has_read_is_scored_and_not_read_again(most_read: int, tmp_path: Path) -> None:
    passages = [f"{letter * 2} filler {number}" for number in range(300) for letter in "bcd"]
    passages += ["jj answer", "aa kestrel", "gg about kestrels and a kestrel"]
    dev = dev_set(passages, ["aa kestrel", "jj x"], [{902: 1}, {900: 2}])

    hard = hard_passages(dev, Words(), most_read, 0, tmp_path)  # type: ignore[arg-type]

    asked = hard.dev.ndcg_at_10(Words())  # type: ignore[arg-type]
    assert 0 < asked < 1
    assert hard.untrained == pytest.approx(asked, abs=1e-9)
    selection = Selection(hard.dev, untrained=hard.untrained)
    selection.consider(Still(), step=0, epoch=0.0)  # type: ignore[arg-type]
    assert selection.base_score == selection.score == hard.untrained
    with pytest.raises(AssertionError, match="asked for 2 texts"):
        selection.consider(Still(), step=1, epoch=1.0)  # type: ignore[arg-type]


class Unasked:
    """A model that is not to be asked."""

    def encode_query(self, texts: list[str], **_: object) -> np.ndarray:
        raise AssertionError(f"asked for {len(texts)} texts")


class Still(torch.nn.Module, Unasked):
    """The same, with weights: none."""


def test_a_training_that_goes_on_asks_nobody_again_unless_the_corpus_is_another(tmp_path: Path) -> None:
    dev = dev_set(["aa one", "bb two", "jj right"], ["aa x"], [{2: 1}])
    before = hard_passages(dev, Words(), 100, 0, tmp_path)  # type: ignore[arg-type]

    assert hard_passages(dev, Unasked(), 100, 0, tmp_path) == before  # type: ignore[arg-type]

    other = dev_set([*dev.passages, "cc three"], dev.queries, dev.relevant)
    with pytest.raises(AssertionError, match="asked for 1 texts"):
        hard_passages(other, Unasked(), 100, 0, tmp_path)  # type: ignore[arg-type]


def test_training_scores_the_dev_questions_over_the_corpus_that_it_is_given(tmp_path: Path, tiny_bert: Path) -> None:
    channels = make_channels(tmp_path / "channels")
    lines = (channels / "dev" / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    passages = [json.loads(line) for line in lines]
    # Beside the questions there are only the answers: nothing to take for another.
    judged = {row.split("\t")[1] for row in (channels / "dev" / "qrels.tsv").read_text().splitlines()[1:]}
    write_jsonl(channels / "dev" / "corpus.jsonl", [row for row in passages if row["_id"] in judged])
    echoes = [
        {"_id": f"e{number}", "title": "", "text": f"Notes: {row['query']}"}
        for number, row in enumerate(synthetic_pairs(112))
    ]

    without = run_train(tmp_path / "without", channels, base_model=tiny_bert, **RECIPE)
    write_jsonl(channels / "corpus" / "corpus.jsonl", [*passages, *echoes])
    among_all = run_train(tmp_path / "all", channels, base_model=tiny_bert, **RECIPE)

    assert (without.code, among_all.code) == (0, 0), among_all.failure
    assert "dev: 16 questions over 16 passages" in without.output
    assert among_all.manifest()["devMetric"]["base"] < without.manifest()["devMetric"]["base"]

"""The bench of the recipes: what it measures of two models, and what it calls kept or missed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import synthetic_pairs
from prepare_runs import write_jsonl

BENCH = Path(__file__).parents[2] / "bench" / "quality"


@pytest.fixture(autouse=True)
def bench_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))


def figures(low: float, high: float, ndcg: float = 0.8, times: float = 1.5) -> dict[str, Any]:
    return {
        "attune": {"ndcg@10": ndcg},
        "attune-common": {"ndcg@10": {"difference": (low + high) / 2, "low": low, "high": high}},
        "timesTheCommonTime": times,
    }


@pytest.mark.parametrize(
    ("built_in", "measured", "said"),
    [
        (True, figures(0.01, 0.05), []),
        (True, figures(-0.01, 0.05), ["expected all of it above 0"]),
        (False, figures(-0.01, 0.05), []),
        (False, figures(-0.05, -0.01), ["significantly worse"]),
        (True, figures(0.01, 0.05, ndcg=0.7), ["expected at least 0.76"]),
        (True, figures(0.01, 0.05, times=2.1), ["2.1 times the common recipe's processor time"]),
    ],
)
def test_a_set_keeps_its_promises_or_says_which_it_misses(
    built_in: bool, measured: dict[str, Any], said: list[str]
) -> None:
    from goal import missed
    from sets import Set

    found = missed(Set("med", Path("med"), built_in=built_in, least_ndcg=0.76), measured)
    assert len(found) == len(said)
    assert all(words in sentence for words, sentence in zip(said, found, strict=True))


def test_seeds_are_averaged_before_the_questions_are_drawn() -> None:
    import numpy as np
    from scores import paired

    common = [{"ndcg@10": np.array([0.0, 0.5] * 50)}, {"ndcg@10": np.array([0.4, 0.5] * 50)}]
    attune = [{"ndcg@10": np.array([0.4, 0.5] * 50)}, {"ndcg@10": np.array([0.4, 0.5] * 50)}]
    found = paired({"common": common, "attune": attune}, "ndcg@10", [f"g{at}" for at in range(100)])
    assert found["difference"] == pytest.approx(0.1)
    assert 0.05 < found["low"] < 0.1 < found["high"] < 0.15


@pytest.mark.slow
def test_both_recipes_are_trained_and_asked_the_same_questions(tmp_path: Path, tiny_bert: Path) -> None:
    rows = synthetic_pairs(400)
    folder = tmp_path / "permits"
    write_jsonl(folder / "corpus.jsonl", ({"_id": f"d{at}", "text": row["document"]} for at, row in enumerate(rows)))
    queries = ({"_id": f"q{at}", "text": row["query"], "group": row["group"]} for at, row in enumerate(rows))
    write_jsonl(folder / "queries.jsonl", queries)
    (folder / "qrels").mkdir()
    qrels = "".join(f"q{at}\td{at}\t1\n" for at in range(len(rows)))
    (folder / "qrels" / "train.tsv").write_text("query-id\tcorpus-id\tscore\n" + qrels, encoding="utf-8")

    arguments = ["--set", folder, "--seeds", 1, "--base", tiny_bert, "--tokens", 32, "--work", tmp_path / "work"]
    ended = subprocess.run([sys.executable, str(BENCH), *map(str, arguments)], capture_output=True, text=True)

    assert ended.returncode in (0, 1), ended.stderr
    found = json.loads(ended.stdout)
    assert ended.returncode == (1 if found["missed"] else 0)
    measured = found["sets"]["permits"]
    assert measured["passages"] == 400 and measured["questions"] > 0
    for recipe in ("common", "attune"):
        assert 0 < measured[recipe]["ndcg@10"] <= measured[recipe]["recall@10"] * 2
        assert measured[recipe]["seconds"] > 0 and measured[recipe]["cpuSeconds"] > 0
    gain = measured["attune"]["ndcg@10"] - measured["common"]["ndcg@10"]
    assert measured["attune-common"]["ndcg@10"]["difference"] == pytest.approx(gain, abs=2e-4)
    assert "permits" in ended.stderr and "attune - common" in ended.stderr

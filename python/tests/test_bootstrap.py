from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from attune_jobs.evaluation import bootstrap
from attune_jobs.evaluation.bootstrap import intervals
from attune_jobs.smallest_gain import smallest_gain

ANY = (-1.0, 1.0)
FIXTURES = Path(__file__).parents[2] / "test" / "fixtures"


def test_independent_questions_give_the_interval_of_theory() -> None:
    values = np.random.default_rng(1).normal(0.05, 0.2, size=(400, 1))
    (found,) = intervals(values, [str(row) for row in range(400)], 0.95, ANY)
    half = 1.96 * values.std() / np.sqrt(400)
    assert found.mean == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - half, abs=0.001)
    assert found.high == pytest.approx(values.mean() + half, abs=0.001)


def test_questions_of_one_group_count_together() -> None:
    """Ten copies of each question prove no more than the question once."""
    values = np.random.default_rng(2).normal(0.05, 0.2, size=(50, 1))
    once = intervals(values, [str(row) for row in range(50)], 0.95, ANY)
    copied = intervals(np.repeat(values, 10, axis=0), [str(row) for row in range(50) for _ in range(10)], 0.95, ANY)
    assert copied[0].low == pytest.approx(once[0].low)
    assert copied[0].high == pytest.approx(once[0].high)


def test_unequal_groups_equal_a_plain_resampling_of_rows() -> None:
    """At a level that is expanded for twelve groups, where the jackknife's t does not reach farther."""
    random = np.random.default_rng(3)
    groups = [f"g{random.integers(12)}" for _ in range(90)]
    values = random.normal(size=(90, 2))
    names = sorted(set(groups))
    rows = {name: [row for row, group in enumerate(groups) if group == name] for name in names}
    means = []
    for _ in range(4000):
        drawn = [row for name in random.choice(names, len(names)) for row in rows[name]]
        means.append(values[drawn].mean(axis=0))
    t = stats.t(len(names) - 1).ppf(0.95)
    tail = stats.norm.cdf(-t * np.sqrt(len(names) / (len(names) - 1)))
    for column, (found, resampled) in enumerate(
        zip(intervals(values, groups, 0.9, (-9, 9)), np.array(means).T, strict=True)
    ):
        without = [values[[row for row, group in enumerate(groups) if group != name], column].mean() for name in names]
        error = np.sqrt((len(names) - 1) * np.mean((np.array(without) - found.mean) ** 2))
        low, high = np.quantile(resampled, [tail, 1 - tail])
        assert found.low == pytest.approx(min(low, found.mean - t * error), abs=0.02)
        assert found.high == pytest.approx(max(high, found.mean + t * error), abs=0.02)


@pytest.mark.parametrize("groups", [2, 3, 5, 10, 100])
@pytest.mark.parametrize("equal", [True, False])
def test_a_model_that_is_no_better_passes_as_seldom_as_the_confidence_says(groups: int, equal: bool) -> None:
    """100 questions, paired deviation 0.22, correlation 0.2 within a group; one-sided 2.5 % at 95 % confidence."""
    models = 1000
    random = np.random.default_rng(groups)
    shares = np.ones(groups) if equal else 1 / np.arange(1, groups + 1)
    sizes = np.maximum(1, np.round(100 * shares / shares.sum())).astype(int)
    group_Q = np.repeat(np.arange(groups), sizes)
    shared_GC, own_QC = random.normal(size=(groups, models)), random.normal(size=(len(group_Q), models))
    null_QC = 0.22 * (np.sqrt(0.2) * shared_GC[group_Q] + np.sqrt(0.8) * own_QC)

    passed = np.mean([found.low > 0 for found in intervals(null_QC, [f"{g:03}" for g in group_Q], 0.95, ANY)])

    assert 0.01 <= passed <= 0.04


def test_no_end_lies_beyond_what_is_possible() -> None:
    (found,) = intervals(np.array([[1.0], [1.0], [0.2], [0.2]]), ["a", "a", "b", "b"], 0.95, (0.0, 1.0))
    assert (found.low, found.high) == (0.0, 1.0)


def test_what_is_said_to_be_the_smallest_gain_is_seen_as_often_as_it_is_said() -> None:
    """Questions that tell no more than their group, with the large deviation: four times in five."""
    models, groups = 400, 20
    _, gain = smallest_gain(100, groups, 0.95) or (0.0, 0.0)
    of_group_GC = gain + 0.35 * np.random.default_rng(5).normal(size=(groups, models))

    found = intervals(np.repeat(of_group_GC, 5, axis=0), [f"{row // 5:02}" for row in range(100)], 0.95, ANY)

    assert 0.72 <= np.mean([interval.low > 0 for interval in found]) <= 0.88


def test_the_smallest_gain_is_the_one_that_attune_data_tells() -> None:
    cases = json.loads((FIXTURES / "smallest-gain.json").read_text(encoding="utf-8"))
    assert len(cases) > 5
    for case in cases:
        gain = smallest_gain(case["questions"], case["groups"], case["confidence"], case["minGain"])
        assert gain == (pytest.approx((case["low"], case["high"]), abs=1e-6) if "low" in case else None)


def test_reruns_agree_and_memory_is_bounded_without_changing_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(4).normal(size=(60, 3))
    groups = [str(row // 2) for row in range(60)]
    first = intervals(values, groups, 0.95, ANY)
    monkeypatch.setattr(bootstrap, "CHUNK_CELLS", 1000)
    assert intervals(values, groups, 0.95, ANY) == first


def test_a_single_group_proves_nothing() -> None:
    (found,) = intervals(np.full((200, 1), 0.3), ["only"] * 200, 0.95, ANY)
    assert (found.low, found.high) == ANY

from __future__ import annotations

import numpy as np
import pytest

from attune_jobs.evaluation import bootstrap
from attune_jobs.evaluation.bootstrap import intervals

ANY = (-1.0, 1.0)


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
    random = np.random.default_rng(3)
    groups = [f"g{random.integers(12)}" for _ in range(90)]
    values = random.normal(size=(90, 2))
    names = sorted(set(groups))
    rows = {name: [row for row, group in enumerate(groups) if group == name] for name in names}
    means = []
    for _ in range(4000):
        drawn = [row for name in random.choice(names, len(names)) for row in rows[name]]
        means.append(values[drawn].mean(axis=0))
    for found, column in zip(intervals(values, groups, 0.9, (-9, 9)), np.array(means).T, strict=True):
        assert (found.low, found.high) == pytest.approx(tuple(np.quantile(column, [0.05, 0.95])), abs=0.02)


def test_reruns_agree_and_memory_is_bounded_without_changing_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(4).normal(size=(60, 3))
    groups = [str(row // 2) for row in range(60)]
    first = intervals(values, groups, 0.95, ANY)
    monkeypatch.setattr(bootstrap, "CHUNK_CELLS", 1000)
    assert intervals(values, groups, 0.95, ANY) == first


def test_a_single_group_proves_nothing() -> None:
    (found,) = intervals(np.full((200, 1), 0.3), ["only"] * 200, 0.95, ANY)
    assert (found.low, found.high) == ANY

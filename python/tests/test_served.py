from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from attune_jobs.evaluation import served
from attune_jobs.evaluation.metrics import DEPTH, Relevance
from attune_jobs.evaluation.systems import Ranked
from attune_jobs.serving.endpoint.int8 import FILE

QUESTIONS = 100


def ranked(misses: int) -> Ranked:
    """Each question's one passage is first, but for so many of them."""
    rows = np.full((QUESTIONS, DEPTH), -1)
    rows[misses:, 0] = np.arange(misses, QUESTIONS)
    return Ranked(rows, {}, None, None, 0, 0.0)


@pytest.fixture
def asked() -> Any:
    return SimpleNamespace(relevance=Relevance([{row: 1.0} for row in range(QUESTIONS)]))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).touch()
    return tmp_path


EXACT = ranked(0)


@pytest.mark.parametrize(
    ("asks", "misses", "engine"), [("auto", 1, "int8"), ("auto", 2, "float32"), ("int8", 2, "int8")]
)
def test_int8_serves_where_it_loses_one_percent_or_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, package: Path, asked: Any, asks: str, misses: int, engine: str
) -> None:
    monkeypatch.setenv("ATTUNE_SERVES", asks)
    made = ranked(misses)
    found = served.choose(EXACT, lambda: made, package, asked, "ndcg@10")
    assert found.engine == found.record["engine"] == engine
    assert found.candidate is (made if engine == "int8" else EXACT)
    assert found.record["float32"] == 1
    assert found.record["int8"] == pytest.approx(1 - misses / 100)
    assert f"{1 - misses / 100:.4f} in int8, 1.0000 in float32 (-{misses}.00%)" in found.record["why"]


def test_float32_serves_unasked_where_no_int8_is_wanted_or_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, asked: Any
) -> None:
    def never() -> Ranked:
        raise AssertionError("ranked by an engine that cannot serve")

    monkeypatch.delenv("ATTUNE_SERVES", raising=False)
    assert served.choose(EXACT, never, tmp_path, asked, "ndcg@10").record == {}
    monkeypatch.setenv("ATTUNE_SERVES", "auto")
    found = served.choose(EXACT, never, tmp_path, asked, "ndcg@10")
    assert found.engine == "float32"
    assert found.record["why"].startswith("float32 serves: the package has no onnx/model_int8.onnx")

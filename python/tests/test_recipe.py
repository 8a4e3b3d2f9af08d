"""What attune's default recipe adds to the common one: a rate for each model, and the mean of the weights."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tiny_package import write_static_model
from train_runs import make_channels, run_train

from attune_jobs.training.average import Average
from attune_jobs.training.learning_rate import learning_rate_for


def model_of(hidden_size: int | None) -> Any:
    if hidden_size is None:
        return [SimpleNamespace()]
    return [SimpleNamespace(auto_model=SimpleNamespace(config=SimpleNamespace(hidden_size=hidden_size)))]


@pytest.mark.parametrize(
    ("hidden_size", "steps", "rate"),
    [
        (384, 50, 2e-4),
        (384, 800, 1e-4),
        (384, 100_000, 5e-5),
        (768, 50, 1e-4),
        (768, 100_000, 2.5e-5),
        (1024, 50, 4e-5),
        (None, 100_000, 0.05),
    ],
)
def test_small_models_and_short_trainings_take_the_larger_steps(
    hidden_size: int | None, steps: int, rate: float
) -> None:
    assert learning_rate_for(model_of(hidden_size), steps) == pytest.approx(rate)


def test_the_rate_is_said_and_one_that_is_set_is_kept(tmp_path: Path, tiny_bert: Path) -> None:
    channels = make_channels(tmp_path / "channels")
    recipe = {"epochs": 1, "batch_size": 16, "max_seq_length": 32}
    by_default = run_train(tmp_path / "default", channels, base_model=tiny_bert, **recipe)
    as_set = run_train(tmp_path / "set", channels, base_model=tiny_bert, learning_rate=3e-3, **recipe)
    assert "learning rate 0.0002," in by_default.output
    assert "learning rate 0.003," in as_set.output


def test_a_static_base_learns_with_nothing_set(tmp_path: Path, tiny_bert: Path) -> None:
    base = write_static_model(tmp_path / "base", tiny_bert / "tokenizer.json", size=32)
    ended = run_train(tmp_path / "job", make_channels(tmp_path / "channels"), base_model=base, batch_size=16)
    assert ended.code == 0, ended.failure
    metric = ended.manifest()["devMetric"]
    assert metric["value"] > metric["base"] + 0.05


def test_the_mean_is_of_all_steps_that_were_added_and_leaves_the_model_as_it_was() -> None:
    model = torch.nn.Linear(1, 1, bias=False)
    average = Average()
    for value in (1.0, 2.0, 6.0):
        torch.nn.init.constant_(model.weight, value)
        average.add(model)
    with average.in_place_of(model):
        assert model.weight.item() == pytest.approx(3.0)
    assert model.weight.item() == 6.0


def test_a_mean_that_was_saved_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    model = torch.nn.Linear(1, 1, bias=False)
    average = Average()
    for value in (1.0, 2.0):
        torch.nn.init.constant_(model.weight, value)
        average.add(model)
    average.save(tmp_path)
    resumed = Average()
    resumed.load(tmp_path, torch.device("cpu"))
    torch.nn.init.constant_(model.weight, 6.0)
    resumed.add(model)
    with resumed.in_place_of(model):
        assert model.weight.item() == pytest.approx(3.0)


def test_the_mean_of_the_weights_is_kept_where_dev_finds_it_best_and_only_there(
    tmp_path: Path, tiny_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from attune_jobs.training.dev_set import DevSet

    channels = make_channels(tmp_path / "channels")
    recipe = {"epochs": 1, "batch_size": 16, "max_seq_length": 32, "learning_rate": 1e-3, "base_model": tiny_bert}
    kept = {}
    for best in ("last", "mean"):
        scores = iter([0.1, 0.5, 0.9] if best == "mean" else [0.1, 0.5, 0.2])
        monkeypatch.setattr(DevSet, "ndcg_at_10", lambda *_, scores=scores: next(scores))
        ended = run_train(tmp_path / best, channels, **recipe)
        assert ended.code == 0, ended.failure
        kept[best] = load_file(ended.model / "model.safetensors")
    moved = [name for name in kept["last"] if not torch.equal(kept["last"][name], kept["mean"][name])]
    assert moved

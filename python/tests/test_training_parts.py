from __future__ import annotations

from pathlib import Path

import pytest
from train_runs import make_channels, run_train

from attune_jobs.training.cadence import Cadence
from attune_jobs.training.memory import pairs_that_fit
from attune_jobs.training.ranks import RankSlices

RECIPE = {"epochs": 1, "learning_rate": 1e-3, "batch_size": 16, "max_seq_length": 32}


@pytest.fixture(scope="module")
def channels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_channels(tmp_path_factory.mktemp("channels"))


@pytest.fixture(scope="module")
def losses(tmp_path_factory: pytest.TempPathFactory, channels: Path, tiny_bert: Path) -> list[tuple[int, float]]:
    ended = run_train(tmp_path_factory.mktemp("plain"), channels, base_model=tiny_bert, **RECIPE)
    assert ended.code == 0, ended.failure
    return ended.metrics("loss")


def test_a_mini_batch_saves_memory_and_changes_no_loss(tmp_path: Path, channels: Path, steady_bert: Path) -> None:
    whole = run_train(tmp_path / "whole", channels, base_model=steady_bert, **RECIPE)
    small = run_train(tmp_path / "small", channels, base_model=steady_bert, mini_batch_size=4, **RECIPE)

    assert (whole.code, small.code) == (0, 0), whole.failure or small.failure
    losses, cached = ([loss for _, loss in ended.metrics("loss")] for ended in (whole, small))
    assert cached == pytest.approx(losses, rel=0.01)
    assert losses[-1] < losses[0] - 0.05


def test_the_cached_loss_equals_the_plain_one_where_nothing_is_random(tiny_bert: Path) -> None:
    from sentence_transformers import SentenceTransformer

    from attune_jobs.training.config import TrainConfig
    from attune_jobs.training.loss import ranking_loss
    from attune_jobs.training.ranks import Ranks

    model = SentenceTransformer(str(tiny_bert), local_files_only=True, device="cpu").eval()
    texts = [[f"question {n}" for n in range(8)], [f"passage {n} on permit {n * 7}" for n in range(8)]]
    config = TrainConfig(hardness_strength=5.0)
    values = [
        ranking_loss(model, [32, 16], config, Ranks(0, 1), size)([model.preprocess(t) for t in texts], None).item()
        for size in (None, 3)
    ]
    assert values[1] == pytest.approx(values[0], abs=1e-4)


def test_hard_negatives_weigh_more_where_asked_for(
    tmp_path: Path, channels: Path, tiny_bert: Path, losses: list[tuple[int, float]]
) -> None:
    ended = run_train(tmp_path, channels, base_model=tiny_bert, hardness_strength=9, **RECIPE)
    assert ended.code == 0, ended.failure
    assert ended.metrics("loss")[0][1] > losses[0][1]


def test_a_run_out_of_time_leaves_a_checkpoint_and_goes_on_from_it_later(
    tmp_path: Path, channels: Path, tiny_bert: Path, losses: list[tuple[int, float]]
) -> None:
    stopped = run_train(tmp_path, channels, base_model=tiny_bert, stop_after_seconds=0, **RECIPE)
    assert stopped.code == 2
    assert stopped.failure.startswith("BudgetReached: stopped at step 1 of 6")
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["checkpoint-1"]

    (tmp_path / "output" / "failure").unlink()
    resumed = run_train(tmp_path, channels, base_model=tiny_bert, **RECIPE)
    assert resumed.code == 0, resumed.failure
    assert resumed.metrics("loss")[-1][1] == pytest.approx(losses[-1][1], abs=1e-3)


def test_out_of_memory_starts_over_with_half_as_many_pairs_at_once(
    tmp_path: Path, channels: Path, tiny_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from attune_jobs.training import fit

    real = fit.ranking_loss
    asked: list[int | None] = []

    def small_gpu(*args: object) -> torch.nn.Module:
        asked.append(args[-1])  # type: ignore[arg-type]
        if args[-1] is None or args[-1] > 4:  # type: ignore[operator]
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(fit, "ranking_loss", small_gpu)
    ended = run_train(tmp_path, channels, base_model=tiny_bert, **RECIPE)
    assert ended.code == 0, ended.failure
    assert asked == [None, 8, 4]
    assert "Out of memory: starting over with 4 pairs embedded at once" in ended.output


def test_checkpoints_come_as_often_as_they_cost_next_to_nothing() -> None:
    now = 0.0
    cadence = Cadence(clock=lambda: now)

    def steps(seconds: float, until: float) -> float:
        nonlocal now
        while now < until:
            now += seconds
            if cadence.step_ended():
                return now
        raise AssertionError("no save fell due")

    assert steps(1.0, 100) == 20.0  # the first shows what a save costs
    now += 4.0
    cadence.saved(4.0)
    assert cadence.seconds == 200.0  # 4 s are 2 % of it
    assert steps(1.0, 400) == 224.0
    cadence.saved(0.01)
    assert steps(30.0, 600) == 284.0  # never within a step of the last


def test_the_memory_of_a_gpu_holds_what_the_formula_says() -> None:
    minilm = {"hidden": 384, "layers": 6, "heads": 12}
    assert pairs_that_fit(24 << 30, tokens=128, **minilm) == 256
    assert pairs_that_fit(24 << 30, tokens=512, **minilm) == 32  # attention grows with the square of the length
    assert pairs_that_fit(1, tokens=512, **minilm) == 1


def test_the_slices_of_all_processes_make_up_the_global_batches() -> None:
    batches = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10]]
    slices = RankSlices(batches, 2)  # type: ignore[arg-type]
    assert list(slices) == [[0, 1], [2, 3], [4, 5], [6, 7], [8], [9]]


def test_a_checkpoint_whose_copy_was_cut_short_is_passed_over(tmp_path: Path) -> None:
    from attune_jobs.training.checkpoints import UNFINISHED, newest_checkpoint, publish_checkpoint

    def publish(step: int) -> Path:
        unfinished = tmp_path / UNFINISHED / f"checkpoint-{step}"
        (unfinished / "part").mkdir(parents=True)
        (unfinished / "model.safetensors").write_bytes(b"weights")
        (unfinished / "part" / "state.json").write_text("{}")
        return publish_checkpoint(tmp_path, step)

    older = publish(1)
    kept = tmp_path / "kept"
    older.rename(kept)  # as S3 still has it while the newer one is copied
    newer = publish(2)
    kept.rename(older)
    assert newest_checkpoint(tmp_path) == newer

    (newer / "part" / "state.json").unlink()
    assert newest_checkpoint(tmp_path) == older
    (older / "model.safetensors").write_bytes(b"weig")
    assert newest_checkpoint(tmp_path) is None

"""Two training processes that torchrun starts, against one process at the same global batch."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from train_runs import PYTHON_FOLDER, RECIPE, Ended, arguments_of, make_channels, run_train, variables_for


@pytest.fixture(scope="module")
def channels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_channels(tmp_path_factory.mktemp("channels"))


def start_two(job: Path, channels: Path, **recipe: object) -> subprocess.Popen[str]:
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    return subprocess.Popen(
        [*torchrun, str(PYTHON_FOLDER / "train.py"), *arguments_of(recipe)],
        env={**os.environ, **variables_for(job, channels), "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        stdout=subprocess.PIPE,
        text=True,
    )


def run_two(job: Path, channels: Path, **recipe: object) -> Ended:
    process = start_two(job, channels, **recipe)
    output, _ = process.communicate()
    print(output)
    failure = job / "output" / "failure"
    return Ended(process.returncode, output, job / "model", failure.read_text() if failure.is_file() else "")


def descendants(pid: int) -> list[int]:
    """The process itself, then all that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(found for child in children for found in descendants(int(child)))]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, channels: Path, steady_bert: Path) -> Ended:
    return run_train(tmp_path_factory.mktemp("one"), channels, base_model=steady_bert, **RECIPE)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, channels: Path, steady_bert: Path) -> Ended:
    return run_two(tmp_path_factory.mktemp("two"), channels, base_model=steady_bert, **RECIPE)


def test_two_processes_give_the_loss_curve_of_one_at_the_same_global_batch(one: Ended, two: Ended) -> None:
    assert one.code == 0, one.failure
    assert two.code == 0, two.failure
    expected, found = one.metrics("loss"), two.metrics("loss")
    assert [step for step, _ in found] == [step for step, _ in expected]
    assert [loss for _, loss in found] == pytest.approx([loss for _, loss in expected], rel=1e-3)


def test_the_first_process_alone_scores_and_saves_and_the_scores_are_those_of_one(one: Ended, two: Ended) -> None:
    expected, found = one.metrics("dev_ndcg_at_10"), two.metrics("dev_ndcg_at_10")
    assert [step for step, _ in found] == [step for step, _ in expected]
    assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=1e-3)
    assert two.manifest()["devMetric"]["step"] == one.manifest()["devMetric"]["step"]
    assert two.output.count("Training ") == 1


def test_the_vectors_are_those_of_one_process(one: Ended, two: Ended) -> None:
    from sentence_transformers import SentenceTransformer

    vectors = [
        SentenceTransformer(str(ended.model), local_files_only=True, device="cpu").encode(["permit 7", "tool 13"])
        for ended in (one, two)
    ]
    assert vectors[1] == pytest.approx(vectors[0], abs=2e-3)


@pytest.mark.skipif(
    version("transformers").startswith("5.3."),
    reason="transformers 5.3 restores to `cpu:0` on several processes, which torch refuses; its image has GPUs",
)
def test_a_killed_pair_resumes_and_ends_with_the_losses_of_an_uninterrupted_one(
    tmp_path: Path, channels: Path, tiny_bert: Path
) -> None:
    # With dropout: each process must get its own random numbers back
    whole = run_two(tmp_path / "whole", channels, base_model=tiny_bert, **RECIPE)
    process = start_two(tmp_path / "killed", channels, base_model=tiny_bert, checkpoint_seconds=0, **RECIPE)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("attune-metric step=8 ") and "loss" in line:
            for pid in descendants(process.pid):  # torchrun's workers are sessions of their own
                os.kill(pid, 9)
            break
    process.communicate()

    resumed = run_two(tmp_path / "killed", channels, base_model=tiny_bert, checkpoint_seconds=0, **RECIPE)
    assert resumed.code == 0, resumed.failure
    assert "Resuming from checkpoint-" in resumed.output
    expected, found = dict(whole.metrics("loss")), dict(resumed.metrics("loss"))
    assert found and found[12] == pytest.approx(expected[12], abs=1e-4)


def test_a_batch_that_does_not_divide_is_refused_before_anything_is_loaded(
    tmp_path: Path, channels: Path, steady_bert: Path
) -> None:
    ended = run_two(tmp_path, channels, base_model=steady_bert, **{**RECIPE, "batch_size": 15})
    assert ended.code != 0
    assert ended.failure.startswith("batch_size: found 15, which 2 training processes cannot share evenly.")

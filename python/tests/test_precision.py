"""The model is computed at 16 bits where the processor has instructions for it; what is learned is kept in 32."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from train_runs import RECIPE, make_channels, run_train

from attune_jobs.training import fit
from attune_jobs.training.loss import cosine_in_float32


def test_training_at_16_bits_learns_what_training_at_32_does(
    tmp_path: Path, tiny_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channels = make_channels(tmp_path / "channels")
    ended = {}
    for bf16 in (False, True):
        monkeypatch.setattr(fit, "cpu_multiplies_bf16", lambda bf16=bf16: bf16)
        ended[bf16] = run_train(tmp_path / str(bf16), channels, base_model=tiny_bert, **RECIPE)
        assert ended[bf16].code == 0, ended[bf16].failure
    losses = {bf16: [loss for _, loss in one.metrics("loss")] for bf16, one in ended.items()}
    assert losses[True] != losses[False]
    assert losses[True] == pytest.approx(losses[False], rel=0.02)
    weights = load_file(ended[True].model / "model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.float32}


def test_the_losss_cosines_are_not_rounded_to_16_bits() -> None:
    generator = torch.Generator().manual_seed(0)
    queries, documents = (torch.randn(8, 32, generator=generator) for _ in range(2))
    expected = cosine_in_float32(queries, documents)
    with torch.autocast("cpu", torch.bfloat16):
        found = cosine_in_float32(queries, documents)
        assert (
            torch.nn.functional.normalize(queries) @ torch.nn.functional.normalize(documents).T
        ).dtype != found.dtype
    assert torch.equal(found, expected)

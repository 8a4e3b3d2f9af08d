"""A base whose weights are stored in half precision is trained, packaged and served in float32."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_package import write_static_model
from train_runs import RECIPE, Ended, make_channels, run_train

from attune_jobs.serving.endpoint.loading import load_model
from attune_jobs.serving.endpoint.other_models import sentence_transformer

HALVES = {"float16": torch.float16, "bfloat16": torch.bfloat16}


def stored_as(base: Path, kind: torch.dtype, folder: Path) -> Path:
    """The base as its authors would have saved it: weights and config say the type."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(base), local_files_only=True, device="cpu").to(kind)
    model.save_pretrained(str(folder), create_model_card=False)
    return folder


@pytest.fixture(scope="module")
def channels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_channels(tmp_path_factory.mktemp("channels"))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, channels: Path, tiny_bert: Path) -> Ended:
    return run_train(tmp_path_factory.mktemp("plain"), channels, base_model=tiny_bert, **RECIPE)


@pytest.mark.parametrize("kind", HALVES)
def test_it_learns_as_one_that_is_stored_in_float32(
    kind: str, tmp_path: Path, channels: Path, tiny_bert: Path, plain: Ended
) -> None:
    base = stored_as(tiny_bert, HALVES[kind], tmp_path / "base")
    stored = load_file(base / "model.safetensors")
    assert {tensor.dtype for tensor in stored.values()} == {HALVES[kind]}
    ended = run_train(tmp_path / "job", channels, base_model=base, **RECIPE)
    assert ended.code == 0, ended.failure
    # What is left of the difference is the rounding of the first weights, not of each step.
    assert [loss for _, loss in ended.metrics("loss")] == pytest.approx(
        [loss for _, loss in plain.metrics("loss")], rel=0.02
    )
    trained = load_file(ended.model / "model.safetensors")
    assert {tensor.dtype for tensor in trained.values()} == {torch.float32}
    layers = [name for name in trained if "LayerNorm" in name and "weight" in name]
    assert layers and all(bool((trained[name] != stored[name].float()).any()) for name in layers)


@pytest.mark.parametrize("kind", HALVES)
@pytest.mark.parametrize("pooling", ["mean", "max"])
def test_a_texts_vector_does_not_depend_on_its_batch(kind: str, pooling: str, tmp_path: Path, tiny_bert: Path) -> None:
    """By the transformer's own engine, and by sentence-transformers (any other pooling)."""
    from tiny_package import write_package

    folder = stored_as(write_package(tmp_path / "float32", pooling=pooling), HALVES[kind], tmp_path / "half")
    texts = ["the job", *(" ".join(["model endpoint data"] * n) for n in range(1, 6))]
    model = load_model(folder)
    together = model.encode(texts).vectors
    alone = np.concatenate([model.encode([text]).vectors for text in texts])
    assert np.abs(together - alone).max() < 1e-6
    assert together.dtype == np.float32


@pytest.mark.parametrize("kind", HALVES)
def test_a_table_of_static_vectors_is_loaded_in_float32_too(kind: str, tmp_path: Path, tiny_bert: Path) -> None:
    folder = write_static_model(tmp_path / "static", tiny_bert / "tokenizer.json", size=32)
    (file,) = folder.rglob("model.safetensors")
    save_file({name: tensor.to(HALVES[kind]) for name, tensor in load_file(file).items()}, file)
    model = sentence_transformer(folder, device="cpu")
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}

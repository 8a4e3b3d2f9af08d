from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
from tiny_package import pack
from train_runs import Ended, make_channels, run_train

SERVING = "s3://bucket/attune/support/1a2b3c4d/package/model.tar.gz"
RECIPE = {"epochs": 1, "batch_size": 16, "max_seq_length": 32, "learning_rate": 1e-3}
STILL = RECIPE | {"learning_rate": 1e-12}
"""Nothing is learned, so the weights that come out are those that training started from."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, tiny_bert: Path) -> Ended:
    """The model in service: an earlier run's."""
    folder = tmp_path_factory.mktemp("served")
    ended = run_train(folder, make_channels(folder / "channels"), base_model=tiny_bert, **RECIPE)
    assert ended.code == 0, ended.failure
    return ended


def channels_with(folder: Path, model: Path) -> Path:
    channels = make_channels(folder)
    pack(model, channels / "incumbent" / "model.tar.gz")
    return channels


def vectors(model: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    texts = ["how do people repair the river", "permit 7 and tool 13"]
    return SentenceTransformer(str(model), local_files_only=True, device="cpu").encode(texts)


def test_training_goes_on_from_the_weights_in_service_and_the_manifest_says_from_which(
    tmp_path: Path, served: Ended, tiny_bert: Path
) -> None:
    channels = channels_with(tmp_path / "channels", served.model)
    ended = run_train(tmp_path, channels, base_model=tiny_bert, start_from=SERVING, **STILL)

    assert ended.code == 0, ended.failure
    assert vectors(ended.model) == pytest.approx(vectors(served.model), abs=1e-5)
    assert vectors(ended.model) != pytest.approx(vectors(tiny_bert), abs=1e-3)
    manifest = ended.manifest()
    assert manifest["base"] == str(tiny_bert)
    assert manifest["startedFrom"] == {"model": SERVING, "dataHash": served.manifest()["dataHash"]}
    assert served.manifest()["startedFrom"] is None
    assert f"Training {SERVING} on 96 pairs" in ended.output
    assert "no checkpoint beat the model in service on the dev set" in ended.output


def test_a_model_that_was_fitted_from_another_base_is_refused_with_both_bases(
    tmp_path: Path, served: Ended, tiny_bert: Path
) -> None:
    channels = channels_with(tmp_path / "channels", served.model)
    ended = run_train(tmp_path, channels, base_model="me/another", start_from=SERVING, **RECIPE)

    assert ended.code == 2
    assert ended.failure == (
        f"train.startFrom: the model in service ({SERVING}) was fitted from {tiny_bert}, the spec's base is "
        f"me/another. Write startFrom: base, or base: {tiny_bert}."
    )


def test_sizes_beyond_those_of_the_model_in_service_are_refused(
    tmp_path: Path, served: Ended, tiny_bert: Path
) -> None:
    channels = channels_with(tmp_path / "channels", served.model)
    ended = run_train(tmp_path, channels, base_model=tiny_bert, start_from=SERVING, dimensions="[64]", **RECIPE)

    assert ended.code == 2
    assert "dimensions: found 64, but the base model's vectors have 32" in ended.failure


def test_an_archive_that_leads_out_of_its_folder_or_is_missing_is_refused(tmp_path: Path, tiny_bert: Path) -> None:
    channels = make_channels(tmp_path / "channels")
    missing = run_train(tmp_path / "missing", channels, base_model=tiny_bert, start_from=SERVING, **RECIPE)
    assert (missing.code, missing.failure) == (
        2,
        f"start_from: no archive of {SERVING}. The job needs it as the channel 'incumbent'.",
    )

    (channels / "incumbent").mkdir()
    with tarfile.open(channels / "incumbent" / "model.tar.gz", "w:gz") as tar:
        entry = tarfile.TarInfo("../../outside")
        entry.size = 1
        tar.addfile(entry, io.BytesIO(b"x"))
    hostile = run_train(tmp_path / "hostile", channels, base_model=tiny_bert, start_from=SERVING, **RECIPE)
    assert hostile.code == 2
    assert hostile.failure.startswith("model.tar.gz: ../../outside leads out of the archive")
    assert not list(tmp_path.rglob("outside"))

"""A base model that attune cannot train is refused by the first job, in words that help."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import synthetic_pairs
from prepare_runs import prepare_pairs
from tiny_package import write_package, write_static_model

from attune_jobs.base_fitness import positions_of
from attune_jobs.base_model import resolve_base_model
from attune_jobs.errors import UserError
from attune_jobs.serving.endpoint.loading import load_model

Edit = Callable[[Path], None]


def set_in(file: str, **values: Any) -> Edit:
    def edit(folder: Path) -> None:
        path = folder / file
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

    return edit


def module(number: int, kind: str) -> Edit:
    def edit(folder: Path) -> None:
        modules = json.loads((folder / "modules.json").read_text())
        modules[number]["type"] = kind
        (folder / "modules.json").write_text(json.dumps(modules))

    return edit


def pickled(place: str) -> Edit:
    def edit(folder: Path) -> None:
        (folder / place / "model.safetensors").rename(folder / place / "pytorch_model.bin")

    return edit


def dense_without_safetensors(folder: Path) -> None:
    modules = json.loads((folder / "modules.json").read_text())
    modules.append({"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"})
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "3_Dense").mkdir()
    (folder / "3_Dense" / "pytorch_model.bin").write_bytes(b"weights")


def folder_of_a_module(folder: Path) -> None:
    """The same as auto_map in the root, in the older layout."""
    (folder / "0_Transformer").mkdir()
    shutil.move(folder / "config.json", folder / "0_Transformer" / "config.json")
    set_in("0_Transformer/config.json", auto_map={"AutoModel": "own.Model"})(folder)


UNFIT: dict[str, tuple[Edit, str]] = {
    "own architecture": (set_in("config.json", auto_map={"AutoModel": "modeling_own.Own"}), "code of its own"),
    "own architecture, older layout": (folder_of_a_module, "code of its own"),
    "own module": (module(0, "custom_st.Transformer"), "'custom_st.Transformer', code of its own"),
    "sparse module": (module(1, "sentence_transformers.sparse_encoder.models.SpladePooling"), "none of the modules"),
    "pickled weights": (pickled(""), "its weights are in pytorch_model.bin"),
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), "its weights were not found"),
    "pickled head": (dense_without_safetensors, "its weights are in pytorch_model.bin"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_prepare_refuses_a_base_that_training_could_not_take(name: str, tmp_path: Path) -> None:
    edit, words = UNFIT[name]
    folder = write_package(tmp_path / "base")
    edit(folder)
    with pytest.raises(UserError, match=words) as refused:
        prepare_pairs(tmp_path, synthetic_pairs(300), max_seq_length=16, base=folder)
    assert "trust_remote_code" not in str(refused.value)
    assert not (tmp_path / "processing" / "output" / "data" / "report.json").exists()


def test_sound_bases_of_each_kind_pass(tmp_path: Path) -> None:
    package = write_package(tmp_path / "bert")
    plain = shutil.copytree(package, tmp_path / "plain")
    for file in ("modules.json", "config_sentence_transformers.json"):
        (plain / file).unlink()
    for folder in (package, plain, write_static_model(tmp_path / "static", package / "tokenizer.json")):
        assert resolve_base_model(str(folder)) == folder


@pytest.mark.parametrize(
    ("kind", "padding", "limit"),
    [("bert", 0, 64), ("xlm-roberta", 1, 62), ("roberta", 0, 63), ("mpnet", 1, 62), ("camembert", 1, 62)],
)
def test_prepare_refuses_a_length_beyond_the_positions_of_each_architecture(
    kind: str, padding: int, limit: int, tmp_path: Path
) -> None:
    folder = write_package(tmp_path / "base", kind=kind)
    set_in("config.json", pad_token_id=padding)(folder)
    assert positions_of(folder) == limit
    with pytest.raises(UserError, match=f"train.maxSeqLength: found {limit + 1}, .* at most {limit} tokens"):
        prepare_pairs(tmp_path, synthetic_pairs(300), max_seq_length=limit + 1, base=folder)
    assert prepare_pairs(tmp_path, synthetic_pairs(300), max_seq_length=limit, base=folder).report["counts"]


def test_the_longest_text_that_is_allowed_is_embedded(tmp_path: Path) -> None:
    """And one token more is what the architecture itself has no position for."""
    folder = write_package(tmp_path / "base", kind="xlm-roberta")
    set_in("config.json", pad_token_id=1)(folder)
    text = " ".join(["the"] * 100)
    assert load_model(folder, 62).encode([text]).truncated == 1
    with pytest.raises((IndexError, RuntimeError)):
        load_model(folder, 63).encode([text])


def test_a_model_without_a_length_of_its_own_reads_what_it_has_positions_for(tmp_path: Path) -> None:
    folder = write_package(tmp_path / "base", kind="xlm-roberta")
    set_in("config.json", pad_token_id=1)(folder)
    set_in("tokenizer_config.json", model_max_length=10**30)(folder)
    for file in ("sentence_bert_config.json", "attune.json"):
        (folder / file).unlink()
    assert load_model(folder).max_seq_length == 62

"""A base model is a folder of a stranger's: its own weights bound what it asks for, before anything is built."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny_package import write_package, write_static_model

from attune_jobs.base_model import resolve_base_model
from attune_jobs.embed import embed
from attune_jobs.errors import UserError
from attune_jobs.prepare.tokens import TokenCounter
from attune_jobs.serving.endpoint.bounds import check_model
from attune_jobs.serving.endpoint.files import ModelRefused
from attune_jobs.serving.endpoint.loading import load_model


def change(file: Path, **values: Any) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**content, **values}), encoding="utf-8")


def module_path(path: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        modules[1]["path"] = path
        (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")

    return edit


def weights(value: float) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        import torch
        from safetensors.torch import load_file, save_file

        # Copies: some versions map the file, which is then written over.
        tensors = {name: tensor.clone() for name, tensor in load_file(folder / "model.safetensors").items()}
        tensors["encoder.layer.1.output.dense.weight"][3, 5] = torch.tensor(value)
        save_file(tensors, folder / "model.safetensors")

    return edit


def header(size: int, rest: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / "model.safetensors").write_bytes(struct.pack("<Q", size) + rest) and None


HOSTILE: dict[str, tuple[Callable[[Path], None], str]] = {
    "absolute module": (module_path("/etc"), "modules.json names the path '/etc'"),
    "module above": (module_path("../other"), "modules.json names the path '../other'"),
    "module that is no text": (lambda folder: change_modules(folder, 7), "modules.json"),
    "layers": (lambda folder: change(folder / "config.json", num_hidden_layers=10**9), "num_hidden_layers"),
    "nested layers": (lambda folder: change(folder / "config.json", text_config={"n_layers": 10**9}), "n_layers"),
    "vocabulary": (lambda folder: change(folder / "config.json", vocab_size=10**12), "vocab_size"),
    "width": (lambda folder: change(folder / "config.json", hidden_size=10**9), "hidden_size"),
    "positions": (
        lambda folder: change(folder / "config.json", max_position_embeddings=10**12),
        "max_position_embeddings",
    ),
    "negative": (lambda folder: change(folder / "config.json", hidden_size=-32), "hidden_size"),
    "deep config": (lambda folder: bury(folder / "config.json"), "config.json"),
    "no object": (lambda folder: (folder / "config.json").write_text("[1]") and None, "config.json"),
    "no number": (lambda folder: weights(float("nan"))(folder), "not a finite number"),
    "endless": (lambda folder: weights(float("inf"))(folder), "not a finite number"),
    "a norm that makes no numbers": (
        lambda folder: change(folder / "config.json", layer_norm_eps=-1.0),
        "not a finite number",
    ),
    "endless header": (header(2**63, b"{}"), "model.safetensors"),
    "cut header": (header(1_000, b"{}"), "model.safetensors"),
    "header of something else": (header(4, b"[[]]"), "model.safetensors"),
}


def change_modules(folder: Path, value: object) -> None:
    (folder / "modules.json").write_text(json.dumps([{"path": value, "type": "x.Transformer"}]), encoding="utf-8")


def bury(file: Path) -> None:
    file.write_text('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", encoding="utf-8")


@pytest.mark.parametrize("name", HOSTILE)
def test_both_loaders_refuse_it_with_words(name: str, tmp_path: Path) -> None:
    from attune_jobs.training import model as training

    edit, words = HOSTILE[name]
    folder = write_package(tmp_path / "base")
    edit(folder)
    with pytest.raises(ModelRefused) as served:
        load_model(folder)
    with pytest.raises(UserError) as trained:
        training.load_model(folder, 16, {"query": "", "document": ""})
    assert words in str(served.value) and words in str(trained.value)
    assert "base" in str(trained.value)


@pytest.mark.parametrize("name", ["absolute module", "layers", "deep config", "endless header"])
def test_it_is_refused_by_the_first_job_already(name: str, tmp_path: Path) -> None:
    folder = write_package(tmp_path / "base")
    HOSTILE[name][0](folder)
    with pytest.raises(UserError, match="base model base: "):
        resolve_base_model(str(folder))
    with pytest.raises(UserError):
        embed(str(folder), "a")


def test_weights_that_are_no_numbers_are_refused_by_every_engine(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    package = write_package(tmp_path / "bert")
    static = write_static_model(tmp_path / "static", package / "tokenizer.json")
    roberta = write_package(tmp_path / "roberta", kind="roberta")
    for folder in (static, roberta):
        (file,) = folder.rglob("model.safetensors")
        tensors = load_file(file)
        first = next(iter(sorted(tensors)))
        tensors[first] = torch.full_like(tensors[first], float("nan"))
        save_file(tensors, file, metadata={"format": "pt"})
        with pytest.raises(ModelRefused, match="not a finite number"):
            load_model(folder)


def test_sound_models_of_each_kind_pass(tmp_path: Path) -> None:
    package = write_package(tmp_path / "bert")
    for folder in (package, write_static_model(tmp_path / "static", package / "tokenizer.json")):
        check_model(folder)
    assert resolve_base_model(str(package)) == package


def test_a_tokenizer_that_cannot_be_read_is_the_models_fault(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text('{"version": "1.0", "model": {"type": "none"}}', encoding="utf-8")
    with pytest.raises(UserError, match="tokenizer.json"):
        TokenCounter(tmp_path, 128)


def test_a_tokenizer_with_a_hostile_expression_is_refused_where_it_gives_up(tmp_path: Path) -> None:
    folder = write_package(tmp_path / "base")
    file = folder / "tokenizer.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["pre_tokenizer"] = {
        "type": "Split",
        "pattern": {"Regex": "(a|a|aa)+$"},
        "behavior": "Isolated",
        "invert": False,
    }
    file.write_text(json.dumps(content), encoding="utf-8")
    hostile = "a" * 200 + "b"
    with pytest.raises(UserError, match="tokenizer gives up"):
        TokenCounter(folder, 128).count([hostile])
    with pytest.raises(ModelRefused, match="tokenizer gives up"):
        load_model(folder).encode([hostile])

"""A base that is a decoder: the vector of its last token stands for a text, so what pads a batch must not move it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tiny_package import write_package

from attune_jobs.serving.endpoint.loading import load_model

TEXTS = ["stop the job", "a", "what of the model in the endpoint", "zebra quilt lamp river stone cloud data train"]


def decoder(folder: Path, padding_side: str) -> Path:
    package = write_package(folder, kind="qwen3", pooling="lasttoken")
    path = package / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "padding_side": padding_side}), encoding="utf-8")
    return package


@pytest.mark.parametrize("padding_side", ["left", "right"])
def test_its_vectors_are_the_same_whatever_stands_beside_a_text(padding_side: str, tmp_path: Path) -> None:
    model = load_model(decoder(tmp_path / "base", padding_side), 16)
    together = np.asarray(model.encode(TEXTS).vectors)
    alone = np.concatenate([np.asarray(model.encode([text]).vectors) for text in TEXTS])
    assert np.abs(together - alone).max() < 1e-5
    assert np.abs(together[0] - together[3]).max() > 1e-2

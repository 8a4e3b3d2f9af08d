"""A batch that is embedded in parts of like length has the vectors and gradients that it has in one piece."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from attune_jobs.training.unpadded import PART, in_parts_of_like_length


@pytest.fixture
def model(tiny_bert: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(tiny_bert), local_files_only=True, device="cpu").eval()


def features(model: Any, texts: int) -> dict[str, Any]:
    """Of texts of very different length, in no order."""
    words = [1 + 5 * number % 13 for number in range(texts)]
    return dict(model.tokenize([" ".join(["model"] * count) for count in words]))


def gradients(model: Any) -> dict[str, torch.Tensor]:
    return {name: value.grad.clone() for name, value in model.named_parameters() if value.grad is not None}


def test_vectors_and_gradients_are_those_of_the_whole_batch(model: Any) -> None:
    batch = features(model, 3 * PART + 5)
    weights = torch.linspace(-1, 1, 3 * PART + 5)[:, None]
    whole = model.forward(dict(batch))["sentence_embedding"]
    (whole * weights).sum().backward()
    expected = gradients(model)
    model.zero_grad()

    parts = in_parts_of_like_length(model.forward)(dict(batch))["sentence_embedding"]
    (parts * weights).sum().backward()

    torch.testing.assert_close(parts, whole, atol=1e-5, rtol=1e-4)
    found = gradients(model)
    assert found.keys() == expected.keys()
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], atol=1e-4, rtol=1e-3, msg=name)


def test_less_is_multiplied(model: Any) -> None:
    batch = features(model, 4 * PART)
    cells: list[int] = []

    def counted(part: dict[str, Any]) -> Any:
        cells.append(part["input_ids"].numel())
        return model.forward(part)

    in_parts_of_like_length(counted)(dict(batch))
    assert len(cells) == 4
    assert sum(cells) < 0.75 * batch["input_ids"].numel()


@pytest.mark.parametrize("kind", ["few", "left", "static"])
def test_other_batches_pass_through_as_they_are(model: Any, kind: str) -> None:
    batch = features(model, PART if kind == "few" else 2 * PART)
    if kind == "left":
        batch = {**batch, "attention_mask": batch["attention_mask"].flip(1)}
    if kind == "static":
        batch = {"input_ids": batch["input_ids"].flatten(), "offsets": torch.arange(4)}
    given: list[object] = []
    in_parts_of_like_length(lambda features: given.append(features) or {"sentence_embedding": torch.zeros(1)})(batch)
    assert given == [batch]
    assert given[0] is batch

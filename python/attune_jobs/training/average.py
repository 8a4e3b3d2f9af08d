"""The mean of the weights along the way: one step's weights lean towards its batch, their mean towards none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

BEGINS = 0.4
"""Share of the steps after which the weights are averaged: those before are still on their way."""

WEIGHTS, STATE = "average.safetensors", "average.json"


class Average:
    """Of as many steps as were added, each with the same weight."""

    def __init__(self) -> None:
        self.steps = 0
        self._mean: dict[str, torch.Tensor] = {}

    def add(self, model: torch.nn.Module) -> None:
        """The weights as they are after a step; what is no fraction (a table of positions) is taken as it is last."""
        self.steps += 1
        for name, value in model.state_dict().items():
            if self.steps == 1 or not value.is_floating_point():
                self._mean[name] = value.detach().clone()
            else:
                self._mean[name].lerp_(value.detach(), 1 / self.steps)

    @contextmanager
    def in_place_of(self, model: torch.nn.Module) -> Iterator[None]:
        """The model with the mean as its weights, then with its own again."""
        own = {name: value.detach().clone() for name, value in model.state_dict().items()}
        model.load_state_dict(self._mean)
        try:
            yield
        finally:
            model.load_state_dict(own)

    def save(self, folder: Path) -> None:
        """Into a checkpoint; nothing where no step was added."""
        if self.steps == 0:
            return
        from safetensors.torch import save_file

        save_file({name: value.contiguous() for name, value in self._mean.items()}, folder / WEIGHTS)
        (folder / STATE).write_text(json.dumps({"steps": self.steps}), encoding="utf-8")

    def load(self, folder: Path, device: torch.device) -> None:
        """From a checkpoint that `save` wrote into; does nothing when there is none."""
        if not (folder / STATE).is_file():
            return
        from safetensors.torch import load_file

        self.steps = json.loads((folder / STATE).read_text(encoding="utf-8"))["steps"]
        self._mean = load_file(folder / WEIGHTS, device=str(device))

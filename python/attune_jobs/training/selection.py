"""Which weights win: those with the best dev nDCG@10, the base model's own among them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .average import Average
from .curves import Curves
from .dev_set import DevSet
from .precision import as_served

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

WEIGHTS, STATE = "best.safetensors", "best.json"


@dataclass(slots=True)
class Selection:
    """The best weights so far. Ties go to the earlier ones. Without dev questions the last weights win."""

    dev: DevSet
    untrained: float | None = None
    """Dev nDCG@10 of the model before the first step, where it is known: nobody asks it the same again."""

    score: float | None = None
    step: int = 0
    epoch: float = 0.0
    base_score: float | None = None
    """Dev nDCG@10 before the first step."""

    average: Average = field(default_factory=Average)
    curves: Curves = field(default_factory=Curves)

    _weights: dict[str, torch.Tensor] = field(default_factory=dict)

    def consider(self, model: SentenceTransformer, *, step: int, epoch: float) -> None:
        """Score the model as it is, log the score, and keep the weights when they are the best so far."""
        if not self.dev.queries:
            return
        score = self.untrained if step == 0 else None
        if score is None:
            with as_served(model):
                score = self.dev.ndcg_at_10(model)
        self.curves.log_dev(score, step=step, epoch=epoch)
        if step == 0:
            self.base_score = score
        if self.score is None or score > self.score:
            self.score, self.step, self.epoch = score, step, epoch
            self._weights = {
                name: value.detach().to("cpu", copy=True).contiguous() for name, value in model.state_dict().items()
            }

    def consider_average(self, model: SentenceTransformer, *, step: int, epoch: float) -> None:
        """The same with the mean of the weights along the way, where there is one."""
        if self.average.steps:
            with self.average.in_place_of(model):
                self.consider(model, step=step, epoch=epoch)

    def restore(self, model: SentenceTransformer) -> None:
        """Put the best weights into the model; leaves it as it is when nothing was ever scored."""
        if self._weights:
            model.load_state_dict(self._weights)

    def save(self, folder: Path) -> None:
        """Into a checkpoint, so that a resumed run still knows them."""
        self.average.save(folder)
        if not self._weights:
            return
        from safetensors.torch import save_file

        save_file(self._weights, folder / WEIGHTS)
        state = {
            "score": self.score,
            "step": self.step,
            "epoch": self.epoch,
            "baseScore": self.base_score,
            "curves": self.curves.state(),
        }
        (folder / STATE).write_text(json.dumps(state), encoding="utf-8")

    def load(self, folder: Path, device: torch.device) -> None:
        """From a checkpoint that `save` wrote into; does nothing when there is none."""
        self.average.load(folder, device)
        if not (folder / STATE).is_file():
            return
        from safetensors.torch import load_file

        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
        self.score, self.step, self.epoch = state["score"], state["step"], state["epoch"]
        self.base_score = state["baseScore"]
        self.curves = Curves.of(state.get("curves", {}))
        self._weights = load_file(folder / WEIGHTS)

"""What happens between the steps: loss lines, dev scores, checkpoints, and the end of the time that was paid for."""

from __future__ import annotations

import time
from typing import Any

from sentence_transformers import SentenceTransformer
from transformers import TrainerCallback, TrainerControl, TrainerState

from ..metrics_log import LOSS
from .average import BEGINS, Average
from .cadence import Cadence
from .config import TrainConfig
from .ranks import Ranks
from .selection import Selection


class Progress(TrainerCallback):
    """Only the first process scores and prints; all of them save and stop at the same step."""

    out_of_time = False
    """Whether training was stopped by `stop_after_seconds`."""

    def __init__(self, model: SentenceTransformer, selection: Selection, config: TrainConfig, ranks: Ranks) -> None:
        self._model = model
        self._selection = selection
        self._config = config
        self._ranks = ranks
        self._scored_at = -1
        self._started_at = time.monotonic()
        self._cadence = Cadence(config.checkpoint_seconds)
        self._save_began = 0.0

    def on_train_begin(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if state.global_step == 0:
            self._selection.average = Average()
            self._score(state)

    def on_step_end(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if self._ranks.first and state.global_step > BEGINS * state.max_steps:
            self._selection.average.add(self._model)
        per_epoch = max(1, state.max_steps // self._config.epochs)
        parts = self._config.evaluations_per_epoch
        due = {round(per_epoch * part / parts) for part in range(1, parts)} - {0}
        if state.global_step % per_epoch in due:
            self._score(state)
        limit = self._config.stop_after_seconds
        over = limit is not None and time.monotonic() - self._started_at >= limit
        save, over = self._ranks.agree(self._cadence.step_ended(), over and state.global_step < state.max_steps)
        if over:
            self.out_of_time = control.should_training_stop = True
        control.should_save = control.should_save or save or over
        self._save_began = time.monotonic()

    def on_epoch_end(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self._score(state)
        if self._ranks.first and state.global_step >= state.max_steps:
            self._selection.consider_average(self._model, step=state.global_step, epoch=state.epoch or 0.0)

    def on_save(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self._cadence.saved(time.monotonic() - self._save_began)

    def on_log(
        self, args: Any, state: TrainerState, control: TrainerControl, logs: dict[str, float], **_: Any
    ) -> None:
        if LOSS in logs and self._ranks.first:
            step, progress = state.global_step, state.global_step / max(1, state.max_steps)
            self._selection.curves.log_loss(logs[LOSS], step=step, epoch=state.epoch or 0.0, progress=progress)

    def _score(self, state: TrainerState) -> None:
        if self._scored_at != state.global_step and self._ranks.first:
            self._scored_at = state.global_step
            self._selection.consider(self._model, step=state.global_step, epoch=state.epoch or 0.0)

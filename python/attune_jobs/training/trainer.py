"""sentence-transformers' trainer with checkpoints that appear whole, and batches that several processes share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformerTrainer
from torch.utils.data import BatchSampler
from transformers import TrainerCallback, TrainerControl, TrainerState

from .batches import CountedBatches
from .checkpoints import UNFINISHED, publish_checkpoint
from .ranks import Ranks, RankSlices
from .selection import Selection

LOSS_LINES = 50
"""About as many loss lines a run."""


class _Epochs(TrainerCallback):
    """Tells the batches which epoch it is. In a resumed one not every version's data loader does: transformers 5.3
    leaves them at epoch 0, and the rest of the epoch would train some pairs twice and others not at all."""

    def __init__(self, batches: CountedBatches | RankSlices) -> None:
        self._batches = batches

    def on_epoch_begin(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self._batches.set_epoch(int((state.epoch or 0) + 1e-6))


class Trainer(SentenceTransformerTrainer):
    """No model card, no pickled arguments."""

    selection: Selection
    ranks: Ranks
    _writing = False

    def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
        """The card would carry training texts."""

    def get_batch_sampler(
        self,
        dataset: Any,
        batch_size: int,
        drop_last: bool,
        valid_label_columns: list[str] | None = None,
        generator: torch.Generator | None = None,
        seed: int = 0,
    ) -> BatchSampler:
        """Global batches, so that several processes see together what one would have seen."""
        epochs = int(self.args.num_train_epochs)
        batches = CountedBatches(
            {name: list(dataset[name]) for name in dataset.column_names},
            batch_size * self.ranks.size,
            epochs=epochs,
            processes=self.ranks.size,
            generator=generator,
            seed=seed,
        )
        said = batches.said()
        if said and self.ranks.first:
            print(f"Warning: batches: {said}", flush=True)
        self.args.logging_steps = max(1, epochs * len(batches) // LOSS_LINES)
        shared = batches if self.ranks.size == 1 else RankSlices(batches, self.ranks.size)
        self.add_callback(_Epochs(shared))
        return shared

    def _get_output_dir(self, trial: Any) -> str:
        directory: str = super()._get_output_dir(trial)
        return f"{directory}/{UNFINISHED}" if self._writing else directory

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        self.model.save_pretrained(output_dir, create_model_card=False)

    def _save_rng_state(self, output_dir: str) -> None:
        """All states into the checkpoint that the first process writes: hosts do not see each other's files."""
        if self.ranks.size == 1:
            super()._save_rng_state(output_dir)
            return
        own = Path(self.args.output_dir) / f"{UNFINISHED}-rng-{self.ranks.rank}"
        own.mkdir(parents=True, exist_ok=True)
        super()._save_rng_state(str(own))
        file = own / f"rng_state_{self.args.process_index}.pth"
        states = self.ranks.collect(file.read_bytes())
        file.unlink()
        own.rmdir()
        for rank, state in enumerate(states or []):
            (Path(output_dir) / f"rng_state_{rank}.pth").write_bytes(state)

    def _save_checkpoint(self, model: torch.nn.Module, trial: Any) -> None:
        self._writing = True
        try:
            super()._save_checkpoint(model, trial)
        finally:
            self._writing = False
        if self.ranks.first:
            folder = Path(self.args.output_dir)
            step = self.state.global_step
            self.selection.save(folder / UNFINISHED / f"checkpoint-{step}")
            publish_checkpoint(folder, step)
        self.ranks.wait_for_all()

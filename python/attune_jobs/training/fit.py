"""The training run: sentence-transformers' trainer with our checkpoints, metric lines and choice of weights."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.base.sampler import BatchSamplers
from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss, MultipleNegativesRankingLoss
from transformers import PrinterCallback, TrainerCallback, TrainerControl, TrainerState

from ..environment import TrainingEnvironment
from ..metrics_log import LOSS, log_metric
from .checkpoints import UNFINISHED, newest_checkpoint, publish_checkpoint
from .config import TrainConfig
from .pairs import COLUMNS
from .selection import Selection

LOSS_LINES = 50
"""About as many loss lines a run."""

HASHED_SAMPLER_PAIRS = 100_000
"""From here on the sampler compares hashes instead of texts."""


def fit(
    model: SentenceTransformer,
    pairs: dict[str, list[str]],
    dimensions: list[int],
    selection: Selection,
    config: TrainConfig,
    environment: TrainingEnvironment,
) -> None:
    """Train in place, resuming from the newest whole checkpoint; `selection` then holds the best weights."""
    from datasets import Dataset

    on_gpu = torch.cuda.is_available()
    # Negatives are the other passages of the batch, so a batch must not hold a text twice
    hashed = len(pairs[COLUMNS[0]]) >= HASHED_SAMPLER_PAIRS
    sampler = BatchSamplers.NO_DUPLICATES_HASHED if hashed else BatchSamplers.NO_DUPLICATES
    steps = config.epochs * -(-len(pairs[COLUMNS[0]]) // config.batch_size)
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(environment.checkpoints),
        num_train_epochs=config.epochs,
        per_device_train_batch_size=config.batch_size,
        learning_rate=config.learning_rate,
        warmup_steps=config.warmup,
        weight_decay=config.weight_decay,
        lr_scheduler_type="linear",
        batch_sampler=sampler,
        prompts=_prompts(model),
        seed=config.seed,
        bf16=on_gpu and torch.cuda.is_bf16_supported(),
        fp16=on_gpu and not torch.cuda.is_bf16_supported(),
        tf32=True if on_gpu and torch.cuda.is_bf16_supported() else None,
        optim="adamw_torch_fused",
        logging_steps=max(1, steps // LOSS_LINES),
        logging_nan_inf_filter=False,
        save_strategy="no",
        eval_strategy="no",
        dataloader_pin_memory=on_gpu,
        report_to="none",
        disable_tqdm=True,
    )
    trainer = _Trainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_dict(pairs),
        loss=_loss(model, dimensions, config.scale),
        callbacks=[_Progress(model, selection, config)],
    )
    trainer.selection = selection
    trainer.remove_callback(PrinterCallback)
    environment.checkpoints.mkdir(parents=True, exist_ok=True)
    checkpoint = newest_checkpoint(environment.checkpoints)
    if checkpoint is not None:
        print(f"Resuming from {checkpoint.name}", flush=True)
        selection.load(checkpoint)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)


def _loss(model: SentenceTransformer, dimensions: list[int], scale: float) -> torch.nn.Module:
    ranking = MultipleNegativesRankingLoss(model, scale=scale)
    return MatryoshkaLoss(model, ranking, dimensions) if len(dimensions) > 1 else ranking


def _prompts(model: SentenceTransformer) -> dict[str, str] | None:
    """The prompts that serving will put before questions and passages; None when the model has none."""
    prompts = {column: model.prompts.get(column) or "" for column in COLUMNS}
    return prompts if any(prompts.values()) else None


class _Trainer(SentenceTransformerTrainer):
    """No model card, no pickled arguments, and checkpoints that appear whole."""

    selection: Selection
    _writing = False

    def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
        """The card would carry training texts."""

    def _get_output_dir(self, trial: Any) -> str:
        directory: str = super()._get_output_dir(trial)
        return f"{directory}/{UNFINISHED}" if self._writing else directory

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        self.model.save_pretrained(output_dir, create_model_card=False)

    def _save_checkpoint(self, model: torch.nn.Module, trial: Any) -> None:
        self._writing = True
        try:
            super()._save_checkpoint(model, trial)
        finally:
            self._writing = False
        folder = Path(self.args.output_dir)
        step = self.state.global_step
        self.selection.save(folder / UNFINISHED / f"checkpoint-{step}")
        publish_checkpoint(folder, step)


class _Progress(TrainerCallback):
    """Loss lines, dev scores at even distances, and a checkpoint when the last one is old enough."""

    def __init__(self, model: SentenceTransformer, selection: Selection, config: TrainConfig) -> None:
        self._model = model
        self._selection = selection
        self._config = config
        self._scored_at = -1
        self._saved_at = time.monotonic()

    def on_train_begin(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if state.global_step == 0:
            self._score(state)

    def on_step_end(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        per_epoch = max(1, state.max_steps // self._config.epochs)
        parts = self._config.evaluations_per_epoch
        due = {round(per_epoch * part / parts) for part in range(1, parts)} - {0}
        if state.global_step % per_epoch in due:
            self._score(state)
        if time.monotonic() - self._saved_at >= self._config.checkpoint_seconds:
            control.should_save = True

    def on_epoch_end(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self._score(state)

    def on_save(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self._saved_at = time.monotonic()

    def on_log(
        self, args: Any, state: TrainerState, control: TrainerControl, logs: dict[str, float], **_: Any
    ) -> None:
        if LOSS in logs:
            step, progress = state.global_step, state.global_step / max(1, state.max_steps)
            log_metric(LOSS, logs[LOSS], step=step, epoch=state.epoch or 0.0, progress=progress)

    def _score(self, state: TrainerState) -> None:
        if self._scored_at != state.global_step:
            self._scored_at = state.global_step
            self._selection.consider(self._model, step=state.global_step, epoch=state.epoch or 0.0)

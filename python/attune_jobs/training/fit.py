"""The training run: sentence-transformers' trainer with our checkpoints, metric lines and choice of weights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import torch
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainingArguments
from transformers import PrinterCallback

from ..environment import TrainingEnvironment
from ..errors import UserError
from .checkpoints import newest_checkpoint
from .config import TrainConfig
from .loss import mini_batch_for, ranking_loss
from .precision import cpu_multiplies_bf16
from .progress import Progress
from .ranks import Ranks
from .selection import Selection
from .trainer import Trainer
from .unpadded import in_parts_of_like_length

OTHERS_WAIT = timedelta(hours=2)
"""How long a process waits for the others: while the first one scores the dev set, the rest have nothing to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fitting:
    """All that a training run works with."""

    model: SentenceTransformer
    """Trained in place."""

    pairs: dict[str, list[str]]
    """Column → texts: those of `COLUMNS`, then the hard negatives'."""

    dimensions: list[int]
    """Matryoshka sizes, largest first."""

    learning_rate: float
    """At its peak."""

    selection: Selection
    config: TrainConfig
    environment: TrainingEnvironment
    ranks: Ranks


def fit(fitting: Fitting) -> None:
    """Train in place, resuming from the newest whole checkpoint; `selection` then holds the best weights.

    Raises: UserError when the time that was paid for is over (a checkpoint is written first), or the GPU's memory does
    not hold a single pair.
    """
    model, config, ranks = fitting.model, fitting.config, fitting.ranks
    mini_batch = mini_batch_for(model, config, ranks.share_of(config.batch_size))
    before = {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}
    while True:
        try:
            return _fit(fitting, mini_batch)
        except torch.OutOfMemoryError as error:
            mini_batch = (mini_batch or ranks.share_of(config.batch_size)) // 2
            # One of several processes cannot go back alone
            if mini_batch < 1 or ranks.size > 1:
                raise UserError(
                    f"batch_size {config.batch_size} at {config.max_seq_length} tokens does not fit into the GPU. "
                    "Set train.miniBatchSize to a smaller number of pairs, or take a larger GPU."
                ) from error
        print(f"Out of memory: starting over with {mini_batch} pairs embedded at once", flush=True)
        model.load_state_dict(before)
        torch.cuda.empty_cache()


def _fit(fitting: Fitting, mini_batch: int | None) -> None:
    from datasets import Dataset

    model, pairs, selection = fitting.model, fitting.pairs, fitting.selection
    config, environment, ranks = fitting.config, fitting.environment, fitting.ranks
    on_gpu = torch.cuda.is_available()
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(environment.checkpoints),
        num_train_epochs=config.epochs,
        per_device_train_batch_size=ranks.share_of(config.batch_size),
        learning_rate=fitting.learning_rate,
        warmup_steps=config.warmup,
        weight_decay=config.weight_decay,
        lr_scheduler_type="linear",
        prompts=_prompts(model, pairs),
        seed=config.seed,
        bf16=torch.cuda.is_bf16_supported() if on_gpu else cpu_multiplies_bf16(),
        fp16=on_gpu and not torch.cuda.is_bf16_supported(),
        tf32=True if on_gpu and torch.cuda.is_bf16_supported() else None,
        optim="adamw_torch_fused",
        logging_nan_inf_filter=False,
        save_strategy="no",
        eval_strategy="no",
        dataloader_pin_memory=on_gpu,
        use_cpu=not on_gpu,
        ddp_timeout=int(OTHERS_WAIT.total_seconds()),
        report_to="none",
        disable_tqdm=True,
    )
    # Several processes would leave out the last batch of an epoch, which one trains on
    arguments.dataloader_drop_last = False
    if not on_gpu:
        # A GPU has its mini-batches, and would wait for many small ones
        model.forward = in_parts_of_like_length(model.forward)
    progress = Progress(model, selection, config, ranks)
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_dict(pairs),
        loss=ranking_loss(model, fitting.dimensions, config, ranks, mini_batch),
        callbacks=[progress],
    )
    trainer.selection = selection
    trainer.ranks = ranks
    trainer.remove_callback(PrinterCallback)
    environment.checkpoints.mkdir(parents=True, exist_ok=True)
    checkpoint = newest_checkpoint(environment.checkpoints)
    if checkpoint is not None:
        if ranks.first:
            print(f"Resuming from {checkpoint.name}", flush=True)
        selection.load(checkpoint, model.device)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if progress.out_of_time:
        raise UserError(
            f"BudgetReached: stopped at step {trainer.state.global_step} of {trainer.state.max_steps}, after the "
            f"{config.stop_after_seconds:.0f} s that the budget allows. A checkpoint was written."
        )


def _prompts(model: SentenceTransformer, columns: Iterable[str]) -> dict[str, str] | None:
    """The prompts that serving will put before questions and passages; None when the model has none."""
    prompts = {column: model.prompts["query" if column == "query" else "document"] for column in columns}
    return prompts if any(prompts.values()) else None

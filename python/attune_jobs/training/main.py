"""train: fit the base model to the prepared pairs and leave a deployable model folder."""

from __future__ import annotations

import hashlib
import importlib.metadata
import math
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..environment import TrainingEnvironment
from ..gpus import require_promised_gpu
from ..metrics_log import DEV_NDCG, log_metric
from ..prompts import prompts_of
from .config import TrainConfig
from .dev_set import DevSet
from .pairs import COLUMNS, read_training_pairs
from .start import Start, find_start

if TYPE_CHECKING:
    from .selection import Selection

PACKAGES = ("sentence-transformers", "transformers", "torch", "tokenizers", "numpy")

LEAST_READ = 5_000
"""Of a corpus the untrained model reads as many passages as an epoch has texts, and at least so many."""


def train(config: TrainConfig, environment: TrainingEnvironment) -> None:
    """Raises: UserError when the data, the base model or a hyperparameter does not fit."""
    with tempfile.TemporaryDirectory(prefix="attune-train-") as scratch:
        _train(config, environment, Path(scratch))


def _train(config: TrainConfig, environment: TrainingEnvironment, scratch: Path) -> None:
    laps = _Laps()

    # 1. Pairs that prepare made and checked for leaks
    pairs = read_training_pairs(environment.train, config.max_pairs, config.seed, config.negatives)
    start = find_start(config, environment, scratch)
    laps.end("data")

    # 2. The libraries take seconds to import: only now, when the input is known to be there
    from .fit import Fitting, fit
    from .hard_passages import HardDev, hard_passages
    from .layout import save_model
    from .learning_rate import learning_rate_for
    from .model import load_model, matryoshka_dimensions, reads_everything
    from .precision import as_served
    from .ranks import Ranks
    from .selection import Selection

    laps.end("import")
    require_promised_gpu()
    ranks = Ranks.read()
    ranks.share_of(config.batch_size)
    prompts = prompts_of(config.base_model, start.folder, config.prompts)
    model = load_model(start.folder, config.max_seq_length, prompts)
    size = model.get_embedding_dimension()
    dimensions = matryoshka_dimensions(config.dimensions, size)
    steps = config.epochs * math.ceil(len(pairs["query"]) / config.batch_size)
    learning_rate = config.learning_rate or learning_rate_for(model, steps)
    laps.end("load")
    # The corpus may be large, and the first process alone scores
    hard = HardDev(DevSet.read(environment.dev if ranks.first else None, environment.corpus))
    if environment.corpus is not None:
        most_read = max(LEAST_READ, 2 * len(pairs["query"]))
        hard = hard_passages(hard.dev, model, most_read, config.seed, environment.checkpoints)
        laps.end("hard passages")
    dev = hard.dev
    if ranks.first:
        print(
            f"Training {config.start_from or config.base_model} on {len(pairs['query'])} pairs, "
            f"{config.epochs} epochs, learning rate {learning_rate:.2g}, dimensions {dimensions}; "
            f"dev: {len(dev.queries)} questions over {len(dev.passages)} passages",
            flush=True,
        )

    # 3. Every other passage of the batch is a negative; the dev metric picks the weights, the first ones among them
    selection = Selection(dev, untrained=hard.untrained)
    fit(
        Fitting(
            model=model,
            pairs=pairs,
            dimensions=dimensions,
            learning_rate=learning_rate,
            selection=selection,
            config=config,
            environment=environment,
            ranks=ranks,
        )
    )
    if not ranks.first:
        return  # the weights are the same everywhere; the first process scored them and saves
    selection.restore(model)
    laps.end("train")
    _report(selection, start)

    # 4. A folder that deploys as it is
    manifest: dict[str, Any] = {
        "base": config.base_model,
        "startedFrom": start.record,
        "dimensions": dimensions,
        "maxSeqLength": None if reads_everything(model) else config.max_seq_length,
        "prompts": dict(prompts),
        "dataHash": _sha256(environment.train / "pairs.jsonl"),
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
        "devMetric": {
            "name": "ndcg@10",
            "value": selection.score,
            "base": selection.base_score,
            "step": selection.step,
            "questions": dev.origins,
        },
        "trainSeconds": laps.seconds["train"],
        "training": {
            "pairs": len(pairs["query"]),
            "epochs": config.epochs,
            "batchSize": config.batch_size,
            "learningRate": learning_rate,
            "negatives": len(pairs) - len(COLUMNS),
            "scale": config.scale,
            "warmup": config.warmup,
            "weightDecay": config.weight_decay,
            "hardnessStrength": config.hardness_strength,
            "seed": config.seed,
        },
        "curves": selection.curves.thinned(),
    }
    with as_served(model):
        save_model(model, environment.model, manifest, environment.wheelhouse)
    laps.end("save")
    print(f"Done: {', '.join(f'{name} {seconds} s' for name, seconds in laps.seconds.items())}", flush=True)


def _report(selection: Selection, start: Start) -> None:
    """The last metric line is the score of the weights that are saved."""
    if selection.score is None:
        print("Warning: no dev question, so the last weights are kept, whatever their quality", flush=True)
        return
    if selection.step == 0:
        print(f"Warning: no checkpoint beat {start.name} on the dev set; its own weights are saved", flush=True)
    log_metric(DEV_NDCG, selection.score, step=selection.step, epoch=selection.epoch)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return f"sha256:{digest.hexdigest()}"


class _Laps:
    """Wall seconds between the calls of `end`."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def end(self, name: str) -> None:
        now = time.monotonic()
        self.seconds[name] = round(now - self._last, 1)
        self._last = now

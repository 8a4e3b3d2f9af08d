"""A worker's start: the model in the engine that it was evaluated with, on this worker's share of the machine."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from . import int8
from .files import ModelRefused
from .loading import load_model
from .log_line import ms_since
from .model import Model
from .references import resolve
from .transformer import threads

ENGINE = "ATTUNE_ENGINE"
"""Variable of the endpoint with the engine that its model was evaluated with; float32 where it is absent."""


def model_fn(model_dir: str, context: Any = None) -> Model:
    """Load the model once for each worker and warm it up.

    Args:
        context: the model server's; it gives each worker a GPU of its own, in turn.
    Raises: ModelRefused where the machine has a GPU that torch does not see.
    """
    if any(name.startswith("ATTUNE_FROM_") for name in os.environ):
        resolve()
    engine, why = _engine()
    # The tokenizer's own threads; it reads this at its first text.
    os.environ.setdefault("RAYON_NUM_THREADS", str(threads()))
    if engine == "float32":
        import torch

        use_own_gpu(context)
        # torch may have been imported, and have read the variable, before anybody set it.
        torch.set_num_threads(threads())
    started = time.perf_counter()
    model = load_model(model_dir, engine=engine)
    for texts in (["a"], ["a longer text " * 100, "b"]):
        model.encode(texts)
    figures = {
        "engine": engine,
        "dimensions": model.dimensions,
        "maxSeqLength": model.max_seq_length,
        "threads": threads(),
    }
    if why:
        figures["because"] = why
    print(json.dumps({"event": "loaded", **figures, "ms": ms_since(started)}), flush=True)
    return model


def _engine() -> tuple[str, str | None]:
    """The engine that was chosen for this endpoint; float32 and why, where int8 was and its runtime cannot be had:
    an endpoint that no package index is in reach of starts all the same."""
    chosen = os.environ.get(ENGINE) or "float32"
    if chosen == "int8":
        try:
            int8.bring_runtime(Path(__file__).parents[1])
        except int8.NoRuntime as error:
            print(f"float32 serves instead of int8: {error}", flush=True)
            return "float32", str(error)
    return chosen, None


def use_own_gpu(context: Any, devices: Path = Path("/dev")) -> None:
    """Makes "cuda" this worker's device.

    Raises: ModelRefused where there is an NVIDIA device, and no GPU for torch: the endpoint would be paid for as one
        with a GPU and answer as one without.
    """
    import torch

    found = sorted(path.name for path in devices.glob("nvidia[0-9]*"))
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES", "all") in ("", "-1")
    if found and not hidden and not torch.cuda.is_available():
        raise ModelRefused(
            f"this machine has {', '.join(found)}, and torch {torch.__version__} (CUDA {torch.version.cuda}) sees no "
            "GPU: choose deploy.inferenceAmiVersion for the image's CUDA, or an instance type without a GPU"
        )
    gpu = context.system_properties.get("gpu_id") if context is not None else None
    if gpu is not None and torch.cuda.is_available():
        torch.cuda.set_device(int(gpu) % torch.cuda.device_count())

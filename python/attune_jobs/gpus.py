"""A GPU that is paid for is used, or the job says that it is not."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from .errors import UserError


def require_promised_gpu(variables: Mapping[str, str] = os.environ, devices: Path = Path("/dev")) -> None:
    """Raises: UserError where the platform promises a GPU (SM_NUM_GPUS, or NVIDIA's devices) and torch sees none.

    CUDA_VISIBLE_DEVICES that names no device is a person's wish to do without.
    """
    import torch

    hidden = variables.get("CUDA_VISIBLE_DEVICES", "all") in ("", "-1")
    promised = max(int(variables.get("SM_NUM_GPUS") or 0), len(list(devices.glob("nvidia[0-9]*"))))
    if promised and not hidden and not torch.cuda.is_available():
        raise UserError(
            f"this machine has {promised} NVIDIA GPU{'s' if promised > 1 else ''}, and torch {torch.__version__} "
            f"(built for CUDA {torch.version.cuda}) sees none: the work would be done by the CPU at the GPU's price. "
            "Choose a GPU image, or one for the driver of this machine, or an instance type without a GPU."
        )

"""The int8 engine: the ONNX file that training made of a transformer, with pooling and unit length inside it, run by
ONNX Runtime. It needs neither torch nor transformers.
"""

from __future__ import annotations

import fcntl
import importlib
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

FILE = "onnx/model_int8.onnx"
"""In the model's folder."""

REQUIREMENT = "onnxruntime.txt"
"""Beside this file in `code/`: the one package that the engine needs and AWS's inference images lack."""

TOKENS_PER_BATCH = 1024
"""Cells of one pass, padding included: more falls out of the processor's caches."""

INSTALL_SECONDS = 120


class NoRuntime(Exception):
    """ONNX Runtime is not here and could not be brought; the message says why."""


class Int8Network:
    """Token ids to unit vectors."""

    def __init__(self, file: Path, pad: int, threads: int) -> None:
        """Args: `pad` is the token that fills a batch's shorter texts. Raises: whatever ONNX Runtime finds wrong."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self._pad = pad
        self.size = int(self._session.get_outputs()[0].shape[1])

    def __call__(self, ids: list[list[int]]) -> np.ndarray:
        """Vectors, shape (texts, size), float32: of each text the same ones, whatever stands beside it."""
        shape = len(ids), max(map(len, ids))
        input_ids, mask = np.full(shape, self._pad, np.int64), np.zeros(shape, np.int64)
        for row, tokens in enumerate(ids):
            input_ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        vectors: np.ndarray = self._session.run(None, {"input_ids": input_ids, "attention_mask": mask})[0]
        return vectors


def bring_runtime(code: Path) -> None:
    """Makes `import onnxruntime` work: it is there, or is installed for this process and its neighbours.

    Args:
        code: the folder that holds REQUIREMENT, and perhaps the wheel that it names.
    Raises: NoRuntime where neither can be.
    """
    if importlib.util.find_spec("onnxruntime") is not None:
        return
    requirement = code / REQUIREMENT
    if not requirement.is_file():
        raise NoRuntime(f"the image has no onnxruntime, and the package no {REQUIREMENT}")
    target = Path(tempfile.gettempdir()) / "attune-onnxruntime"
    with open(f"{target}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of several workers one installs
        done = target / "done"
        if not done.is_file():
            _install(requirement, target)
            done.touch()
    sys.path.append(str(target))
    importlib.invalidate_caches()


def _install(requirement: Path, target: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--retries", "1", "--timeout", "10"]
    command += ["--target", str(target), "-r", str(requirement)]
    try:
        pip = subprocess.run(command, check=False, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        raise NoRuntime(f"pip did not install onnxruntime within {INSTALL_SECONDS} s") from None
    if pip.returncode != 0:
        last = (pip.stderr.strip().splitlines() or ["no output"])[-1]
        raise NoRuntime(f"pip could not install onnxruntime ({last[:200]})")

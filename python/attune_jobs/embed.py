"""python -m attune_jobs.embed --model BASE: reads a question on stdin, prints its vector as one JSON list.

What `attune query` runs to put the base model beside the tuned one. The vector has the base's own size and length 1.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from .base_model import refusing_model, resolve_base_model
from .errors import UserError
from .serving.inference import load_model


def embed(base: str, text: str) -> list[float]:
    """The question's vector under the base model, shape (dimensions,), cosine-ready.

    Raises: UserError when the base model cannot be found on this machine or the hub.
    """
    folder = resolve_base_model(base)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # the files are there now: no further look at the hub
    with refusing_model(base):
        vector: list[float] = load_model(folder).encode([text], "query").vectors[0].tolist()
    return vector


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="the spec's base: a hub id or a folder")
    base: str = parser.parse_args().model
    text = sys.stdin.read().strip()
    try:
        vector = embed(base, text)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(vector))
    return 0


if __name__ == "__main__":
    sys.exit(main())

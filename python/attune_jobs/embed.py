"""python -m attune_jobs.embed --model BASE [--prompts JSON]: a question on stdin, its vector, a JSON list, on stdout.

What `attune query` runs to put the base model beside the tuned one. The vector has the base's own size and length 1.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from .base_model import refusing_model, resolve_base_model
from .errors import UserError
from .prompts import prompts_of
from .serving.endpoint.loading import load_model


def embed(base: str, text: str, asked: dict[str, str] | None = None) -> list[float]:
    """The question's vector under the base model, shape (dimensions,), cosine-ready.

    Args:
        asked: the spec's `train.prompts`; None: the base's own.
    Raises: UserError when the base model cannot be found on this machine or the hub.
    """
    folder = resolve_base_model(base)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # the files are there now: no further look at the hub
    with refusing_model(base):
        model = load_model(folder, prompts=prompts_of(base, folder, asked))
        vector: list[float] = model.encode([text], "query").vectors[0].tolist()
    return vector


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="the spec's base: a hub id or a folder")
    parser.add_argument("--prompts", type=json.loads, help="the spec's train.prompts, as JSON")
    given = parser.parse_args()
    text = sys.stdin.read().strip()
    try:
        vector = embed(given.model, text, given.prompts)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(vector))
    return 0


if __name__ == "__main__":
    sys.exit(main())

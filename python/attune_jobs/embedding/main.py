"""embed: vectors of texts, in shards that the instances of the job share, each once.

With the input `model` the job embeds. Without it the job only cuts the texts into shards, for an endpoint to embed.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..evaluation.systems import progress_lines
from ..gpus import require_promised_gpu
from ..indexing.main import cut_to, hosts_file, load_package, own_share, size_of
from ..indexing.shards import PASSAGES, Document, in_shards, shards_done, write_documents, write_json, write_shard
from ..spec import columns_in, read_spec
from .texts import Census, Texts

Write = Callable[[int, list[Document]], None]
"""Brings a shard of this number to the output."""


def main(arguments: argparse.Namespace) -> None:
    """Read `--spec` and `--input`, write the folder `embed` under `--output`, a shard as soon as it is whole.

    Raises: UserError when the texts are not of the form that is expected, or the model does not fit the spec.
    """
    spec = read_spec(arguments.spec)
    asked = spec["embed"]
    share = own_share(hosts_file(arguments.input))
    out = arguments.output / "embed"
    out.mkdir(parents=True, exist_ok=True)
    texts = Texts(arguments.input, columns_in(spec), asked["kind"])
    census = texts.census()
    done = shards_done(os.environ)
    # On the same disk, so that what is whole is moved; not in the folder, of which everything is uploaded.
    with tempfile.TemporaryDirectory(prefix="attune-embed-", dir=arguments.output) as name:
        scratch = Path(name)
        if (arguments.input / "model").is_dir():
            require_promised_gpu()
            model = load_package(arguments.input / "model", scratch / "model")
            size = size_of(model, asked.get("dimensions"), "dimensions")
            write, told = embedding(model, asked["kind"], size, out, scratch), told_of(model, size)
        else:
            write, told = (lambda number, documents: write_documents(out, scratch, number, documents)), {}
        shards = write_shards(texts, census, write, done=done, share=share)
        if share[0] == 0:
            write_counts(out, scratch, census, shards, told)


def write_shards(
    texts: Texts, census: Census, write: Write, *, done: set[int], share: tuple[int, int], passages: int = PASSAGES
) -> int:
    """Every host reads all texts, which is cheap, and embeds its own shards, which is not.

    Args:
        done: shards that need not be made again.
        share: this host's place from 0, and how many there are.
        passages: of a shard.
    Returns: how many shards there are, of all hosts.
    """
    place, places = share
    shards = -(-census.inventory.documents // passages)
    own = [number for number in range(place, shards, places) if number not in done]
    of = sum(min(passages, census.inventory.documents - number * passages) for number in own)
    wanted, embedded, report = set(own), 0, progress_lines("embed")
    for number, documents in enumerate(in_shards(texts, passages)):
        if number not in wanted:
            continue
        write(number, documents)
        embedded += len(documents)
        report(embedded, of)
    print(f"embed: {embedded:,} of {census.inventory.documents:,} texts were this instance's to do", flush=True)
    return shards


def embedding(model: Any, kind: str, size: int, out: Path, scratch: Path) -> Write:
    """Vectors as the endpoint answers with this `kind` and `dimensions: size`."""

    def write(number: int, documents: list[Document]) -> None:
        encoded = model.encode([document.embedded for document in documents], kind)
        counts = {"version": 1, "documents": len(documents), "truncated": encoded.truncated, "dimensions": size}
        write_json(out / f"{number:05d}.json", scratch, counts)
        write_shard(out, scratch, number, documents, cut_to(size, encoded.vectors))

    return write


def told_of(model: Any, size: int) -> dict[str, Any]:
    """What the manifest says of the model."""
    return {"dimensions": size, "prompts": dict(model.prompts), "maxSeqLength": model.max_seq_length}


def write_counts(out: Path, scratch: Path, census: Census, shards: int, told: dict[str, Any]) -> None:
    """Last: who finds it finds the shards of this host."""
    counted = {"shards": shards, "documents": census.inventory.documents, "digest": census.inventory.digest}
    left_out = {"unreadable": census.unreadable, "unreadablePlaces": census.places}
    write_json(out / "counts.json", scratch, {"version": 1, **counted, **left_out, **told})

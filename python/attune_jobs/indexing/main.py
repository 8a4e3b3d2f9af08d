"""index: embed every passage, in shards that the instances of the job share, each once."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..evaluation.probes import packaged_handler
from ..gpus import require_promised_gpu
from ..prepare.tokens import TokenCounter
from ..serving.endpoint.files import read_manifest
from ..serving.endpoint.model import unit_length
from ..serving.endpoint.start import ENGINE
from ..serving.package import check_package, unpack
from ..spec import read_spec
from ..storable import require_storable
from .shards import (
    PASSAGES,
    Changes,
    Document,
    Inventory,
    in_shards,
    read_documents,
    shards_done,
    write_counts,
    write_shard,
)
from .source import write_corpus

READS = "ATTUNE_INDEX_READS"
"""Variable of the job: `source`, where the passages are read anew from the data. Absent: as prepare has left them."""

HOSTS = Path("/opt/ml/config/resourceconfig.json")
"""Where SageMaker names the instances of a processing job; a local stand-in names another place."""


def main(arguments: argparse.Namespace) -> None:
    """Read `--spec` and `--input`, write the folder `index` under `--output`, a shard as soon as it is whole.

    Raises: UserError when corpus or model is missing or does not fit the spec.
    """
    spec = read_spec(arguments.spec)
    dimensions = spec["index"].get("dimensions")
    place, places = own_share(hosts_file(arguments.input))
    require_promised_gpu()
    out = arguments.output / "index"
    out.mkdir(parents=True, exist_ok=True)
    # On the same disk, so that what is whole is moved; not in the folder, of which everything is uploaded.
    with tempfile.TemporaryDirectory(prefix="attune-index-", dir=arguments.output) as scratch:
        model = load_package(arguments.input / "model", Path(scratch) / "model")
        size = size_of(model, dimensions, "spec.index.dimensions")
        corpus = arguments.input / "corpus" / "corpus.jsonl"
        if os.environ.get(READS) == "source":
            corpus = Path(scratch) / "corpus.jsonl"
            tokens = tokens_of(model, Path(scratch) / "model", spec["train"]["maxSeqLength"])
            write_corpus(arguments.spec, arguments.input, tokens, Path(scratch) / "read", corpus)
        require_storable(spec["index"], corpus)
        index(
            model,
            corpus,
            out,
            Path(scratch),
            changes=Changes(arguments.input / "known"),
            size=size,
            done=shards_done(os.environ),
            share=(place, places),
        )


def index(
    model: Any,
    corpus: Path,
    out: Path,
    scratch: Path,
    *,
    changes: Changes,
    size: int,
    done: set[int],
    share: tuple[int, int],
    passages: int = PASSAGES,
) -> None:
    """Every host reads the whole corpus, which is cheap, and embeds its own shards, which is not.

    Args:
        model: of the package's own handler.
        changes: what the index has already is not embedded.
        size: dimensions to which vectors are cut.
        done: shards that need not be embedded again.
        share: this host's place from 0, and how many there are. The first writes counts.json.
        passages: of a shard.
    """
    place, places = share
    inventory = Inventory()
    started, embedded, shards = time.perf_counter(), 0, 0

    def new() -> Iterator[Document]:
        for document in read_documents(corpus):
            inventory.add(document)
            if changes.is_new(document):
                yield document

    for number, documents in enumerate(in_shards(new(), passages)):
        shards = number + 1
        if number % places != place or number in done:
            continue
        write_shard(out, scratch, number, documents, embed(model, documents, size))
        embedded += len(documents)
        rate = embedded / (time.perf_counter() - started)
        print(f"index: shard {number}, {embedded:,} passages embedded, {rate:,.0f} a second", flush=True)
    if place == 0:
        write_counts(out, scratch, inventory, changes, shards=shards, dimensions=size)


def embed(model: Any, documents: list[Document], size: int) -> Any:
    """Shape (documents, size), unit length: as the endpoint answers with `kind: document` and `dimensions: size`."""
    return cut_to(size, model.encode([document.embedded for document in documents], "document").vectors)


def cut_to(size: int, vectors: Any) -> Any:
    """Of unit length, as before."""
    return vectors if size == vectors.shape[1] else unit_length(vectors[:, :size])


def size_of(model: Any, dimensions: int | None, field: str) -> int:
    """Of the vectors: as asked, or else the model's own. Raises: UserError where it was not trained for it."""
    size: int = model.size if dimensions is None else dimensions
    if size not in {*model.dimensions, model.size}:
        known = ", ".join(map(str, sorted({*model.dimensions, model.size}, reverse=True)))
        raise UserError(f"{field}: found {size}, the model was trained for {known}.")
    return size


def load_package(channel: Path, folder: Path) -> Any:
    """The model as the package's own code/inference.py loads it, by the engine that will serve."""
    archives = sorted(channel.glob("*.tar.gz")) if channel.is_dir() else []
    if not archives:
        raise UserError("model/model.tar.gz is missing: expected the packaged model as the input 'model'.")
    check_package(unpack(archives[0], folder))
    os.environ.setdefault(ENGINE, "float32")
    return packaged_handler(folder).model_fn(str(folder))


def tokens_of(model: Any, folder: Path, max_seq_length: int) -> TokenCounter:
    """By the tokenizer of the package: documents are cut as the model reads them.

    Args:
        max_seq_length: of a model that says none itself.
    """
    promised = read_manifest(folder).get("maxSeqLength")
    return TokenCounter(folder, promised or max_seq_length, model.prompts["document"])


def hosts_file(inputs: Path) -> Path:
    """Beside the folder of inputs, wherever that lies: /opt/ml/processing/input → /opt/ml/config."""
    beside = inputs.parent.parent / "config" / HOSTS.name
    return beside if beside.is_file() else HOSTS


def own_share(hosts: Path) -> tuple[int, int]:
    """This host's place from 0 among the job's instances, and how many these are; (0, 1) where nobody says."""
    if not hosts.is_file():
        return 0, 1
    named = json.loads(hosts.read_text(encoding="utf-8"))
    names = sorted(named["hosts"])
    return names.index(named["current_host"]), len(names)

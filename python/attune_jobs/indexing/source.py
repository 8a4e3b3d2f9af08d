"""The passages that an index has to hold, read anew: from the data of the spec, or from a source of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..arrived import check_input
from ..errors import UserError
from ..prepare.collection import Collection
from ..prepare.columns import Columns
from ..prepare.problems import Problems
from ..prepare.reading import read_data
from ..prepare.sources.corpus import read_corpus
from ..prepare.sources.documents import read_documents
from ..prepare.tokens import TokenCounter
from ..spec import PrepareSpec, named_sources, read_prepare_spec, read_spec

ADVICE = 'Each row must be {"_id": id, "text": text, "title"?: text}, or have its columns named in data.columns.'


def write_corpus(spec_file: Path, inputs: Path, tokens: TokenCounter, scratch: Path, to: Path) -> None:
    """The distinct passages, cleaned and cut as prepare does it, and under the ids that they have there.

    Args:
        tokens: of the model that embeds them: documents are cut by what it reads.
        to: file of JSON lines {"_id", "title", "text"}.
    Raises: UserError for what cannot be read, and where there is no passage: an index of nothing is nobody's wish.
    """
    spec = read_prepare_spec(spec_file)
    source = read_spec(spec_file)["index"].get("source")
    scratch.mkdir(parents=True, exist_ok=True)
    collection = (
        _of_data(spec, inputs, tokens, scratch) if source is None else _of(source, spec, inputs, tokens, scratch)
    )
    collection.seal()
    passages, _ = collection.passage_hashes.distinct()
    if not len(passages):
        raise UserError("index: its source holds no passage. Name the documents that are to be found.")
    with to.open("wb") as file:
        for line in collection.passages.read(passages):
            file.write(line)
    collection.close()


def _of_data(spec: PrepareSpec, inputs: Path, tokens: TokenCounter, scratch: Path) -> Collection:
    for name, uri in spec.sources.items():
        check_input(f"data.{name}", uri, inputs / name)
    return read_data(spec, inputs, tokens, scratch).collection


def _of(source: dict[str, Any], spec: PrepareSpec, inputs: Path, tokens: TokenCounter, scratch: Path) -> Collection:
    for name, uri in named_sources(source, tuple(source)).items():
        check_input(f"index.source.{name}", uri, inputs / name)
    collection = Collection(scratch)
    if "documents" in source:
        read_documents(inputs, collection, tokens, headings=spec.questions is None or spec.questions.headings)
        return collection
    problems = Problems()
    read_corpus(inputs, collection, Columns("corpus", spec.columns, by_id=True), problems)
    problems.refuse(ADVICE)
    return collection

"""questions: cut the documents as prepare does, and choose passages that cover them all."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..arrived import check_input
from ..errors import UserError
from ..json_line import SET_ASIDE_FILE, dump_line
from ..prepare.base import base_for_tokens
from ..prepare.collection import Collection, left_out_of
from ..prepare.sources.documents import read_documents
from ..prepare.sources.documents.sections import MIN_WORDS
from ..prepare.tokens import TokenCounter
from ..prepare.writing import publish, working_below
from ..prompts import prompts_of
from ..spec import Questions, read_prepare_spec
from .chosen import choose, deal_kinds
from .shards import write_shards


def main(arguments: argparse.Namespace) -> None:
    """Writes `<output>/questions/` whole, or not at all: shards of passages, and counts.json.

    Args:
        arguments: `spec` (file), `input` (folder with one folder per input), `output` (folder).
    Raises: UserError for documents that cannot be read, or that hold no passage.
    """
    spec = read_prepare_spec(arguments.spec)
    if spec.questions is None:
        raise UserError("spec.data: found no questions, expected the settings of the language model that writes them.")
    check_input("data.documents", spec.sources["documents"], arguments.input / "documents")
    place = arguments.output / "questions"
    with working_below(place, "questions") as work:
        model, _ = base_for_tokens(spec, arguments.input / "base", work / "base")
        tokens = TokenCounter(model, spec.max_seq_length, prompts_of(spec.base, model, spec.prompts)["document"])
        write_passages(spec.questions, arguments.input, tokens, work / "scratch", work / "questions")
        publish(work / "questions", place)


def write_passages(questions: Questions, inputs: Path, tokens: TokenCounter, scratch: Path, out: Path) -> None:
    """Raises: UserError when there is nothing to ask about."""
    collection = Collection(scratch)
    read_documents(inputs, collection, tokens, questions.headings)
    collection.passages.seal()
    numbers, documents = choose(collection, questions.most, questions.seed)
    if not numbers:
        raise UserError(f"No document has a section of at least {MIN_WORDS} words: there is nothing to ask about.")
    kinds = deal_kinds(questions.kinds, len(numbers), questions.per_passage)
    covered = len({collection.document_of(number) for number in numbers})
    counts = {"of": len(collection.passages), "documents": covered, "ofDocuments": documents}
    write_shards(collection, numbers, kinds, counts, out)
    left_out = "".join(map(dump_line, left_out_of(collection)))
    (out / SET_ASIDE_FILE).write_text(left_out, encoding="utf-8")
    chosen = f"{len(numbers):,} of {counts['of']:,} passages chosen"
    print(f"questions: {chosen}, from {covered:,} of {documents:,} documents", flush=True)
    collection.close()

"""prepare: read, merge duplicates, group, split, prove that nothing leaks, write, report."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..arrived import check_input
from ..base_copy import Copies, Copy
from ..base_fitness import refuse_too_few_positions
from ..base_model import resolve_and_copy, resolve_base_model
from ..errors import UserError
from ..json_line import SET_ASIDE_FILE, dump_line
from ..spec import PrepareSpec, read_prepare_spec
from . import report as reporting
from .collection import Collection, file_hash
from .columns import Columns
from .data_rows import RULE
from .grouping import group, merge_duplicates
from .leak_check import check_no_leak
from .leakage import drop_leaks
from .negatives import find_negatives
from .set_aside import SetAside
from .sources.beir import read_beir
from .sources.documents import read_documents
from .sources.pairs import read_pairs
from .splitting import assign, regroup
from .tokens import TokenCounter
from .writing import Writer, publish

MIN_TRAIN_PAIRS = 100
"""Fewer pairs teach nothing that a test could show."""

KindsOfRows = dict[str, Columns]
"""What a file holds (as the input is named) → its columns."""

Reader = Callable[[Path, Collection, TokenCounter, KindsOfRows], list[Path]]
"""Adds what lies in the job's inputs to the collection. Returns: the files read."""

READERS: dict[str, Reader] = {
    "pairs": lambda inputs, collection, _, rows: read_pairs(inputs, collection, rows["pairs"]),
    "beir": lambda inputs, collection, _, rows: read_beir(inputs, collection, rows["corpus"], rows["queries"]),
    "documents": lambda inputs, collection, tokens, _: read_documents(inputs, collection, tokens),
}


def main(arguments: argparse.Namespace) -> None:
    """Writes `<output>/data/` whole, or not at all.

    Args:
        arguments: `spec` (file), `input` (folder with one folder per input), `output` (folder).
    Raises: UserError for input that is malformed or not what its name in S3 says, leaking splits, or too little data.
    """
    spec = read_prepare_spec(arguments.spec)
    for name, source in spec.sources.items():
        check_input(f"data.{name}", source, arguments.input / name)
    place = arguments.output / "data"
    work = place / ".prepare"
    shutil.rmtree(work, ignore_errors=True)
    scratch = work / "scratch"
    scratch.mkdir(parents=True)
    try:
        model, copy = _base(spec, arguments.input / "base", work / "base")
        if not spec.bases_compared:
            refuse_too_few_positions(spec.base, model, spec.max_seq_length)
        prepare(spec, arguments.input, TokenCounter(model, spec.max_seq_length), scratch, work / "data")
        if copy is not None:
            (work / "data" / "base.json").write_text(json.dumps(copy.record(), indent=2) + "\n", encoding="utf-8")
        publish(work / "data", place)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def prepare(spec: PrepareSpec, inputs: Path, tokens: TokenCounter, scratch: Path, data: Path) -> None:
    started = time.monotonic()

    def say(what: str) -> None:
        print(f"prepare: {what} ({time.monotonic() - started:.1f} s)", flush=True)

    # 1. Clean every text, refuse what is malformed; texts go to disk, hashes stay
    collection = Collection(scratch)
    rows = {kind: Columns(kind, spec.columns) for kind in RULE["columns"]}
    files = _read(spec, inputs, collection, tokens, rows)
    collection.seal()
    say(f"read {collection.rows_read:,} rows")

    # 2. Exact duplicates become one and keep the relevance of all
    relevance = merge_duplicates(collection)
    set_aside = SetAside(collection)
    set_aside.after_merging(relevance)
    say(f"{len(relevance.passage_P):,} passages and {len(relevance.question_Q):,} questions are distinct")

    # 3. Near-duplicates join groups before the split, or they would stand on both sides of it
    grouping = group(collection, relevance, scratch)
    say("near-duplicates joined")

    # 4. Split by component; what leaks through splits that the input gave is dropped from train and counted
    assignment = assign(collection, relevance, grouping, spec.split)
    boilerplate_rows = int(np.count_nonzero(grouping.boilerplate_P[relevance.row_passage_R]))
    dropped = drop_leaks(collection, relevance, grouping, assignment.split_R)
    set_aside.after_splitting(relevance, grouping, dropped)
    assignment = regroup(collection, relevance, grouping, assignment)
    negatives = find_negatives(collection, relevance, grouping, dropped, assignment.split_R, spec.split.seed)
    set_aside.negatives(negatives)

    # 5. Write, then check what was written, not what was meant
    counts = Writer(collection, relevance, grouping, assignment, negatives, spec.split.seed).write(data)
    set_aside.after_writing(counts)
    say("written")
    check_no_leak(data, reporting.clusters(collection, relevance, grouping), dropped.patterns)
    _refuse_too_little(counts, set_aside.sentence())
    say("no leak found")

    # 6. The report
    report: dict[str, Any] = {
        "version": 1,
        "form": spec.form,
        "inputs": [
            {"name": str(file.relative_to(inputs)), "bytes": file.stat().st_size, "hash": file_hash(file)}
            for file in files
        ],
        "read": {
            "rows": collection.rows_read,
            "unreadable": len(collection.unreadable),
            "unreadablePlaces": collection.unreadable[:20],
        },
        "split": asdict(spec.split),
        "counts": {**counts, "corpus": {"passages": len(relevance.passage_P)}},
        "duplicates": reporting.duplicates(collection, relevance, grouping),
        "leakage": {"dropped": dropped.counts(), "boilerplateRowsSetAside": boilerplate_rows, "leftAfterCheck": 0},
        "setAside": set_aside.report(),
        "nearRepeatedQuestions": reporting.near_repeated_questions(collection, relevance, assignment),
        "maxSeqLength": spec.max_seq_length,
        "tokenLengths": reporting.token_lengths(collection, relevance, tokens),
        "copiedShare": reporting.copied_share(collection, relevance),
        "largestComponentShare": reporting.largest_component_share(assignment),
    }
    unread = [note for kind, columns in rows.items() for note in columns.notes(kind)]
    report["warnings"] = [*reporting.warnings(report, spec.max_seq_length), *unread, *collection.notes[:20]]
    report["seconds"] = round(time.monotonic() - started, 1)
    # Where evaluation finds it: its page tells it beside the figures that rest on what is left.
    told = "".join(map(dump_line, report["setAside"]))
    (data / "test" / SET_ASIDE_FILE).write_text(told, encoding="utf-8")
    (data / "report.json").write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    collection.close()
    for entry in report["setAside"]:
        print(f"prepare: set aside: {entry['count']:,} {entry['reason']}", flush=True)
    for warning in report["warnings"]:
        print(f"prepare: warning: {warning}", flush=True)
    summary = ", ".join(f"{name} {counts[name]['questions']:,} questions" for name in ("train", "dev", "test"))
    say(f"done: {counts['train']['pairs']:,} training pairs; {summary}")


def _read(
    spec: PrepareSpec, inputs: Path, collection: Collection, tokens: TokenCounter, rows: KindsOfRows
) -> list[Path]:
    reader = READERS.get(spec.form)
    if reader is None:
        raise UserError(f"data: found the form {spec.form}, expected one of {', '.join(READERS)}.")
    return reader(inputs, collection, tokens, rows)


def _refuse_too_little(counts: dict[str, dict[str, int]], set_aside: str) -> None:
    said = f" {set_aside}" if set_aside else ""
    if counts["train"]["pairs"] < MIN_TRAIN_PAIRS:
        raise UserError(
            f"{counts['train']['pairs']} training pairs are left after cleaning and splitting, expected at least "
            f"{MIN_TRAIN_PAIRS}.{said} Give more pairs; or more groups, if few hold them all; or none, if passages "
            "that many groups share are meant to be found."
        )
    if not counts["test"]["questions"]:
        raise UserError(f"No test question came out of the split.{said} Give more groups, or a larger split.test.")


BASES = "ATTUNE_BASES"
"""Variable of a job whose base is a model of the hub: S3 prefix of the copies. Later jobs read the copy."""


def _base(spec: PrepareSpec, channel: Path, scratch: Path) -> tuple[Path, Copy | None]:
    root = os.environ.get(BASES)
    if root is None or channel.is_dir():
        return resolve_base_model(spec.base, channel if channel.is_dir() else None), None
    model, copy = resolve_and_copy(spec.base, Copies(root, spec.kms_key), scratch)
    if copy is not None:
        print(f"prepare: base {spec.base} is commit {copy.commit}, kept at {copy.uri}", flush=True)
    return model, copy

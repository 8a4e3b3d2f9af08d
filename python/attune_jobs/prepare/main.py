"""prepare: read, merge duplicates, group, split, prove that nothing leaks, write, report."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..arrived import check_input
from ..base_fitness import refuse_too_few_positions
from ..errors import UserError
from ..json_line import SET_ASIDE_FILE, dump_line
from ..prompts import prompts_of
from ..spec import PrepareSpec, read_prepare_spec, read_spec
from ..storable import require_storable, require_width
from . import report as reporting
from .base import Base, base_for_tokens
from .collection import file_hash
from .earlier import FOLDER, keys_of, read_earlier, trained_before, write_assigned
from .grouping import group, merge_duplicates
from .leak_check import check_no_leak
from .leakage import drop_leaks
from .negatives import find_negatives
from .reading import read_data
from .set_aside import SetAside
from .splitting import SET_ASIDE, assign, regroup
from .tokens import TokenCounter
from .writing import Writer, publish, working_below
from .written import publish_written

MIN_TRAIN_PAIRS = 100
"""Fewer pairs teach nothing that a test could show."""

SEEN_BEFORE = (
    "{rows:,} rows of data.test ask for what an earlier run of this name trained on. They stay, and are not trained "
    "on now; but that run's model, where it is in service or started from, has seen it, and its score is flattered."
)


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
    with working_below(place, "prepare") as work:
        model, copy = base_for_tokens(spec, arguments.input / "base", work / "base")
        index = read_spec(arguments.spec).get("index")
        if not spec.bases_compared:
            refuse_too_few_positions(spec.base, model, spec.max_seq_length)
            require_width(index, spec.base, model)
        base = Base(spec.base, model, spec.max_seq_length, prompts_of(spec.base, model, spec.prompts))
        prepare(spec, arguments.input, base, work / "scratch", work / "data")
        if index is not None and index.get("source") is None:
            require_storable(index, work / "data" / "corpus" / "corpus.jsonl")
        if copy is not None:
            (work / "data" / "base.json").write_text(json.dumps(copy.record(), indent=2) + "\n", encoding="utf-8")
        publish(work / "data", place)


def prepare(spec: PrepareSpec, inputs: Path, base: Base, scratch: Path, data: Path) -> None:
    started = time.monotonic()
    tokens = TokenCounter(base.folder, base.max_seq_length, base.prompts["document"])

    def say(what: str) -> None:
        print(f"prepare: {what} ({time.monotonic() - started:.1f} s)", flush=True)

    # 1. Clean every text, refuse what is malformed; texts go to disk, hashes stay
    data_read = read_data(spec, inputs, tokens, scratch, base)
    collection, written = data_read.collection, data_read.written
    collection.seal()
    collection.require_rows()
    say(f"read {collection.rows_read:,} rows")

    # 2. Exact duplicates become one and keep the relevance of all
    relevance = merge_duplicates(collection)
    set_aside = SetAside(collection)
    set_aside.after_merging(relevance)
    say(f"{len(relevance.passage_P):,} passages and {len(relevance.question_Q):,} questions are distinct")

    # 3. Near-duplicates join groups before the split, or they would stand on both sides of it
    grouping = group(collection, relevance, scratch)
    say("near-duplicates joined")

    # 4. Split by component, and as earlier runs did; what leaks through splits that the input gave is dropped from
    # train, what an earlier run trained on from test, and counted
    earlier, keys = read_earlier(inputs / "earlier"), keys_of(collection, relevance)
    plain_R = ~grouping.boilerplate_P[relevance.row_passage_R]
    earlier_R = earlier.split_of(keys, plain_R)
    assignment = assign(collection, relevance, grouping, spec.split, earlier_R)
    crossed = trained_before(relevance, grouping, earlier, keys, assignment.split_R)
    if collection.has_own_test and len(crossed):
        # The person says what is tested, and nothing of it is trained on from now on.
        collection.notes.append(SEEN_BEFORE.format(rows=len(crossed)))
        crossed = crossed[:0]
    assignment.split_R[crossed] = SET_ASIDE
    boilerplate_rows = int(np.count_nonzero(grouping.boilerplate_P[relevance.row_passage_R]))
    dropped = drop_leaks(collection, relevance, grouping, assignment.split_R)
    set_aside.after_splitting(relevance, grouping, dropped, crossed)
    assignment = regroup(collection, relevance, grouping, assignment)
    negatives = find_negatives(collection, relevance, grouping, dropped, assignment.split_R, spec.split.seed)
    set_aside.negatives(negatives)

    # 5. Write, then check what was written, not what was meant
    counts = Writer(collection, relevance, grouping, assignment, negatives, spec.split.seed).write(data)
    write_assigned(data / FOLDER, earlier, keys, plain_R, assignment.split_R)
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
            for file in data_read.files
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
        "earlier": reporting.earlier(relevance, earlier_R, assignment, crossed),
        "nearRepeatedQuestions": reporting.near_repeated_questions(collection, relevance, assignment),
        "maxSeqLength": spec.max_seq_length,
        "tokenLengths": reporting.token_lengths(collection, relevance, tokens),
        "copiedShare": reporting.copied_share(collection, relevance),
        **({} if written is None else {"questions": written}),
        "largestComponentShare": reporting.largest_component_share(assignment),
    }
    unread = [note for kind, columns in data_read.rows.items() for note in columns.notes(kind)]
    report["warnings"] = [*reporting.warnings(report, spec.max_seq_length), *unread, *collection.notes[:20]]
    report["seconds"] = round(time.monotonic() - started, 1)
    # Where evaluation finds it: its page tells it beside the figures that rest on what is left.
    told = "".join(map(dump_line, report["setAside"]))
    (data / "test" / SET_ASIDE_FILE).write_text(told, encoding="utf-8")
    if written is not None:
        publish_written(written, scratch, data / "questions")
    (data / "report.json").write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    collection.close()
    for entry in report["setAside"]:
        print(f"prepare: set aside: {entry['count']:,} {entry['reason']}", flush=True)
    for warning in report["warnings"]:
        print(f"prepare: warning: {warning}", flush=True)
    summary = ", ".join(f"{name} {counts[name]['questions']:,} questions" for name in ("train", "dev", "test"))
    say(f"done: {counts['train']['pairs']:,} training pairs; {summary}")


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

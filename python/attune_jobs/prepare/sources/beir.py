"""BEIR layout: a corpus, queries, and qrels named by their split (train.tsv, dev.tsv, test.tsv)."""

from __future__ import annotations

import re
from array import array
from pathlib import Path

from ...errors import UserError
from ...texts import clean_line
from ..collection import DEV, TEST, TRAIN, Collection
from ..columns import SHOWN, Columns
from ..data_rows import QRELS_SUFFIXES
from ..json_lines import find_files
from ..problems import Problems
from ..qrels import Judgement, read_qrels
from ..rows import read_rows
from ..stores import HashList
from .corpus import DANGLING_SHARE, MISSING, positions, read_corpus, refuse_repeated

SPLIT_OF_FILE = {"train": TRAIN, "dev": DEV, "valid": DEV, "validation": DEV, "test": TEST}
ADVICE = "BEIR layout: see each line's message. Fix these lines and submit again."


def read_beir(inputs: Path, collection: Collection, of_corpus: Columns, of_queries: Columns) -> list[Path]:
    """Splits that qrels files give are kept; the others are split off from train later.

    Returns: the files read. Raises: UserError with file and line of each malformed row.
    """
    problems = Problems()
    corpus = read_corpus(inputs, collection, of_corpus, problems)
    queries = find_files(inputs / "queries", "queries")
    query_ids = HashList()
    question_of, group_of = _read_queries(queries, query_ids, collection, of_queries, problems)
    for what, found in (("corpus", corpus.ids), ("queries", query_ids)):
        if not len(found):
            problems.add(f"data.{what}", "its files hold no row")
    problems.refuse(ADVICE)

    qrels = find_files(inputs / "qrels", "qrels", QRELS_SUFFIXES)
    splits = _splits_of(qrels, collection.has_own_test)
    ids, numbers = (query_ids, corpus.ids), (question_of, corpus.passage_of, group_of)
    for file in qrels:
        _read_qrels(file, splits[file], ids, numbers, collection, problems)
    problems.refuse(ADVICE)
    return [*corpus.files, *queries, *qrels]


def _read_queries(
    files: list[Path], ids: HashList, collection: Collection, columns: Columns, problems: Problems
) -> tuple[array[int], array[int]]:
    """Returns: for each line's id the question's number (or MISSING) and its group's number (or -1)."""
    question_of = array("q")
    group_of = array("q")
    for file in files:
        for where, value in read_rows(file, problems):
            columns.look_at(value)
            own = columns.identifier(value, where, problems)
            text = columns.text(value, "text", where, problems)
            group = columns.text(value, "group", where, problems, optional=True)
            collection.rows_read += 1
            if own is None or text is None:
                continue
            question = collection.add_question(text, own, collection.origin_in(value, where))
            if question is None:
                collection.unreadable.append(where)
            ids.append(own)
            question_of.append(MISSING if question is None else question)
            group_of.append(collection.add_group(group) if group and clean_line(group) else -1)
    refuse_repeated(ids, "queries", problems)
    return question_of, group_of


def _splits_of(files: list[Path], has_own_test: bool) -> dict[Path, int]:
    """By the one word of the name that is a split: train.tsv, qrels.dev.small.tsv."""
    splits: dict[Path, int] = {}
    for file in files:
        found = {SPLIT_OF_FILE[word] for word in re.split(r"[^a-z]+", file.name.lower()) if word in SPLIT_OF_FILE}
        if len(found) != 1:
            raise UserError(f"data.qrels: found {file.name}, expected train, dev or test in its name.")
        splits[file] = found.pop()
        if has_own_test and splits[file] == TEST:
            raise UserError(
                f"data.test: found {file.name} in data.qrels too, expected the test questions in one place. Leave out "
                "data.test, or take that file away."
            )
    if TRAIN not in splits.values():
        raise UserError(
            f"data.qrels: found {', '.join(file.name for file in files)} and no train.tsv: nothing to train on. "
            "Give the training questions as train.tsv; dev and test are split off from it when they are missing."
        )
    return splits


def _read_qrels(
    file: Path,
    split: int,
    ids: tuple[HashList, HashList],
    numbers: tuple[array[int], array[int], array[int]],
    collection: Collection,
    problems: Problems,
) -> None:
    """Adds the rows whose question and passage are readable."""
    queries, passages, judgements = HashList(), HashList(), []
    for judged in read_qrels(file, problems):
        queries.append(judged.query)
        passages.append(judged.passage)
        judgements.append(judged)
    question_of, passage_of, group_of = numbers
    entries = list(zip(judgements, positions(ids[0], queries), positions(ids[1], passages), strict=True))
    dangling = [entry for entry in entries if MISSING in entry[1:]]
    told = [f"{file.name}:{judged.line}: {_dangling(judged, query)}" for judged, query, _ in dangling]
    if len(dangling) > DANGLING_SHARE * len(entries):
        for fault in told:
            problems.add(*fault.split(": ", 1))
        return
    for fault in told:
        collection.set_aside("judgements name a question or a passage that is not there", fault)
    for judged, query, entry in entries:
        if MISSING in (query, entry) or MISSING in (question_of[query], passage_of[entry]):
            continue
        if judged.score > 0:
            collection.add_row(question_of[query], passage_of[entry], group_of[query], judged.score, split)
        else:
            collection.add_rejected(question_of[query], passage_of[entry], judged.score, split)


def _dangling(judged: Judgement, query: int) -> str:
    if query == MISSING:
        return f"its query-id {judged.query[:SHOWN]!r} is not in queries"
    return f"its corpus-id {judged.passage[:SHOWN]!r} is not in corpus"

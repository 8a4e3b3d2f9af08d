"""BEIR layout: corpus.jsonl, queries.jsonl and qrels/{train,dev,test}.tsv."""

from __future__ import annotations

from array import array
from pathlib import Path

import numpy as np

from ...errors import UserError
from ...texts import clean_line
from ..collection import DEV, TEST, TRAIN, Collection
from ..json_lines import find_files, id_field, read_objects, text_field
from ..problems import Problems
from ..qrels import read_qrels
from ..stores import HashList, distinct_rows
from ..tokens import TokenCounter

SPLIT_OF_FILE = {"train": TRAIN, "dev": DEV, "valid": DEV, "validation": DEV, "test": TEST}
MISSING = -1

ADVICE = "BEIR layout: see each line's message. Mend these lines and submit again."


def read_beir(inputs: Path, collection: Collection, _: TokenCounter) -> list[Path]:
    """Splits that qrels files give are kept; the others are split off from train later.

    Returns: the files read. Raises: UserError with file and line of each malformed row.
    """
    problems = Problems()
    corpus = find_files(inputs / "corpus", "corpus")
    corpus_ids = HashList()
    passage_of = _read_corpus(corpus, corpus_ids, collection, problems)
    queries = find_files(inputs / "queries", "queries")
    query_ids = HashList()
    question_of, group_of = _read_queries(queries, query_ids, collection, problems)
    problems.refuse(ADVICE)

    qrels = find_files(inputs / "qrels", "qrels", (".tsv", ".tsv.gz"))
    splits = _splits_of(qrels)
    for file in qrels:
        _read_qrels(
            file, splits[file], (query_ids, corpus_ids), (question_of, passage_of, group_of), collection, problems
        )
    problems.refuse(ADVICE)
    return [*corpus, *queries, *qrels]


def _read_corpus(files: list[Path], ids: HashList, collection: Collection, problems: Problems) -> array[int]:
    """Returns: for each line's id the passage's number, or MISSING when it was blank."""
    passage_of = array("q")
    for file in files:
        for where, value in read_objects(file, problems):
            own = id_field(value, where, problems)
            text = text_field(value, "text", where, problems)
            title = text_field(value, "title", where, problems, optional=True) or ""
            collection.rows_read += 1
            if own is None or text is None:
                continue
            passage = collection.add_passage(text or title, title if text else "", own)
            if passage is None:
                collection.unreadable.append(where)
            ids.append(own)
            passage_of.append(MISSING if passage is None else passage)
    _refuse_repeated(ids, "corpus", problems)
    return passage_of


def _read_queries(
    files: list[Path], ids: HashList, collection: Collection, problems: Problems
) -> tuple[array[int], array[int]]:
    """Returns: for each line's id the question's number (or MISSING) and its group's number (or -1)."""
    question_of = array("q")
    group_of = array("q")
    for file in files:
        for where, value in read_objects(file, problems):
            own = id_field(value, where, problems)
            text = text_field(value, "text", where, problems)
            group = text_field(value, "group", where, problems, optional=True)
            collection.rows_read += 1
            if own is None or text is None:
                continue
            question = collection.add_question(text, own, collection.origin_in(value, where))
            if question is None:
                collection.unreadable.append(where)
            ids.append(own)
            question_of.append(MISSING if question is None else question)
            group_of.append(collection.add_group(group) if group and clean_line(group) else -1)
    _refuse_repeated(ids, "queries", problems)
    return question_of, group_of


def _refuse_repeated(ids: HashList, what: str, problems: Problems) -> None:
    firsts, label = ids.distinct()
    if len(firsts) == len(label):
        return
    repeated = np.setdiff1d(np.arange(len(label)), firsts)
    for entry in repeated.tolist():
        problems.add(f"{what}, entry {entry + 1}", f'its "_id" stands also at entry {int(firsts[label[entry]]) + 1}')


def _splits_of(files: list[Path]) -> dict[Path, int]:
    splits: dict[Path, int] = {}
    for file in files:
        name = file.name.split(".")[0].lower()
        if name not in SPLIT_OF_FILE:
            raise UserError(f"data.qrels: found {file.name}, expected train.tsv, dev.tsv or test.tsv.")
        splits[file] = SPLIT_OF_FILE[name]
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
    """Adds the rows with a positive score whose question and passage are readable."""
    queries, passages, scores, places = HashList(), HashList(), [], []
    for judged in read_qrels(file, problems):
        queries.append(judged.query)
        passages.append(judged.passage)
        scores.append(judged.score)
        places.append(judged.line)
    question_of, passage_of, group_of = numbers
    for row, (query, entry) in enumerate(zip(_positions(ids[0], queries), _positions(ids[1], passages), strict=True)):
        where = f"{file.name}:{places[row]}"
        if query == MISSING:
            problems.add(where, "its query-id is not in queries")
        if entry == MISSING:
            problems.add(where, "its corpus-id is not in corpus")
        if query == MISSING or entry == MISSING:
            continue
        if question_of[query] == MISSING or passage_of[entry] == MISSING:
            continue
        collection.add_row(question_of[query], passage_of[entry], group_of[query], scores[row], split)


def _positions(known: HashList, wanted: HashList) -> list[int]:
    """For each wanted hash its entry among the known, or MISSING."""
    known_N2, wanted_M2 = known.halves(), wanted.halves()
    firsts, label = distinct_rows(np.concatenate([known_N2, wanted_M2]))
    entry = np.full(len(firsts), MISSING, np.int64)
    entry[label[: len(known_N2)]] = np.arange(len(known_N2))
    found: list[int] = entry[label[len(known_N2) :]].tolist()
    return found

"""Pairs, BEIR folders and documents, read as prepare reads them; each tenth is prepared to the end."""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import re
from collections.abc import Callable
from pathlib import Path

from conftest import synthetic_pairs
from prepare_runs import tokenizer_folder

from attune_jobs.errors import UserError
from attune_jobs.json_line import read_judgements
from attune_jobs.prepare.collection import Collection
from attune_jobs.prepare.columns import Columns
from attune_jobs.prepare.data_rows import RULE
from attune_jobs.prepare.main import main
from attune_jobs.prepare.own_test import read_own_test
from attune_jobs.prepare.reading import READERS
from attune_jobs.prepare.tokens import TokenCounter

from . import values
from .area import Case

EXPECTED = "prepared, or exit 2 with the place and what to mend"
ROWS = 240
PLACE = re.compile(r":\d+: |, entry \d+|data\.|rows|its name|not UTF-8|bytes|training pairs|test question|split")


def make(choose: random.Random, folder: Path) -> Case:
    form = choose.choice(["pairs", "beir", "documents"])
    told = WRITERS[form](choose, folder / "input")
    if choose.randrange(3) == 0:
        told += _test(choose, folder / "input")
    to_the_end = choose.randrange(10) == 0
    return Case(f"{form}: {told}", lambda: _outcome(form, folder, to_the_end), EXPECTED)


def _outcome(form: str, folder: Path, to_the_end: bool) -> str | None:
    base = tokenizer_folder(folder.parent / "tokenizer")
    try:
        if to_the_end:
            return _prepared(form, folder, base)
        collection = Collection(folder)
        by_id = form != "pairs"
        rows = {kind: Columns(kind, {}, by_id) for kind in RULE["columns"]}
        own_test = read_own_test(folder / "input", collection, rows["test"]) if _has_test(folder) else None
        READERS[form](folder / "input", collection, TokenCounter(base, 128), rows)
        if own_test is not None:
            own_test.join(collection, of_documents=form == "documents")
        collection.seal()
        collection.close()
    except UserError as error:
        message = str(error)
        if not message.replace("\n", "").isprintable():
            return f"unprintable: {message}"
        return None if PLACE.search(message) else f"no place: {message}"
    return None


def _prepared(form: str, folder: Path, base: Path) -> str | None:
    sources = {"pairs": ["pairs"], "beir": ["corpus", "queries", "qrels"], "documents": ["documents"]}[form]
    sources += ["test"] if _has_test(folder) else []
    spec = {
        "data": {**{source: "s3://b/x" for source in sources}, "split": {"dev": 0.1, "test": 0.1, "seed": 0}},
        "base": str(base),
        "train": {"maxSeqLength": 128},
    }
    (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    main(argparse.Namespace(spec=folder / "spec.json", input=folder / "input", output=folder / "output"))
    for split in ("dev", "test"):
        list(read_judgements(folder / "output" / "data" / split / "qrels.tsv"))
    return None


def _lines(choose: random.Random, sound: list[dict[str, str]], fields: list[str]) -> tuple[bytes, str]:
    """The sound rows with one or two others among them."""
    rows = [json.dumps(row).encode() for row in sound]
    told = []
    for _ in range(choose.randrange(1, 3)):
        if choose.randrange(3) == 0:
            row = values.raw_line(choose)
        else:
            value = {**choose.choice(sound), choose.choice(fields): values.anything(choose)}
            if choose.randrange(4) == 0:
                value.pop(choose.choice(fields), None)
            row = json.dumps(value).encode()
        rows.insert(choose.randrange(len(rows)), row)
        told.append(repr(row[:120]))
    return b"\n".join(rows) + b"\n", ", ".join(told)


def _write(choose: random.Random, file: Path, content: bytes) -> str:
    """Plain, packed, or packed and damaged."""
    file.parent.mkdir(parents=True, exist_ok=True)
    kind = choose.randrange(6)
    if kind > 1:
        file.write_bytes(content)
        return ""
    packed = gzip.compress(content)
    damage = choose.choice(["", "cut", "not packed", "flipped"])
    if damage == "cut":
        packed = packed[: choose.randrange(len(packed))]
    if damage == "not packed":
        packed = content
    if damage == "flipped":
        packed = packed[:-6] + bytes([packed[-6] ^ 0xFF]) + packed[-5:]
    file.with_name(file.name + ".gz").write_bytes(packed)
    return f" .gz {damage}"


def _pairs(choose: random.Random, inputs: Path) -> str:
    content, told = _lines(choose, synthetic_pairs(ROWS), ["query", "document", "group", "title"])
    return told + _write(choose, inputs / "pairs" / "pairs.jsonl", content)


def _test(choose: random.Random, inputs: Path) -> str:
    """Test questions of one's own, about passages of which some are there."""
    sound = [
        {"query": f"own question {number}", "document": row["document"], "accepted": "true"}
        for number, row in enumerate(synthetic_pairs(20))
    ]
    content, told = _lines(choose, sound, ["query", "document", "document_id", "accepted", "score", "group"])
    return f" test {told}" + _write(choose, inputs / "test" / "test.jsonl", content)


def _has_test(folder: Path) -> bool:
    return (folder / "input" / "test").is_dir()


def _beir(choose: random.Random, inputs: Path) -> str:
    rows = synthetic_pairs(ROWS)
    corpus = [{"_id": f"d{number}", "text": row["document"]} for number, row in enumerate(rows)]
    queries = [{"_id": f"q{number}", "text": row["query"]} for number, row in enumerate(rows)]
    qrels = [f"q{number}\td{number}\t1".encode() for number in range(ROWS)]
    where = choose.choice(["corpus", "queries", "qrels"])
    contents = {"corpus": _plain(corpus), "queries": _plain(queries)}
    told = ""
    if where == "qrels":
        cells = [b"q1", b"d2", b"1"]
        scores = ["9" * 30, "9" * 5_000, "--5", "-", "٣", "²", "1.5", "1e9", "", "\x00"]
        ugly = values.text(choose)[:200].encode("utf-8", "surrogatepass")
        cells[choose.randrange(3)] = choose.choice([*(score.encode() for score in scores), ugly, choose.randbytes(8)])
        qrels.insert(choose.randrange(len(qrels)), b"\t".join(cells[: choose.choice([1, 2, 3, 3, 3])]))
        told = repr(cells)[:120]
    else:
        sound = corpus if where == "corpus" else queries
        contents[where], told = _lines(choose, sound, ["_id", "_id", "text", "title", "group"])
    told += "".join(_write(choose, inputs / part / f"{part}.jsonl", content) for part, content in contents.items())
    header = b"query-id\tcorpus-id\tscore\n"
    return f"{where} {told}" + _write(choose, inputs / "qrels" / "train.tsv", header + b"\n".join(qrels) + b"\n")


def _plain(rows: list[dict[str, str]]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def _documents(choose: random.Random, inputs: Path) -> str:
    folder = inputs / "documents"
    folder.mkdir(parents=True)
    for number, row in enumerate(synthetic_pairs(30)):
        (folder / f"page-{number}.md").write_text(f"# {row['query']}\n\n{row['document']}\n", encoding="utf-8")
    page = [values.text(choose) for _ in range(choose.randrange(1, 6))]
    page.insert(choose.randrange(len(page)), choose.choice(["# Title", "Title\n=====", "```", "", "## Part ##"]))
    content = "\n".join(page).encode("utf-8", choose.choice(["replace", "surrogatepass"]))
    name = os.fsencode(
        choose.choice(values.UGLY).replace("/", "_").replace("\x00", "_").encode("utf-8", "surrogatepass")
    )
    name = choose.choice([b"page.md", b"page.md", name + b".md", b"x\xff.md"])
    with open(os.path.join(os.fsencode(folder), name), "wb") as file:
        file.write(content)
    return repr(name) + " " + repr(content[:120])


WRITERS: dict[str, Callable[[random.Random, Path], str]] = {"pairs": _pairs, "beir": _beir, "documents": _documents}

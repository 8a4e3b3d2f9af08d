"""Whatever the data holds, prepare ends soon: done, or with exit 2, the place and what to mend."""

from __future__ import annotations

import gzip
import json
import os
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import synthetic_pairs
from prepare_runs import BEIR, run_prepare, write_jsonl

from attune_jobs.errors import UserError
from attune_jobs.evaluation.guards import read_guards
from attune_jobs.evaluation.held_out import read_test_set
from attune_jobs.json_line import read_lines
from attune_jobs.prepare import lines, writing
from attune_jobs.prepare.leak_check import check_no_leak
from attune_jobs.run_job import run_job
from attune_jobs.texts import clean
from attune_jobs.training.dev_set import DevSet
from attune_jobs.training.pairs import read_training_pairs


def refusal(work: Callable[[], Any]) -> str:
    with pytest.raises(UserError) as caught:
        work()
    message = str(caught.value)
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Cf") for character in message.replace("\n", ""))
    return message


TRAIN = "train.tsv"


def beir(root: Path, *, corpus: bytes = b"", queries: bytes = b"", qrels: bytes = b"", name: str = TRAIN) -> None:
    """A small sound set; what is given is appended to it."""
    rows = synthetic_pairs(300)
    write_jsonl(
        root / "input" / "corpus" / "corpus.jsonl",
        [{"_id": f"d{number}", "text": row["document"]} for number, row in enumerate(rows)],
    )
    write_jsonl(
        root / "input" / "queries" / "queries.jsonl",
        [{"_id": f"q{number}", "text": row["query"]} for number, row in enumerate(rows)],
    )
    folder = root / "input" / "qrels"
    folder.mkdir(parents=True, exist_ok=True)
    judged = "".join(f"q{number}\td{number}\t1\n" for number in range(300)).encode()
    content = b"query-id\tcorpus-id\tscore\n" + judged + qrels
    (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    for part, more in (("corpus", corpus), ("queries", queries)):
        with (root / "input" / part / f"{part}.jsonl").open("ab") as file:
            file.write(more)


def pairs_file(root: Path, content: bytes, name: str = "pairs.jsonl") -> None:
    folder = root / "input" / "pairs"
    folder.mkdir(parents=True)
    (folder / name).write_bytes(content)


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 100_000,
        b'{"query": "a", "document": ' + b"[" * 100_000,
        b'{"query": "a", "document": "b", "extra": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"query": "a", "document": "b", "n": ' + b"9" * 5_000 + b"}",
    ],
)
def test_json_that_python_cannot_read_is_a_fault_with_its_place(tmp_path: Path, line: bytes) -> None:
    pairs_file(tmp_path, b'{"query": "a", "document": "b"}\n' + line + b"\n")
    assert "pairs.jsonl:2: not JSON" in refusal(lambda: run_prepare(tmp_path, {"pairs": "s3://b/p"}))


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_has_an_end(tmp_path: Path, packed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_LINE_BYTES", 1_000)
    content = b'{"query": "a", "document": "b"}\n{"query": "' + b"a" * 2_000 + b'", "document": "b"}\n'
    pairs_file(tmp_path, gzip.compress(content) if packed else content, "pairs.jsonl.gz" if packed else "pairs.jsonl")
    found = refusal(lambda: run_prepare(tmp_path, {"pairs": "s3://b/p"}))
    assert ":2: a line of more than 1,000 bytes" in found


def test_a_gzip_bomb_is_refused_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = b'{"query": "a", "document": "b"}\n'
    read: list[int] = []
    monkeypatch.setattr(lines, "MAX_RATIO", 100)
    monkeypatch.setattr(lines, "RATIO_FROM_BYTES", 100_000)
    bomb = line * 200_000
    pairs_file(tmp_path, gzip.compress(bomb), "pairs.jsonl.gz")
    plain = lines.read_lines

    def watched(*arguments: Any) -> Any:
        for number, text in plain(*arguments):
            read.append(len(text))
            yield number, text

    monkeypatch.setattr("attune_jobs.prepare.json_lines.read_lines", watched)
    found = refusal(lambda: run_prepare(tmp_path, {"pairs": "s3://b/p"}))
    assert "unpacks to more than 100 times its size" in found and "pairs.jsonl.gz:" in found
    assert sum(read) < len(bomb) / 2


def test_what_a_file_unpacks_to_is_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_UNPACKED_BYTES", 100_000)
    rows = "".join(json.dumps({"query": os.urandom(20).hex(), "document": "b"}) + "\n" for _ in range(3_000))
    pairs_file(tmp_path, gzip.compress(rows.encode()), "pairs.jsonl.gz")
    assert "unpacks to more than 100,000 bytes" in refusal(lambda: run_prepare(tmp_path, {"pairs": "s3://b/p"}))


@pytest.mark.parametrize("control", ["\t", "\n", "\r", "\x00", "\x1b[31m", "\x85", "\u2028", "\u202e", "\ud800", ""])
@pytest.mark.parametrize("part", ["corpus", "queries"])
def test_an_id_is_plain_text_on_one_line(tmp_path: Path, part: str, control: str) -> None:
    near = synthetic_pairs(300)[7]["document"] + " Again."
    own = f"ev{control}il" if control else ""
    beir(tmp_path, **{part: json.dumps({"_id": own, "text": near}).encode() + b"\n"})
    assert f'{part}.jsonl:301: "_id"' in refusal(lambda: run_prepare(tmp_path, BEIR))


def test_an_id_is_no_novel(tmp_path: Path) -> None:
    beir(tmp_path, corpus=json.dumps({"_id": "x" * 5_000, "text": "one two three"}).encode() + b"\n")
    assert 'corpus.jsonl:301: "_id" has 5000 characters' in refusal(lambda: run_prepare(tmp_path, BEIR))


@pytest.mark.parametrize("score", ["9" * 30, "9" * 5_000, "--5", "-", "٣", "²", "1_0", "+1", "0x1", "1e3", ""])
def test_scores_are_whole_numbers_of_at_most_nine_digits(tmp_path: Path, score: str) -> None:
    beir(tmp_path, qrels=f"q1\td2\t{score}\n".encode())
    found = refusal(lambda: run_prepare(tmp_path, BEIR))
    assert "train.tsv:302:" in found and "whole number" in found and len(found) < 1_000


@pytest.mark.parametrize("damage", ["cut", "wrong"])
def test_broken_qrels_are_a_fault_of_the_file(tmp_path: Path, damage: str) -> None:
    beir(tmp_path, name="train.tsv.gz")
    file = tmp_path / "input" / "qrels" / "train.tsv.gz"
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2] if damage == "cut" else b"no gzip at all\n")
    found = refusal(lambda: run_prepare(tmp_path, BEIR))
    assert "train.tsv.gz:" in found and "the gzip stream is broken" in found


def test_a_guards_set_is_read_with_the_same_care(tmp_path: Path) -> None:
    folder = tmp_path / "guards" / "g"
    write_jsonl(folder / "corpus.jsonl", [{"_id": "a\tb", "text": "one"}, {"_id": "d", "text": "two"}])
    write_jsonl(folder / "queries.jsonl", [{"_id": "q\ud800", "text": "one"}, {"_id": "q", "text": "two"}])
    (folder / "qrels.tsv").write_text(f"q\td\t{'9' * 5_000}\n", encoding="utf-8")
    spec = {"gate": {"minGroups": 10, "guards": [{"name": "g", "tolerance": 0}]}}
    found = refusal(lambda: read_guards(spec, tmp_path))
    assert 'corpus.jsonl:1: "_id"' in found and 'queries.jsonl:1: "_id"' in found and "qrels.tsv:1:" in found


@pytest.mark.parametrize("name", ["a\tb.md", "a\nb.md", "a\x1b]0;x\x07.md", "a\u202eb.md", b"a\xff.md"])
def test_a_documents_name_is_its_id_and_plain(tmp_path: Path, name: str | bytes) -> None:
    folder = tmp_path / "input" / "documents"
    folder.mkdir(parents=True)
    with open(os.path.join(os.fsencode(folder), os.fsencode(name)), "w", encoding="utf-8") as file:
        file.write("# One\n\n" + "word " * 20)
    found = refusal(lambda: run_prepare(tmp_path, {"documents": "s3://b/d"}))
    assert "its name" in found and "Rename" in found


def test_a_long_passage_of_many_training_questions_is_refused_before_it_is_written_with_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MAX_PAIRED_BYTES", 10_000_000)
    beir(
        tmp_path,
        corpus=json.dumps({"_id": "x", "text": "word " * 20_000}).encode() + b"\n",
        qrels="".join(f"q{number}\tx\t1\n" for number in range(300)).encode(),
    )
    assert "repeat their passages to" in refusal(lambda: run_prepare(tmp_path, BEIR))


def test_marks_beyond_what_any_script_stacks_are_dropped_from_long_texts() -> None:
    assert clean("e\u0301") == "é"
    piled = clean("e" + "\u0301\u0323" * 100_000)
    assert len(piled) <= 40


def test_a_group_that_says_nothing_joins_nothing(tmp_path: Path) -> None:
    rows = [{**row, "group": "\u200b"} for row in synthetic_pairs(400)]
    write_jsonl(tmp_path / "input" / "pairs" / "pairs.jsonl", rows)
    assert run_prepare(tmp_path, {"pairs": "s3://b/p"}).report["largestComponentShare"] < 0.1


@pytest.mark.parametrize("bad", ["{", "[1]", '{"_id": "q"}', '{"_id": 1, "text": "a", "query": "b"}', "[" * 100_000])
def test_prepared_data_that_is_not_as_prepare_writes_it_is_refused_with_its_place(tmp_path: Path, bad: str) -> None:
    for name in ("pairs", "queries", "corpus"):
        (tmp_path / f"{name}.jsonl").write_text(bad + "\n", encoding="utf-8")
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\td\t1\n", encoding="utf-8")
    for read in (
        lambda: read_training_pairs(tmp_path, None, 0),
        lambda: DevSet.read(tmp_path),
        lambda: read_test_set(tmp_path, tmp_path),
        lambda: list(read_lines(tmp_path / "pairs.jsonl", "query", "document")),
    ):
        assert ".jsonl:1: " in refusal(read)


@pytest.mark.parametrize("row", ["q\td", "q\td\tx", "q\td\t1\t1", f"q\td\t{'9' * 5000}", "q\tnowhere\t1", "no\td\t1"])
def test_prepared_judgements_are_held_to_their_form_by_each_reader(tmp_path: Path, row: str) -> None:
    for split in ("train", "dev", "test"):
        write_jsonl(tmp_path / split / "queries.jsonl", [{"_id": "q", "text": "a", "group": split}])
        write_jsonl(tmp_path / split / "corpus.jsonl", [{"_id": "d", "title": "", "text": "b"}])
        (tmp_path / split / "qrels.tsv").write_text(f"query-id\tcorpus-id\tscore\n{row}\n", encoding="utf-8")
    write_jsonl(tmp_path / "train" / "pairs.jsonl", [])
    readers: list[Callable[[], Any]] = [
        lambda: DevSet.read(tmp_path / "dev"),
        lambda: read_test_set(tmp_path / "test", tmp_path / "test"),
    ]
    if "no" not in row:
        readers.append(lambda: check_no_leak(tmp_path, {}))
    for read in readers:
        assert "qrels.tsv:2: " in refusal(read)


def test_a_panic_below_python_and_a_full_disk_are_told_and_not_thrown(tmp_path: Path) -> None:
    class PanicException(BaseException):  # as pyo3's, which is no Exception
        pass

    def panics() -> None:
        raise PanicException("\x1b]0;x\x07 stack overflow")

    assert run_job(panics, tmp_path / "failure") == 1
    assert "\x1b" not in (tmp_path / "failure").read_text()

    def full() -> None:
        raise OSError(28, "No space left on device")

    assert run_job(full, tmp_path / "failure") == 2
    assert "volumeGb" in (tmp_path / "failure").read_text()

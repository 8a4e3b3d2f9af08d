from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from prepare_runs import run_prepare, tokenizer_folder

from attune_jobs.base_model import tokenizer_file
from attune_jobs.errors import UserError
from attune_jobs.prepare.sources.documents import cut, split_sections
from attune_jobs.prepare.tokens import TokenCounter

DOCUMENTS = {"documents": "s3://b/docs/"}

MARKDOWN = """# Manual

Text before any section of it.

## Setup ##

Unpack the box.

```sh
# this comment is no heading
make install
```

Cleaning
--------

Wipe it <a name="x"></a>with a cloth.
"""


def test_headings_make_sections_and_code_does_not() -> None:
    sections = [(section.headings, section.text) for section in split_sections(MARKDOWN.splitlines())]
    assert [headings for headings, _ in sections] == [("Manual",), ("Manual", "Setup"), ("Manual", "Cleaning")]
    assert "# this comment is no heading" in sections[1][1]
    assert sections[2][1] == "Wipe it with a cloth."


def test_long_sections_are_cut_at_sentences_into_passages_the_model_reads_whole(tmp_path: Path) -> None:
    tokens = TokenCounter(tokenizer_folder(tmp_path / "base"), 192)
    text = " ".join(f"Number {number} is here." for number in range(60))
    passages = cut(text, "T", tokens)
    assert len(passages) > 3
    assert all(count <= tokens.room("T") for count in tokens.count(passages))
    assert all(passage.startswith("Number") and passage.endswith("here.") for passage in passages)
    assert all(any(f"Number {number} is" in passage for passage in passages) for number in range(60))
    assert any(passages[at].split(". ")[-1].rstrip(".") in passages[at + 1] for at in range(len(passages) - 1))


def test_documents_become_questions_from_headings_grouped_by_file(tmp_path: Path) -> None:
    folder = tmp_path / "input" / "documents" / "guides"
    folder.mkdir(parents=True)
    for number in range(150):
        body = " ".join(f"fact{number}x{position}" for position in range(20))
        (folder / f"page-{number}.md").write_text(f"# Page {number}\n\n## Limits\n\n{body}.\n", encoding="utf-8")
    (folder / "loose.txt").write_text(
        "The owner keeps the key. The tenant gets another one on the first day of the lease.", encoding="utf-8"
    )
    (folder / "empty.md").write_text("# Only a heading\n", encoding="utf-8")
    prepared = run_prepare(tmp_path, DOCUMENTS)
    row = next(row for row in prepared.rows("train/pairs.jsonl") if row["query"].startswith("Page"))
    number = row["query"].split()[1].rstrip(":")
    assert row["query"] == f"Page {number}: Limits"
    assert row["group"] == f"guides/page-{number}.md"
    assert row["document_id"] == f"guides/page-{number}.md#1"
    assert row["document"].startswith(f"Page {number}\nfact{number}x0")
    questions = [row["query"] for row in prepared.rows("train/pairs.jsonl")]
    for split in ("dev", "test"):
        questions += [query["text"] for query in prepared.rows(f"{split}/queries.jsonl")]
    assert "The owner keeps the key." in questions
    assert any(warning.startswith("guides/empty.md: no section") for warning in prepared.report["warnings"])


def test_lines_that_stand_in_most_documents_are_dropped(tmp_path: Path) -> None:
    folder = tmp_path / "input" / "documents"
    folder.mkdir(parents=True)
    for number in range(150):
        body = " ".join(f"fact{number}x{position}" for position in range(20))
        text = f"# Page {number}\n\n{body}.\nAll rights reserved by the publisher of this page.\n"
        (folder / f"{number}.md").write_text(text, encoding="utf-8")
    prepared = run_prepare(tmp_path, DOCUMENTS)
    assert not any("All rights reserved" in row["text"] for row in prepared.rows("corpus/corpus.jsonl"))


def test_documents_that_are_not_utf_8_are_refused_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "input" / "documents"
    folder.mkdir(parents=True)
    (folder / "old.txt").write_bytes("Gebühr".encode("latin-1"))
    with pytest.raises(UserError, match=r"old\.txt: not UTF-8 at byte 3"):
        run_prepare(tmp_path, DOCUMENTS)


def test_a_base_model_without_a_fast_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no tokenizer\.json"):
        tokenizer_file(tmp_path)


def test_awsdocs_pages_become_pairs_that_fit_the_model(tmp_path: Path, awsdocs: Path, minilm: Path) -> None:
    with gzip.open(awsdocs / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        pages = [json.loads(line) for line in lines]
    for page in pages[::3]:
        path = tmp_path / "input" / "documents" / page["_id"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {page['title']}\n\n{page['text']}\n", encoding="utf-8")
    prepared = run_prepare(tmp_path, DOCUMENTS, max_seq_length=256, base=minilm)
    counts = prepared.report["counts"]
    assert counts["train"]["pairs"] > 450
    assert counts["corpus"]["passages"] > 800
    assert prepared.report["tokenLengths"]["passages"]["truncatedShare"] < 0.1
    groups = {row["group"] for row in prepared.rows("train/pairs.jsonl")}
    assert not groups & {row["group"] for row in prepared.rows("test/queries.jsonl")}

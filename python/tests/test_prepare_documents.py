from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from prepare_runs import Prepared, run_prepare

from attune_jobs.base_model import tokenizer_file
from attune_jobs.errors import UserError

DOCUMENTS = {"documents": "s3://b/docs/"}


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
    assert set_aside(prepared)["documents hold no text"] == (1, ["guides/empty.md"])


def set_aside(prepared: Prepared) -> dict[str, tuple[int, list[str]]]:
    """Reason → how many, and examples."""
    return {each["reason"]: (each["count"], each["examples"]) for each in prepared.report["setAside"]}


def facts(number: int, count: int = 20) -> str:
    return " ".join(f"fact{number}x{position}" for position in range(count))


def write_pages(root: Path, pages: dict[str, str]) -> None:
    for name, text in pages.items():
        file = root / "input" / "documents" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def test_prose_that_stands_in_most_documents_is_dropped_and_told_and_what_is_written_alike_stays(
    tmp_path: Path,
) -> None:
    page = """# Page {number}

{facts}.
All rights reserved by the publisher of this page.

## Setting it up

```sh
# fetch the archive
make install
```

| Name | Default |
|------|---------|
| key{number} | {number} |

- Was this page of any help to you?
"""
    write_pages(tmp_path, {f"{n}.md": page.format(number=n, facts=facts(n)) for n in range(150)})
    prepared = run_prepare(tmp_path, DOCUMENTS)
    texts = [row["text"] for row in prepared.rows("corpus/corpus.jsonl")]
    assert not any("All rights reserved" in text or "of any help" in text for text in texts)
    assert sum("# fetch the archive\nmake install" in text for text in texts) == 150
    assert sum("| Name | Default |" in text for text in texts) == 150
    count, examples = set_aside(prepared)["lines stand in more than 30% of the documents"]
    assert count == 300
    assert set(examples) == {
        "All rights reserved by the publisher of this page.",
        "Was this page of any help to you?",
    }
    questions = {row["query"] for row in prepared.rows("train/pairs.jsonl")}
    assert questions and all(question.startswith("Page ") for question in questions)


def test_few_documents_have_no_boilerplate(tmp_path: Path) -> None:
    alike = "This stands in every one of them, word for word."
    text = "".join(f"## Part {part}\n\n{{}}{part}\n\n" for part in range(12))
    pages = {f"{n}.md": f"# Page {n}\n\n{alike}\n\n" + text.replace("{}", facts(n)) for n in range(19)}
    write_pages(tmp_path, pages)
    prepared = run_prepare(tmp_path, DOCUMENTS)
    assert any(alike in row["text"] for row in prepared.rows("corpus/corpus.jsonl"))


def test_a_page_is_named_by_front_matter_its_only_first_heading_its_folder_or_its_file(tmp_path: Path) -> None:
    body = "## Limits\n\n{}.\n"
    pages = {
        f"with/{n}/index.md": f"---\ntitle: The pump {n}\nweight: {n}\n---\n\n" + body.format(facts(n))
        for n in range(120)
    }
    pages |= {f"folder-{n}/README.md": body.format(facts(1000 + n)) for n in range(30)}
    pages |= {f"some_file-{n}.md": body.format(facts(2000 + n)) for n in range(30)}
    pages |= {
        f"both/{n}.md": f"---\ntitle: Given {n}\n---\n# Written {n}\n" + body.format(facts(3000 + n))
        for n in range(30)
    }
    write_pages(tmp_path, pages)
    prepared = run_prepare(tmp_path, DOCUMENTS)
    asked = {row["query"] for row in prepared.rows("train/pairs.jsonl")}
    for split in ("dev", "test"):
        asked |= {row["text"] for row in prepared.rows(f"{split}/queries.jsonl")}
    assert asked == {
        *(f"The pump {n}: Limits" for n in range(120)),
        *(f"folder {n}: Limits" for n in range(30)),
        *(f"some file {n}: Limits" for n in range(30)),
        *(f"Given {n}: Limits" for n in range(30)),
    }
    assert not any("weight" in row["text"] for row in prepared.rows("corpus/corpus.jsonl"))


def test_what_is_no_document_is_counted_by_reason_with_examples(tmp_path: Path) -> None:
    pages = {f"docs/{n}.md": f"# Page {n}\n\n{facts(n)}.\n" for n in range(150)}
    pages |= {
        "node_modules/a/README.md": "# A\n",
        "requirements.txt": "a==1\n",
        "docs/a.csv": "a,b\n",
        "docs/b.csv": "a\n",
    }
    pages |= {"docs/empty.md": "", "docs/short.md": "# Short\n\nToo short.\n", "docs/broken.ipynb": "{"}
    write_pages(tmp_path, pages)
    found = set_aside(run_prepare(tmp_path, DOCUMENTS))
    assert found == {
        "files are left out: installed packages": (1, ["node_modules/a/README.md"]),
        "files are left out: files for tools": (1, ["requirements.txt"]),
        "files are left out: .csv is no form of document that is read": (2, ["docs/a.csv", "docs/b.csv"]),
        "documents hold no text": (1, ["docs/empty.md"]),
        "sections have fewer than 6 words": (1, ["docs/short.md: Short"]),
        "documents cannot be read": (1, [found["documents cannot be read"][1][0]]),
    }
    assert found["documents cannot be read"][1][0].startswith("docs/broken.ipynb: no notebook: not JSON")


def test_a_folder_without_documents_is_refused_with_what_is_there(tmp_path: Path) -> None:
    write_pages(tmp_path, {"a.csv": "a", "node_modules/b.md": "b"})
    with pytest.raises(
        UserError,
        match=r"found a\.csv .*node_modules/b\.md \(files are left out: installed packages\), expected a file that",
    ):
        run_prepare(tmp_path, DOCUMENTS)


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

"""Whatever a document holds, its reading ends soon: with its blocks, or with the reason why it has none."""

from __future__ import annotations

import io
import json
import signal
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from document_files import document, docx, pdf, word_paragraph
from prepare_runs import run_prepare, tokenizer_folder

from attune_jobs.errors import UserError
from attune_jobs.prepare.sources.documents import converting, passages_of, reader
from attune_jobs.prepare.sources.documents import docx as word
from attune_jobs.prepare.sources.documents import pdf as pdf_reader
from attune_jobs.prepare.sources.documents.chunking import cut
from attune_jobs.prepare.sources.documents.converting import Converter
from attune_jobs.prepare.sources.documents.structure import (
    Document,
    Heading,
    Paragraph,
    UnreadableError,
)
from attune_jobs.prepare.tokens import TokenCounter


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """What takes minutes fails in seconds."""

    def late(*_: object) -> None:
        raise TimeoutError(f"not done in {seconds} s")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


MARKDOWN = {
    "blanks in a heading": "# a" + " " * 100_000 + "b",
    "hashes after a heading": "# a " + "#" * 100_000 + "b",
    "hashes and blanks": "# a" + " #" * 50_000 + "b",
    "only hashes": "#" * 100_000,
    "anchors that do not end": "<a " * 300_000,
    "anchors of many": "<a>" * 300_000,
    "anchors over blanks": "<a>" + " " * 300_000,
    "attributes that do not end": "{#" * 300_000,
    "underline": "a\n" + "=" * 300_000 + "x",
    "table": "| a " * 50_000 + "|\n" + "|" + " - |" * 50_000 + "\n" + "|x" * 50_000,
    "rows": "|a|b|\n|-|-|\n" + "|x|y|\n" * 10_000,
    "links": "[" * 100_000 + "](" * 100_000,
    "links in a heading": "# " + "[a](" * 4_000,
    "emphasis": "*a_" * 6_000,
    "code spans": "".join("`" * n + " " for n in range(1, 190)),
    "backticks": "`" * 100_001 + "a",
    "quotes": "> " * 100_000 + "a",
    "quotes on lines": "".join(">" * (n % 50) + " a\n" for n in range(20_000)),
    "lists": "".join("  " * n + "- a\n" for n in range(2_000)),
    "numbers": "1. " * 50_000 + "a",
    "definitions": "".join(f"[a{n}]: <b\n" for n in range(20_000)),
    "marks": "e" + "\u0301\u0323" * 300_000,
    "fence": " " * 300_000 + "``",
    "fences": "```\n" * 50_001,
    "comments": "<!-- " * 100_000,
    "containers": ":::a [" * 50_000,
    "shortcodes": "{{< " * 100_000,
    "shortcodes that end": "{{< a text=" * 3_000 + ">}}",
    "wiki links": "[[a|" * 100_000,
    "front matter": "---\n" + "a: [" * 10_000 + "\n---\n",
    "front matter of aliases": "---\na: &a [x, x]\n"
    + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(2_000))
    + "---\n",
    "front matter of JSON": "{" + '"a":{' * 60_000,
    "no front matter": "---\n" * 100_000,
    "nested notes": "".join("`" * (300 - n) + "{note}\n" for n in range(290)),
}
MDX = {
    "tags that do not end": "import a from 'b'\n\n" + "<A b={" * 100_000,
    "tags": "<A>" * 200_000,
    "tags on lines": "<A\n" * 100_000,
    "braces": "<A b={" + "{" * 100_000 + "}" * 100_000 + "}>x</A>",
    "comments": "{/* " * 100_000,
    "exports": "export const a = {\n" * 50_000,
}
HTML = {
    "deep": "<div>" * 100_000 + "text at the bottom of it all" + "</div>" * 100_000,
    "deep tables": "<table><tr><td>" * 30_000 + "x",
    "deep lists": "<ul><li>" * 50_000 + "x",
    "never closed": "<b>" * 200_000 + "x",
    "attributes": "<p " + "a=b " * 200_000 + ">x",
    "a class": f'<p class="{"toc " * 100_000}x">x',
    "a table": "<table>" + "<tr><td>a<td>b" * 50_000,
    "entities": "&amp;" * 300_000,
    "entities within": '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><p>&b;' + "&b;" * 10_000,
    "blanks": "<p>" + " " * 1_000_000 + "x",
    "breaks": "<br>" * 200_000,
}
RST = {
    "quotes": "".join(" " * n + "a\n\n" for n in range(2_000)),
    "roles": ":a:`" * 2_400,
    "directives": "".join(f".. a{n}::\n\n" for n in range(3_000)),
    "nested directives": "".join("   " * n + ".. note::\n\n" for n in range(400)) + "   " * 400 + "x",
    "bullets": "- " * 4_000 + "a",
    "substitutions": ".. |a| replace:: |b| |b|\n.. |b| replace:: |c| |c|\n.. |c| replace:: |a| |a|\n\n|a|\n",
    "underlines": "a\n=\n\n" * 5_000,
    "a long line": "a" * 20_000,
    "files": "".join(
        f".. {name}\n   :file: /etc/passwd\n\n" for name in ("include:: /etc/passwd", "csv-table:: a", "raw:: html")
    ),
}
ASCIIDOC = {
    "blocks that do not end": "----\n" * 50_001,
    "examples": "====\n" * 50_000,
    "items": "* " * 100_000 + "a",
    "terms": "a::" * 100_000,
    "cells": "|===\n" + "|a" * 100_000 + "\n|===",
    "rows": "|===\n" + "|a |b\n" * 50_000 + "|===",
    "marks": "*a_`" * 100_000,
    "marks that do not end": "*" + "a" * 300_000,
    "links": "link:a[" * 50_000,
    "addresses": "http://a" * 50_000,
    "addresses that do not end": "http://" + "a" * 300_000,
    "references": "<<a," * 100_000,
    "attributes": ":a: {a}{a}\n" + "{a}" * 50_000,
    "anchors": "[[a" * 100_000,
    "underline": "a\n" + "-" * 300_000,
    "a code mark": "-" * 300_000 + "x",
}
NOTEBOOK = {
    "deep": '{"cells": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "no cells": '{"cells": 7}',
    "cells that are none": '{"cells": [null, 7, "a", {}, {"cell_type": [], "source": {}}]}',
    "halves of characters": '{"cells": [{"cell_type": "markdown", "source": "# \\ud800 a\\n\\nb \\udfff c"}]}',
    "numbers": '{"cells": ' + "9" * 5_000 + "}",
    "an array": "[]",
}
TEXT = {"underlines": "a\n=\n" * 50_000, "lines": "a\n" * 300_000, "one line": "word " * 400_000}

RST_OF_MINUTES = {
    "inline": ("*a `b_ " * 1_400 + "\n") * 5,
    "a table": "+" + "-+" * 2_000 + "\n" + ("|" + " |" * 2_000 + "\n+" + "-+" * 2_000 + "\n") * 20,
}
"""docutils' own work grows with their square."""

CASES = [
    (f"a.{ending}", text, f"{ending}: {name}")
    for ending, cases in (
        ("md", MARKDOWN),
        ("mdx", MARKDOWN | MDX),
        ("html", HTML),
        ("rst", RST),
        ("adoc", ASCIIDOC),
        ("ipynb", NOTEBOOK),
        ("txt", MARKDOWN | TEXT),
    )
    for name, text in cases.items()
]
"""Each would take minutes, or end the process, where work grows with a text's square, or calls with its depth."""


@pytest.fixture(scope="module")
def converter() -> Iterator[Converter]:
    with Converter() as shared:
        yield shared


@pytest.mark.parametrize(("name", "text"), [case[:2] for case in CASES], ids=[case[2] for case in CASES])
def test_the_work_for_a_document_grows_with_its_length(
    tmp_path: Path, converter: Converter, name: str, text: str
) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    before = processor_seconds(converter)
    try:
        read = converter.convert(file)
    except UnreadableError as reason:
        assert "takes more" not in str(reason) and "breaks down" not in str(reason), reason
    else:
        assert "root:" not in str(read)
        assert sum(len(str(block)) for block in read.blocks) < 20 * len(text) + 1_000
    assert processor_seconds(converter) - before < 15


def processor_seconds(converter: Converter) -> float:
    """Of its reader so far: by the clock on the wall, a busy machine would look like much work."""
    process = converter._process
    if process is None:
        return 0.0
    spent = psutil.Process(process.pid).cpu_times()
    return float(spent.user + spent.system)


@pytest.mark.parametrize("text", RST_OF_MINUTES.values(), ids=RST_OF_MINUTES.keys())
def test_a_document_whose_reader_takes_minutes_is_left_out_and_told(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(converting, "MAX_SECONDS", 2)
    (tmp_path / "a.rst").write_text(text, encoding="utf-8")
    with Converter() as converter, within(10), pytest.raises(UnreadableError, match="takes more than 2 s"):
        converter.convert(tmp_path / "a.rst")


def test_text_at_the_bottom_of_deep_html_is_not_lost_without_a_word(tmp_path: Path) -> None:
    """libxml2 ends at a depth of its own."""
    text = "<div>" * 200 + "text at the bottom of it all"
    assert document(tmp_path, "a.html", text).blocks == (Paragraph("text at the bottom of it all"),)
    with pytest.raises(UnreadableError, match="nested too deeply"):
        document(tmp_path, "b.html", HTML["deep"])


def test_a_document_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_DOCUMENT_BYTES", 1_000)
    with pytest.raises(UnreadableError, match="1,500 bytes, at most 1,000"):
        document(tmp_path, "long.md", "word " * 300)


def test_many_unreadable_documents_end_the_run_with_their_names(tmp_path: Path) -> None:
    folder = tmp_path / "input" / "documents"
    folder.mkdir(parents=True)
    for number in range(15):
        (folder / f"{number}.md").write_text("# One\n\n" + f"word{number} " * 20, encoding="utf-8")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    with pytest.raises(
        UserError, match=r"1 of 16 documents cannot be read, more than 5%.*broken\.pdf: no PDF that can be opened"
    ):
        run_prepare(tmp_path, {"documents": "s3://b/d"})


def test_a_reader_that_hangs_or_breaks_down_costs_its_document_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.md", "b.md", "c.md"):
        (tmp_path / name).write_text(f"# {name}\n\nText.\n", encoding="utf-8")
    with Converter() as converter:
        assert converter.convert(tmp_path / "a.md").blocks[0] == Heading(1, "a.md")
        process = converter._process
        assert process
        process.kill()
        process.wait()
        with pytest.raises(UnreadableError, match="breaks down"):
            converter.convert(tmp_path / "b.md")
        monkeypatch.setattr(converting, "MAX_SECONDS", 0)
        with pytest.raises(UnreadableError, match="takes more than 0 s"):
            converter.convert(tmp_path / "b.md")
        monkeypatch.undo()
        assert converter.convert(tmp_path / "c.md").blocks[0] == Heading(1, "c.md")


def test_the_process_that_reads_ends_with_the_reading(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n\nText.\n", encoding="utf-8")
    with Converter() as converter:
        converter.convert(tmp_path / "a.md")
        process = converter._process
    assert process and process.poll() is not None


def test_a_word_document_that_unpacks_to_too_much_is_refused_before_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word, "MAX_UNPACKED_BYTES", 1_000_000)
    bomb = docx(word_paragraph("a" * 20_000_000))
    assert len(bomb) < 100_000
    with within(5), pytest.raises(UnreadableError, match="unpacks to"):
        document(tmp_path, "bomb.docx", bomb)


def test_a_word_document_that_lies_about_its_size_or_nests_or_expands_is_bounded(tmp_path: Path) -> None:
    lying = bytearray(docx(word_paragraph("a" * 5_000_000)))
    for mark, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = 0
        while (at := lying.find(mark, at)) >= 0:
            lying[at + place : at + place + 4] = (100).to_bytes(4, "little")
            at += 4
    deep = docx("<w:tbl><w:tr><w:tc>" * 5_000 + word_paragraph("x") + "</w:tc></w:tr></w:tbl>" * 5_000)
    laughs = docx("").replace(b"", b"")
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(laughs)) as source, zipfile.ZipFile(packed, "w") as target:
        for part in source.namelist():
            text = source.read(part)
            if part == "word/document.xml":
                entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha" * 50}">' for n in range(12))
                text = f"<!DOCTYPE x [{entities}]>".encode() + text.replace(
                    b"<w:body>", b"<w:body><w:p><w:r><w:t>&e11;</w:t></w:r></w:p>"
                )
            target.writestr(part, text)
    with Converter() as converter:
        for name, content in (("lying", bytes(lying)), ("deep", deep), ("laughs", packed.getvalue())):
            file = tmp_path / f"{name}.docx"
            file.write_bytes(content)
            with within(30), pytest.raises(UnreadableError):
                converter.convert(file)


def test_a_pdf_of_many_objects_pages_or_loops_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_reader, "MAX_PAGES", 3)
    with pytest.raises(UnreadableError, match="5 pages, at most 3"):
        document(tmp_path, "pages.pdf", pdf([[("text", 10, 700)]] * 5))
    many = b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n[%d 0 R]\nendobj\n" % (n, n + 1) for n in range(1, 300_000)) + b"%%EOF"
    loop = pdf([[("text", 10, 700)]]).replace(b"/Kids [5 0 R]", b"/Kids [2 0 R]")
    with Converter() as converter:
        for name, content in (("many", many), ("loop", loop)):
            file = tmp_path / f"{name}.pdf"
            file.write_bytes(content)
            with within(30), pytest.raises(UnreadableError):
                converter.convert(file)


def test_a_long_heading_is_text_and_not_repeated_with_each_passage_below_it(tmp_path: Path) -> None:
    long = "long " * 20_000
    parts = "".join(
        f"## Part {number}\n\nShort text of a few more words than eight, {number}.\n\n" for number in range(100)
    )
    (tmp_path / "a.md").write_text(f"# {long}\n\n{parts}{long}\n====\n\ntext\n", encoding="utf-8")
    tokens = TokenCounter(tokenizer_folder(tmp_path / "base"), 128)
    passages = list(passages_of(tmp_path, tokens))
    assert max(len(heading) for passage in passages for heading in passage.title_path) < 1_000
    assert sum(len(passage.text) for passage in passages) > 2 * len(long) - 1_000


def test_sentences_that_the_tokenizer_passes_over_make_no_endless_passages(tmp_path: Path) -> None:
    tokens = TokenCounter(tokenizer_folder(tmp_path / "base"), 128)
    with within(15):
        texts = cut([Paragraph("\u200e") for _ in range(20_000)], 100, tokens)
    assert sum(map(len, texts)) < 100_000


@pytest.mark.parametrize(
    "text", ["word" * 100_000, "字" * 100_000, "word " * 100_000, "a\n" * 100_000, "- " * 100_000]
)
def test_text_without_an_end_of_a_sentence_is_cut_into_what_the_model_reads(tmp_path: Path, text: str) -> None:
    tokens = TokenCounter(tokenizer_folder(tmp_path / "base"), 128)
    started = time.monotonic()
    texts = cut([Paragraph(text)], 100, tokens)
    assert time.monotonic() - started < 15
    assert max(tokens.count(texts)) <= 100
    assert "".join(texts).replace(" ", "").replace("\n", "") == text.replace(" ", "").replace("\n", "")


def test_a_path_of_many_headings_leaves_room_for_the_text(tmp_path: Path) -> None:
    page = "".join(f"{'#' * level} {'Heading of a level ' * 5}{level}\n\n" for level in range(1, 7))
    (tmp_path / "a.md").write_text(page + "The text below them all is short, and is not lost.\n", encoding="utf-8")
    tokens = TokenCounter(tokenizer_folder(tmp_path / "base"), 256)
    (passage,) = {passage.title_path for passage in passages_of(tmp_path, tokens)}
    assert passage[0].endswith("1") and passage[-1].endswith("6") and len(passage) == 2


def test_a_notebook_keeps_its_text_whatever_its_outputs_hold(tmp_path: Path) -> None:
    outputs = [{"output_type": "display_data", "data": {"image/png": "A" * 5_000_000}}]
    notebook = {"cells": [{"cell_type": "code", "source": "run()", "outputs": outputs}], "metadata": {}, "nbformat": 4}
    read: Document = document(tmp_path, "a.ipynb", json.dumps(notebook))
    assert len(str(read.blocks)) < 100

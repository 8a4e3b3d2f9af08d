"""What people keep documents in is read: each form becomes headings, paragraphs, points, code and tables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from document_files import document, docx, pdf, word_paragraph

from attune_jobs.prepare.sources.documents.files import document_files, why_not
from attune_jobs.prepare.sources.documents.structure import (
    Block,
    Code,
    Heading,
    Item,
    Paragraph,
    Table,
    UnreadableError,
)

CASES = json.loads((Path(__file__).parents[2] / "test/fixtures/document-files.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "reason"), CASES.items())
def test_the_job_reads_the_files_that_the_client_takes_and_leaves_out_the_same(name: str, reason: str | None) -> None:
    assert why_not(name) == reason


def test_what_is_left_out_is_counted_by_reason_and_how_the_name_ends(tmp_path: Path) -> None:
    for name in CASES:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    told: list[tuple[str, str]] = []
    read = document_files(tmp_path, lambda reason, name: told.append((reason, name)))
    assert [name for name, _ in read] == sorted(name for name, reason in CASES.items() if reason is None)
    assert ("files are left out: .csv is no form of document that is read", "data.csv") in told
    assert ("files are left out: installed packages", "node_modules/left/README.md") in told
    assert len(told) == sum(reason is not None for reason in CASES.values())


PAGE: tuple[Block, ...] = (
    Heading(1, "Running the pump"),
    Paragraph("Read this first, with care."),
    Heading(2, "Set-up"),
    Item("1.", "Unpack the box."),
    Item("2.", "Fill it."),
    Code("# no heading\nmake install"),
    Heading(3, "Options"),
    Table(("Name", "Default"), (("depth", "7"), ("speed", "fast"))),
)

SAME_PAGE = {
    "page.md": """# Running the pump

Read *this* [first](https://example.invalid/a), with care.

Set-up
------

1. Unpack the box.
2. Fill it.

```sh
# no heading
make install
```

### Options ###

| Name | Default |
|------|---------|
| `depth` | 7 |
| speed | **fast** |
""",
    "page.mdx": """import Tabs from '@theme/Tabs';
export const colours = {
  pump: 'blue',

  box: 'red',
};

# Running the pump

{/* nobody
reads this */}
<Tabs groupId="os" values={[{label: '>', value: 'x'}]}>
  <TabItem value="a">
    Read *this* [first](./first.mdx), with care.

    ## Set-up

    1. Unpack the box.
    2. Fill it.

    ```sh
    # no heading
    make install
    ```
  </TabItem>
</Tabs>

### Options

| Name | Default |
|------|---------|
| `depth` | 7 |
| speed | **fast** |
""",
    "page.rst": """================
Running the pump
================

.. _anchor:

Read *this* `first <https://example.invalid/a>`_, with care.

Set-up
======

1. Unpack the :term:`box`.
2. Fill it.

.. code-block:: sh
   :linenos:

   # no heading
   make install

Options
-------

.. list-table::
   :header-rows: 1

   * - Name
     - Default
   * - ``depth``
     - 7
   * - speed
     - **fast**
""",
    "page.adoc": """= Running the pump
:toc:
:who: this

Read *{who}* https://example.invalid/a[first], with care.

== Set-up

1. Unpack the box.
2. Fill it.

[source,sh]
----
# no heading
make install
----

=== Options

[%header,cols=2*]
|===
| Name | Default
| `depth` | 7
| speed | *fast*
|===
""",
    "page.html": """<!doctype html><html><head><title>Running | A site</title><style>p {}</style></head><body>
<nav><ul><li>Home</li></ul></nav><div class="sidebar">Menu</div>
<main><h1>Running the pump<a class="headerlink" href="#x">¶</a></h1>
<p>Read <em>this</em> <a href="a">first</a>,
with care.</p><h2>Set-up</h2><ol><li>Unpack the <b>box</b>.</li><li><p>Fill it.</p></li></ol>
<pre><code># no heading
make install
</code></pre><script>alert(1)</script><h3>Options</h3>
<table><thead><tr><th>Name</th><th>Default</th></tr></thead>
<tbody><tr><td><code>depth</code></td><td>7</td></tr><tr><td>speed</td><td>fast</td></tr></tbody></table></main>
<footer>All rights reserved</footer></body></html>
""",
    "page.ipynb": json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {},
            "cells": [
                {"cell_type": "markdown", "source": ["# Running the pump\n", "\n", "Read *this* first, with care.\n"]},
                {"cell_type": "markdown", "source": "## Set-up\n\n1. Unpack the box.\n2. Fill it."},
                {
                    "cell_type": "code",
                    "source": ["# no heading\n", "make install"],
                    "outputs": [{"output_type": "stream", "text": ["printed"]}],
                },
                {"cell_type": "raw", "source": "raw"},
                {"cell_type": "markdown", "source": "### Options\n\n|Name|Default|\n|-|-|\n|depth|7|\n|speed|fast|"},
            ],
        }
    ),
}


@pytest.mark.parametrize(("name", "text"), SAME_PAGE.items())
def test_a_page_says_the_same_in_whatever_form_it_is_kept(tmp_path: Path, name: str, text: str) -> None:
    assert document(tmp_path, name, text).blocks == PAGE


def test_word_documents_keep_headings_lists_and_tables_by_style_in_any_language(tmp_path: Path) -> None:
    row = "<w:tr>{}</w:tr>".format
    cell = "<w:tc>{}</w:tc>".format
    table = "".join(
        row("".join(cell(word_paragraph(text)) for text in texts)) for texts in (("Name", "Default"), ("depth", "7"))
    )
    content = docx(
        word_paragraph("The pump", "Titel")
        + word_paragraph("Read this first.")
        + word_paragraph("Set-up", "berschrift1")
        + word_paragraph("Unpack &amp; fill.")
        + f"<w:tbl>{table}</w:tbl>"
    )
    blocks = document(tmp_path, "page.docx", content).blocks
    assert blocks == (
        Heading(1, "The pump"),
        Paragraph("Read this first."),
        Heading(1, "Set-up"),
        Paragraph("Unpack & fill."),
        Table((), (("Name", "Default"), ("depth", "7"))),
    )


def test_in_a_pdf_larger_lines_are_headings_and_what_recurs_at_the_edges_is_left_out(tmp_path: Path) -> None:
    def page(number: int, *lines: tuple[str, int, int]) -> list[tuple[str, int, int]]:
        return [("The pump, manual", 8, 780), *lines, (f"Page {number} of 3", 8, 20)]

    content = pdf(
        [
            page(
                1,
                ("Running the pump", 24, 740),
                ("Read this first, with a pa-", 11, 700),
                ("tience that lasts.", 11, 687),
            ),
            page(2, ("Set-up", 16, 740), ("Unpack the box.", 11, 700), ("Another paragraph.", 11, 660)),
            page(3, ("Storage", 16, 740), ("Keep it dry and cool in summer.", 11, 700)),
        ],
        title="Pump manual",
    )
    read = document(tmp_path, "page.pdf", content)
    assert read.title == "Pump manual"
    assert read.blocks == (
        Heading(1, "Running the pump"),
        Paragraph("Read this first, with a patience that lasts."),
        Heading(2, "Set-up"),
        Paragraph("Unpack the box."),
        Paragraph("Another paragraph."),
        Heading(2, "Storage"),
        Paragraph("Keep it dry and cool in summer."),
    )


@pytest.mark.parametrize(
    ("name", "top", "title"),
    [
        ("a.md", '---\ntitle: "Running it: all"\nweight: 3\ntags: [a, b]\n---\n', "Running it: all"),
        ("a.md", "---\ntitle: Running: the short way\n---\n", "Running: the short way"),
        ("a.md", "---\ntitle: >-\n  Running\n  it\n---\n", "Running it"),
        ("a.md", "\ufeff---\r\ntitle: Running it\r\n---\r\n", "Running it"),
        ("a.md", "---\nweight: 3\n...\n", ""),
        ("a.md", "---\n# only a note\n---\n", ""),
        ("a.mdx", "---\ntitle: 运行\n---\n", "运行"),
        ("a.md", '+++\ntitle = "Running \\"it\\""\nweight = 3\n+++\n', 'Running "it"'),
        ("a.md", "+++\ntitle = 'Running it'\n[menu]\ntitle = 'no'\n+++\n", "Running it"),
        ("a.md", '{\n  "title": "Running it",\n  "weight": 3\n}\n', "Running it"),
        ("a.html", "---\ntitle: Running it\n---\n", "Running it"),
        ("a.adoc", "---\ntitle: Running it\n---\n", "Running it"),
        ("a.txt", "---\ntitle: Running it\n---\n", "Running it"),
    ],
)
def test_front_matter_gives_the_title_and_is_no_text(tmp_path: Path, name: str, top: str, title: str) -> None:
    read = document(tmp_path, name, f"{top}\nThe text.\n")
    assert (read.title, read.blocks) == (title, (Paragraph("The text."),))


def test_two_rules_with_text_between_them_are_no_front_matter(tmp_path: Path) -> None:
    read = document(tmp_path, "a.md", "---\n\nSome text that says something.\n\n---\n\nMore.\n")
    assert read.blocks == (Paragraph("Some text that says something."), Paragraph("More."))
    assert document(tmp_path, "b.md", "{curly} braces are text.\n").blocks == (Paragraph("{curly} braces are text."),)


@pytest.mark.parametrize(
    ("text", "code", "headings"),
    [
        ("```\n# c\n```\n# H", ["# c"], ["H"]),
        ("~~~py\n# c\n```\n# d\n~~~\n# H", ["# c\n```\n# d"], ["H"]),
        ("````md\n```\n# c\n```\n````\n# H", ["```\n# c\n```"], ["H"]),
        ("```\n# c\n`````\n# H", ["# c"], ["H"]),
        ("- a\n\n  ```\n  # c\n  ```\n\n# H", ["# c"], ["H"]),
        ("   ```\n   # c\n   ```\n# H", ["# c"], ["H"]),
        ("    # c\n    d\n\n# H", ["# c\nd"], ["H"]),
        ("> ```\n> # c\n> ```\n\n# H", ["# c"], ["H"]),
        ("# H\n\n```\n# c\n\n# d", ["# c\n\n# d"], ["H"]),
        ("> ```\n> # c\n\n# H", ["# c"], ["H"]),
        ("`# c`\n\n# H", [], ["H"]),
        ("``` # c ```\n\n# H", [], ["H"]),
    ],
)
def test_a_comment_in_code_is_no_heading_however_the_fence_is_written(
    tmp_path: Path, text: str, code: list[str], headings: list[str]
) -> None:
    blocks = document(tmp_path, "a.md", text).blocks
    assert [block.text for block in blocks if isinstance(block, Code)] == code
    assert [block.text for block in blocks if isinstance(block, Heading)] == headings


def test_what_site_generators_write_between_the_lines_is_no_text(tmp_path: Path) -> None:
    text = """## Limits {#limits}

### Lower [#lower]

:::note[Mind this]
A {{< glossary_tooltip text="pod" term_id="pod" >}} is small<br/>and [[Home|cheap]]{: .big }.
:::

> [!WARNING]
> It leaks.

<!-- a comment -->
<details><summary>More</summary>

Keep `{{ this }}` and `{% that %}`.

</details>

![diagram](a.png) ![The flow of water](b.png)
"""
    assert document(tmp_path, "a.md", text).blocks == (
        Heading(2, "Limits"),
        Heading(3, "Lower"),
        Paragraph("Mind this\nA pod is small\nand cheap."),
        Paragraph("It leaks."),
        Paragraph("More"),
        Paragraph("Keep {{ this }} and {% that %}."),
        Paragraph("The flow of water"),
    )


def test_notes_of_myst_are_text_and_its_code_is_code(tmp_path: Path) -> None:
    text = "```{note}\n:class: big\nMind *this*.\n```\n\n```{code-block} py\n# c\n```\n\n```{toctree}\na\nb\n```\n"
    assert document(tmp_path, "a.md", text).blocks == (Paragraph("Mind this."), Code("# c"))


def test_what_sphinx_adds_is_read_without_sphinx(tmp_path: Path) -> None:
    text = """Pumps
=====

.. toctree::

   a
   b

.. versionadded:: 2.1

See :py:class:`~water.Pump` and :ref:`the list <all>`.

.. tip:: Mind
   this.

.. py:function:: start(depth)

   Starts the pump.

   :param depth: How deep it goes.

.. mystery:: An argument
   :with: an option

   And its text.

term
   What it means.
"""
    assert document(tmp_path, "a.rst", text).blocks == (
        Heading(1, "Pumps"),
        Paragraph("2.1"),
        Paragraph("See Pump and the list."),
        Paragraph("Mind\nthis."),
        Paragraph("start(depth)"),
        Paragraph("Starts the pump."),
        Item("param depth:", "How deep it goes."),
        Paragraph("An argument"),
        Paragraph("And its text."),
        Item("term:", "What it means."),
    )


def test_asciidoc_blocks_that_are_no_text_or_not_what_they_look_like(tmp_path: Path) -> None:
    text = """Pumps
=====

////
== hidden
////
// hidden
include::other.adoc[]
ifdef::x[]
[[anchor]]
.A caption
* One
** Inner <<all,list>>
+
----
== no heading
----

NOTE: Mind it.

|===
|Name |Default

|depth
|7
|===

[cols="1,2a"]
|===
|Name
|`Integer.MAX_VALUE` +
or less

|depth
|Goes
down

|speed |fast
|===

depth:: How deep it goes.

[source]
....
* no point
....
"""
    assert document(tmp_path, "a.adoc", text).blocks == (
        Heading(1, "Pumps"),
        Paragraph("A caption"),
        Item("-", "One"),
        Item("-", "Inner list"),
        Code("== no heading"),
        Paragraph("Mind it."),
        Table(("Name", "Default"), (("depth", "7"),)),
        Table(("Name", "Integer.MAX_VALUE or less"), (("depth", "Goes down"), ("speed", "fast"))),
        Item("depth:", "How deep it goes."),
        Code("* no point"),
    )


def test_tables_that_lay_out_a_page_are_no_tables_and_definitions_stay_with_their_terms(tmp_path: Path) -> None:
    text = """<h1>A</h1><table><tr><td>Menu</td><td><ul><li>Real point</li></ul></td></tr></table>
<dl><dt>depth</dt><dd>How deep it goes.</dd></dl>
<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>"""
    assert document(tmp_path, "a.html", text).blocks == (
        Heading(1, "A"),
        Paragraph("Menu"),
        Item("-", "Real point"),
        Item("depth:", "How deep it goes."),
        Table((), (("a", "b"), ("c", "d"))),
    )


def test_plain_text_keeps_what_looks_like_markup(tmp_path: Path) -> None:
    text = "Pumps\n=====\n\nUse <stdio.h> and 2 * 3 * 4.\n\n    indented prose\n\n# Limits\n\nNone.\n"
    assert document(tmp_path, "a.txt", text).blocks == (
        Heading(1, "Pumps"),
        Paragraph("Use <stdio.h> and 2 * 3 * 4."),
        Paragraph("indented prose"),
        Heading(1, "Limits"),
        Paragraph("None."),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_texts_are_read_in_the_encodings_that_say_what_they_are(tmp_path: Path, encoding: str) -> None:
    assert document(tmp_path, "a.md", "# Gebühr\r\n".encode(encoding)).blocks == (Heading(1, "Gebühr"),)


def test_html_is_read_in_the_encoding_it_names(tmp_path: Path) -> None:
    page = '<html><head><meta charset="iso-8859-1"></head><body><h1>Gebühr</h1></body></html>'
    assert document(tmp_path, "a.html", page.encode("latin-1")).blocks == (Heading(1, "Gebühr"),)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.md", "Gebühr".encode("latin-1"), "not UTF-8 at byte 3"),
        ("a.txt", b"\x7fELF\x00\x00", "not text but binary"),
        ("a.ipynb", b"{}", "no notebook"),
        ("a.ipynb", b"{", "no notebook: not JSON"),
        ("a.pdf", b"%PDF-1.4 nothing", "no PDF that can be opened"),
        ("a.docx", b"PK nothing", "no Word document"),
        ("b.pdf", pdf([[]]), "no text"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        document(tmp_path, name, content)

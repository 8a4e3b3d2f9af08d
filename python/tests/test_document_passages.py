"""Passages: what the model reads whole, with its headings, cut where a reader would pause."""

from __future__ import annotations

from pathlib import Path

import pytest
from languages import LANGUAGES, Language
from prepare_runs import tokenizer_folder

from attune_jobs.prepare.sources.documents import Passage, passages_of
from attune_jobs.prepare.sources.documents.chunking import cut
from attune_jobs.prepare.sources.documents.structure import Item, Paragraph
from attune_jobs.prepare.tokens import TokenCounter
from attune_jobs.segments import sentences


@pytest.fixture
def tokens(tmp_path: Path) -> TokenCounter:
    return TokenCounter(tokenizer_folder(tmp_path / "base"), 192)


def passages(tmp_path: Path, tokens: TokenCounter, text: str, name: str = "page.md") -> list[Passage]:
    file = tmp_path / "documents" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    found = list(passages_of(file.parent, tokens))
    for passage in found:
        assert tokens.count([passage.text])[0] <= tokens.room(": ".join(passage.title_path))
    return found


def test_long_sections_are_cut_at_sentences_and_the_next_repeats_the_last(
    tmp_path: Path, tokens: TokenCounter
) -> None:
    found = passages(tmp_path, tokens, "# T\n\n" + " ".join(f"Number {number} is here." for number in range(60)))
    texts = [passage.text for passage in found]
    assert len(texts) > 3
    assert all(text.startswith("Number") and text.endswith("here.") for text in texts)
    assert all(any(f"Number {number} is" in text for text in texts) for number in range(60))
    assert all(before.split(". ")[-1] in after for before, after in zip(texts, texts[1:], strict=False))
    assert [passage.id for passage in found] == [f"page.md#{number}" for number in range(1, len(texts) + 1)]


def test_passages_of_a_section_are_about_as_long_as_each_other(tmp_path: Path, tokens: TokenCounter) -> None:
    found = passages(tmp_path, tokens, "# T\n\n" + " ".join(f"Number {number} is here." for number in range(14)))
    lengths = tokens.count(passage.text for passage in found)
    assert len(lengths) == 2 and max(lengths) < 2 * min(lengths)


def test_each_passage_tells_its_headings_and_what_they_ask(tmp_path: Path, tokens: TokenCounter) -> None:
    text = "# Pump\n\n{0}\n\n## Set-up\n\n{0}\n\n### Linux\n\n{0}\n\n## Limits\n\n{0}\n".format("a " * 10)
    found = passages(tmp_path, tokens, text)
    assert [passage.title_path for passage in found] == [
        ("Pump",),
        ("Pump", "Set-up"),
        ("Pump", "Set-up", "Linux"),
        ("Pump", "Limits"),
    ]
    assert [passage.asks for passage in found] == ["Pump", "Pump: Set-up", "Pump: Set-up: Linux", "Pump: Limits"]


def test_the_header_of_a_table_stands_above_its_rows_in_every_passage(tmp_path: Path, tokens: TokenCounter) -> None:
    rows = "".join(f"| option{number} | {number} |\n" for number in range(60))
    found = passages(tmp_path, tokens, f"# T\n\n## Inputs\n\n| Name | Default |\n|---|---|\n{rows}")
    assert len(found) > 3
    for passage in found:
        lines = passage.text.split("\n")
        assert lines[0] == "| Name | Default |" and len(lines) > 2
        assert all(line.startswith("| option") for line in lines[1:])
    assert sorted(line for passage in found for line in passage.text.split("\n")[1:]) == sorted(
        rows.strip().split("\n")
    )


def test_a_table_of_one_passage_has_its_header_once(tmp_path: Path, tokens: TokenCounter) -> None:
    table = "| Name | Default |\n|---|---|\n| depth | 7 |\n| a much longer one | 8 |\n"
    (passage,) = passages(tmp_path, tokens, f"# T\n\nSome words.\n\n{table}\n\nOther words.\n")
    assert passage.text == (
        "Some words.\n\n| Name | Default |\n| depth | 7 |\n| a much longer one | 8 |\n\nOther words."
    )


def test_code_that_fits_is_never_cut_and_longer_code_is_cut_at_lines(tmp_path: Path, tokens: TokenCounter) -> None:
    short = "\n".join(f"run step{number}" for number in range(8))
    long = "\n".join(f"call line{number}" for number in range(60))
    prose = " ".join(f"Number {number} is here." for number in range(9))
    found = passages(tmp_path, tokens, f"# T\n\n{prose}\n\n```\n{short}\n```\n\n{prose}\n\n```\n{long}\n```\n")
    assert sum(short in passage.text for passage in found) == 1
    assert sum("step" in passage.text for passage in found) == 1
    lines = [line for passage in found for line in passage.text.split("\n") if line.startswith("call")]
    assert lines == long.split("\n")


def test_what_leads_to_a_list_stays_with_it(tokens: TokenCounter) -> None:
    blocks = [Paragraph("a" * 88 + "."), Paragraph("Mind these:"), Item("-", "b" * 80)]
    assert cut(blocks, 110, tokens) == ["a" * 88 + ".", "Mind these:\n- " + "b" * 80]


@pytest.mark.parametrize("language", LANGUAGES, ids=str)
def test_no_section_of_any_script_is_lost_and_long_ones_are_cut_where_sentences_end(
    tmp_path: Path, minilm: Path, language: Language
) -> None:
    model = TokenCounter(minilm, 192)
    words = language.passage.format(x=language.devices[0], y=language.places[0])
    long = language.blank.join(
        f"{language.passage.format(x=device, y=place)}" for device in language.devices for place in language.places
    )
    found = passages(
        tmp_path, model, f"# T\n\n## Short\n\n{language.text()}\n\n## Middle\n\n{words}\n\n## Long\n\n{long}\n"
    )
    assert {passage.title_path for passage in found} == {("T", "Short"), ("T", "Middle"), ("T", "Long")}
    ends = {text[begin:end][-6:] for text in (words, long) for begin, end in sentences(text)}
    cut = [passage.text for passage in found if passage.title_path[-1] == "Long"]
    assert len(cut) > 1 and all(text[-6:] in ends for text in cut)


def test_the_same_folder_and_tokenizer_give_the_same_passages(tmp_path: Path, tokens: TokenCounter) -> None:
    for name in ("b.md", "a.rst", "c/d.txt"):
        passages(
            tmp_path, tokens, f"{name}\n=========\n\n" + " ".join(f"Number {n} is here." for n in range(30)), name
        )
    first, second = (list(passages_of(tmp_path / "documents", tokens)) for _ in range(2))
    assert first == second
    assert list(dict.fromkeys(passage.document for passage in first)) == ["a.rst", "b.md", "c/d.txt"]


def test_a_prompt_takes_of_the_room_for_a_passage(tmp_path: Path) -> None:
    folder = tokenizer_folder(tmp_path / "base")
    plain, prompted = TokenCounter(folder, 192), TokenCounter(folder, 192, "passage: ")
    taken = plain.count(["passage: "])[0]
    assert taken > 0
    assert (prompted.room(""), prompted.added) == (plain.room("") - taken, plain.added + taken)

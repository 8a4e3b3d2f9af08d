"""Test questions that people give by themselves (`data.test`), and rows that name passages by their ids."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import synthetic_pairs
from prepare_runs import BEIR, Prepared, prepare_beir, run_prepare, write_jsonl
from test_questions import ASKED, good, prepared, write_documents

from attune_jobs.errors import UserError
from attune_jobs.prepare.own_test import GONE, NOT_ACCEPTED

DOCUMENTS = {"documents": "s3://b/docs/", "questions": ASKED}
PAIRS = {"pairs": "s3://b/pairs.jsonl"}


def with_test(root: Path, rows: list[dict[str, Any]], data: dict[str, Any]) -> Prepared:
    """Inputs of `data` must lie there already."""
    write_jsonl(root / "input" / "test" / "test.jsonl", rows)
    return run_prepare(root, {**data, "test": "s3://b/test.jsonl"})


def of_pairs(root: Path, rows: list[dict[str, Any]], count: int = 300, **columns: Any) -> Prepared:
    write_jsonl(root / "input" / "pairs" / "pairs.jsonl", synthetic_pairs(count))
    return with_test(root, rows, {**PAIRS, "columns": columns})


def judged_in(found: Prepared) -> dict[str, dict[str, int]]:
    """Question → passage's text → score."""
    texts = {row["_id"]: row["text"] for row in found.rows("corpus/corpus.jsonl")}
    asked = {row["_id"]: row["text"] for row in found.rows("test/queries.jsonl")}
    judged: dict[str, dict[str, int]] = {question: {} for question in asked.values()}
    for query, passage, score in found.qrels("test"):
        judged[asked[query]][texts[passage]] = score
    return judged


def set_aside(found: Prepared) -> dict[str, int]:
    return {entry["reason"]: entry["count"] for entry in found.report["setAside"]}


def as_a_person_would(source: Path, target: Path, yes: str, separator: str = ";") -> list[str]:
    """A spreadsheet's work: every third row accepted, one of those in other words. Returns: the accepted questions."""
    with source.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    accepted = []
    for number, row in enumerate(rows):
        row["accepted"] = "FALSCH"
        if number % 3 == 0:
            row["accepted"] = yes
            if number == 3:
                row["query"] = "does a person mend what the model asked about it"
            accepted.append(row["query"])
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)
    return accepted


@pytest.mark.parametrize("yes", ["WAHR", "TRUE", "x", "1"])
def test_what_a_model_wrote_and_a_person_accepted_becomes_the_test_of_the_next_run(tmp_path: Path, yes: str) -> None:
    first = prepared(tmp_path, good)
    sample = tmp_path / "look.csv"
    with sample.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["accepted", "query", "document", "group", "id", "kind"])
        for line in first.rows("questions/kept.jsonl")[:90]:
            writer.writerow(["false", line["query"], line["document"], line["group"], line["id"], line["kind"]])
    (tmp_path / "input" / "test").mkdir()
    accepted = as_a_person_would(sample, tmp_path / "input" / "test" / "look.csv", yes)

    found = run_prepare(tmp_path, {**DOCUMENTS, "test": "s3://b/look.csv"})

    queries = found.rows("test/queries.jsonl")
    assert sorted(row["text"] for row in queries) == sorted(accepted)
    assert found.report["counts"]["test"]["origins"] == {"people": 30}
    assert set_aside(found)[NOT_ACCEPTED] == 60
    assert {row["origin"] for row in found.rows("dev/queries.jsonl")} == {"model"}
    trained = found.rows("train/pairs.jsonl")
    assert len(trained) > 150
    assert not {row["document_id"] for row in trained} & {passage for _, passage, _ in found.qrels("test")}
    assert not [warning for warning in found.report["warnings"] if warning.startswith("data.test")]


def test_what_no_person_has_seen_stays_the_models_even_as_a_test_of_its_own(tmp_path: Path) -> None:
    kept = prepared(tmp_path, good).rows("questions/kept.jsonl")[:20]

    found = with_test(tmp_path, kept, DOCUMENTS)
    assert found.report["counts"]["test"]["origins"] == {"model": 20}

    found = with_test(tmp_path, [{**line, "accepted": True} for line in kept], DOCUMENTS)
    assert found.report["counts"]["test"]["origins"] == {"people": 20}


def test_one_question_about_every_document_leaves_what_to_train_on_and_a_dev_split(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "input" / "questions" / "0000.jsonl", [])
    folder = tmp_path / "input" / "documents"
    folder.mkdir(parents=True)
    for page in range(20):
        parts = (
            f"## Part {page}x{n}\n\nfact{page}x{n} tells of thing{page}x{n} in words nobody used." for n in range(9)
        )
        (folder / f"page-{page}.md").write_text(f"# Page {page}\n\n" + "\n\n".join(parts) + "\n", encoding="utf-8")
    rows = [{"query": f"who tells of thing{page}x0", "document_id": f"page-{page}.md#1"} for page in range(20)]

    found = with_test(tmp_path, rows, {"documents": "s3://b/docs/"})

    counts = found.report["counts"]
    assert (counts["test"]["questions"], counts["test"]["groups"]) == (20, 20)
    assert counts["test"]["origins"] == {"people": 20}
    assert counts["train"]["pairs"] >= 100
    assert counts["dev"]["questions"] > 0


def test_a_documents_name_stands_for_all_its_passages(tmp_path: Path) -> None:
    write_documents(tmp_path)
    page = "# Long\n\n" + "".join(
        f"## Part {n}\n\nThe {n}th word of it is word{n} and no other one.\n\n" for n in range(3)
    )
    (tmp_path / "input" / "documents" / "guide").mkdir()
    (tmp_path / "input" / "documents" / "guide" / "long.md").write_text(page, encoding="utf-8")
    rows = [
        {"query": "what is in the long guide", "document_id": "./guide/long.md"},
        {"query": "what is its last word", "document_id": "guide/long.md#3", "score": 2},
    ]

    found = with_test(tmp_path, rows, {"documents": "s3://b/docs/"})

    judged = judged_in(found)
    assert sorted(judged["what is in the long guide"].values()) == [1, 1, 1]
    assert list(judged["what is its last word"].values()) == [2]


def test_passages_are_known_by_their_text_with_and_without_their_title_however_it_is_spaced(tmp_path: Path) -> None:
    rows = synthetic_pairs(300)
    corpus = [{"_id": f"d{n}", "title": f"Café {n}", "text": row["document"]} for n, row in enumerate(rows)]
    queries = [{"_id": f"q{n}", "text": row["query"]} for n, row in enumerate(rows)]
    prepare_beir(tmp_path, corpus, queries, {"train": [(f"q{n}", f"d{n}", 1) for n in range(300)]})
    texts = [row["document"] for row in rows]
    asked = [
        {"query": "wo steht der erste Fall", "document": texts[0].replace(" ", "\r\n ", 3)},
        {"query": "где второй", "document": f"Cafe\u0301 1\r\n{texts[1]}"},
        {"query": "第三は どこ", "document": texts[2], "title": "Café 2"},
        {"query": "أين الرابع", "document_id": "d3", "score": 3},
        {"query": "أين الرابع", "document_id": "d4", "score": 0},
        {"query": "أين الرابع", "document": texts[5], "score": 1},
    ]

    found = with_test(tmp_path, asked, BEIR)

    assert judged_in(found) == {
        "wo steht der erste Fall": {texts[0]: 1},
        "где второй": {texts[1]: 1},
        "第三は どこ": {texts[2]: 1},
        "أين الرابع": {texts[3]: 3, texts[4]: 0, texts[5]: 1},
    }
    assert len(found.rows("corpus/corpus.jsonl")) == 300


def test_a_question_that_is_asked_in_the_data_too_leaves_training_and_is_counted(tmp_path: Path) -> None:
    rows = synthetic_pairs(300)
    own = [{"query": f"  {row['query'].upper()}?", "document": row["document"]} for row in rows[:20]]

    found = of_pairs(tmp_path, own)

    trained = {row["query"] for row in found.rows("train/pairs.jsonl")}
    dev = {row["text"] for row in found.rows("dev/queries.jsonl")}
    assert not (trained | dev) & {row["query"] for row in rows[:20]}
    assert set(judged_in(found)) == {row["query"].strip() for row in own}
    assert found.report["leakage"]["dropped"]["same_question"] == 20


def test_a_score_says_how_much_and_a_passage_of_their_own_joins_the_corpus_of_pairs(tmp_path: Path) -> None:
    own = [
        {"query": "what is graded", "document": "An answer of a person's own, which no pair has.", "score": 3},
        {"query": "what is graded", "document": "Another one, which answers a little.", "label": 1},
        {"query": "what is graded", "document": "And one that answers nothing at all.", "score": 0},
    ]
    assert judged_in(of_pairs(tmp_path, own)) == {
        "what is graded": {
            "An answer of a person's own, which no pair has.": 3,
            "Another one, which answers a little.": 1,
            "And one that answers nothing at all.": 0,
        }
    }


YES = [
    True,
    1,
    1.0,
    "true",
    "TRUE",
    " Yes ",
    "x",
    "X",
    "1",
    "WAHR",
    "vrai",
    "VERDADERO",
    "DOĞRU",
    "ИСТИНА",
    "ΑΛΗΘΗΣ",
    "是",
]
NO = [False, 0, None, "", "false", "FALSCH", "no", "nein", "0", "maybe", "-1", [], "ЛОЖЬ"]


def test_only_rows_that_say_yes_count_where_a_column_asks_for_it(tmp_path: Path) -> None:
    own = [
        {"query": f"is row {number} accepted", "document": f"Row {number} alone.", "accepted": said}
        for number, said in enumerate([*YES, *NO])
    ]
    own.append({"query": "is a row without the column taken", "document": "Such a row is one of a person's own."})
    found = of_pairs(tmp_path, own)
    taken = {row["text"] for row in found.rows("test/queries.jsonl")}
    assert taken == {*(f"is row {number} accepted" for number in range(len(YES))), own[-1]["query"]}
    assert set_aside(found)[NOT_ACCEPTED] == len(NO)


def test_a_file_of_which_nothing_is_accepted_is_refused_with_what_to_write(tmp_path: Path) -> None:
    rows = [{"query": f"q {n}", "document": "d", "ok?": "no"} for n in range(9)]
    with pytest.raises(UserError, match=r"none of its 9 rows is accepted.*Write true .* under 'ok\?'"):
        of_pairs(tmp_path, rows, accepted="ok?")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"document": "d"}, 'test.jsonl:2: "query" is missing'),
        ({"query": "q"}, 'test.jsonl:2: "document" is missing'),
        ({"query": "q", "document": " "}, 'test.jsonl:2: "document" is missing'),
        ({"query": "q", "document": 7}, 'test.jsonl:2: "document" is or holds int (7), expected texts'),
        ({"query": "q", "document": "d", "score": 0.5}, 'test.jsonl:2: "score" is float (0.5)'),
        ({"query": "q", "document_id": "d1"}, '"document_id" would name a passage of data.corpus, and there is none'),
    ],
)
def test_malformed_rows_are_refused_with_their_line(tmp_path: Path, row: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError) as refused:
        of_pairs(tmp_path, [{"query": "good", "document": "good text"}, row])
    assert told in str(refused.value)


def test_a_test_without_any_answer_and_one_without_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no question has an answer"):
        of_pairs(tmp_path / "none", [{"query": "q", "document": "d", "score": 0}])
    with pytest.raises(UserError, match="its files hold no row"):
        of_pairs(tmp_path / "empty", [])


def test_a_passage_that_is_gone_is_left_out_and_counted_and_many_are_refused(tmp_path: Path) -> None:
    write_documents(tmp_path)
    rows = [{"query": f"who cleans number {n}", "document_id": f"page-{n:03d}.md#1"} for n in range(30)]
    found = with_test(tmp_path, [*rows, {"query": "gone", "document_id": "old.md#4"}], {"documents": "s3://b/docs/"})
    assert found.report["counts"]["test"]["questions"] == 30
    (entry,) = (entry for entry in found.report["setAside"] if entry["reason"] == GONE)
    assert entry["examples"] == ["test.jsonl:31: its document_id 'old.md#4' is neither a passage nor a document"]
    many = [{"query": f"gone {n}", "document": f"text {n} of another corpus"} for n in range(5)]
    with pytest.raises(
        UserError, match=r"(?s)5 errors.*test.jsonl:31: its document is no passage of the corpus: 'text 0"
    ):
        with_test(tmp_path, [*rows, *many], {"documents": "s3://b/docs/"})


def test_test_questions_come_from_one_place(tmp_path: Path) -> None:
    rows = synthetic_pairs(300)
    judged = [(f"q{n}", f"d{n}", 1) for n in range(300)]
    prepare_beir(
        tmp_path,
        [{"_id": f"d{n}", "text": row["document"]} for n, row in enumerate(rows)],
        [{"_id": f"q{n}", "text": row["query"]} for n, row in enumerate(rows)],
        {"train": judged[:250], "test": judged[250:]},
    )
    with pytest.raises(UserError, match=r"data\.test: found test.tsv in data.qrels too"):
        with_test(tmp_path, [{"query": "q", "document_id": "d1"}], BEIR)


def test_a_test_that_takes_the_training_away_says_so(tmp_path: Path) -> None:
    own = [{"query": f"own {n}", "document": row["document"]} for n, row in enumerate(synthetic_pairs(300)[:200])]
    with pytest.raises(UserError, match=r"had to go.*What data\.test asks for is not trained on: ask fewer"):
        of_pairs(tmp_path, own)


def test_what_an_earlier_run_trained_on_may_be_asked_for_and_is_said(tmp_path: Path) -> None:
    rows = synthetic_pairs(300)
    write_jsonl(tmp_path / "input" / "pairs" / "pairs.jsonl", rows)
    first = run_prepare(tmp_path, PAIRS)
    shutil.copytree(first.folder / "assigned", tmp_path / "input" / "earlier")
    own = [{"query": f"own question {n}", "document": row["document"]} for n, row in enumerate(rows[:40])]

    found = with_test(tmp_path, own, PAIRS)

    assert found.report["counts"]["test"]["questions"] == 40
    assert not {row["document"] for row in found.rows("train/pairs.jsonl")} & {row["document"] for row in own}
    (said,) = (warning for warning in found.report["warnings"] if "earlier run of this name trained on" in warning)
    assert "has seen it" in said


# Pairs beside a corpus

BESIDE = {"pairs": "s3://b/pairs.jsonl", "corpus": "s3://b/corpus.jsonl"}


def of_corpus(root: Path, rows: list[dict[str, Any]], data: dict[str, Any] | None = None) -> Prepared:
    """600 passages, d0 to d599, of which the last 300 are nobody's answer."""
    passages = synthetic_pairs(600)
    corpus = [{"_id": f"d{n}", "title": f"T{n}", "text": row["document"]} for n, row in enumerate(passages)]
    write_jsonl(root / "input" / "corpus" / "corpus.jsonl", corpus)
    write_jsonl(root / "input" / "pairs" / "pairs.jsonl", rows)
    return run_prepare(root, data or BESIDE)


def named_rows(**more: Any) -> list[dict[str, Any]]:
    return [{"query": row["query"], "document_id": f"d{n}", **more} for n, row in enumerate(synthetic_pairs(300))]


def test_rows_may_name_the_passages_of_a_corpus_and_what_nobody_asks_for_is_searched(tmp_path: Path) -> None:
    rows = named_rows()
    rows = [{**row, "negative_ids": [f"d{300 + n}", f"d{301 + n % 200}"]} for n, row in enumerate(rows)]
    found = of_corpus(tmp_path, rows)
    assert [row["_id"] for row in found.rows("corpus/corpus.jsonl")] == [f"d{n}" for n in range(600)]
    trained = found.rows("train/pairs.jsonl")
    by_question = {row["query"]: row for row in rows}
    for row in trained:
        given = by_question[row["query"]]
        assert row["document_id"] == given["document_id"]
        assert row["document"].startswith(f"T{row['document_id'][1:]}\n")
        assert set(row["negative_ids"]) <= set(given["negative_ids"])
    assert found.report["read"]["rows"] == 900
    assert {file["name"] for file in found.report["inputs"]} == {"corpus/corpus.jsonl", "pairs/pairs.jsonl"}


@pytest.mark.parametrize(
    "row",
    [
        {"query": "q", "document_id": ["d1", "d2"], "negatives": ["d3"], "score": 1},
        {"query": "q", "positive_id": "d1", "negative_1": "d3"},
        {"query": "q", "shown": ["d3", "d1", "d9"], "clicked": ["d1"]},
        {"query": "q", "document": "Its own text.", "negative_ids": '["d3"]'},
    ],
)
def test_positives_negatives_and_clicks_by_id(tmp_path: Path, row: dict[str, Any]) -> None:
    write_jsonl(tmp_path / "input" / "corpus" / "c.jsonl", [{"_id": f"d{n}", "text": f"word{n}."} for n in range(10)])
    write_jsonl(tmp_path / "input" / "pairs" / "p.jsonl", [row])
    from attune_jobs.prepare.collection import Collection
    from attune_jobs.prepare.columns import Columns
    from attune_jobs.prepare.sources.pairs import read_pairs

    collection = Collection(tmp_path)
    given = {"documentId": ("document_id", "positive_id")}
    read_pairs(tmp_path / "input", collection, Columns("pairs", given, by_id=True), Columns("corpus", {}))
    collection.seal()
    answers = [json.loads(collection.passages[number])["_id"] for number in collection.row_passage]
    assert answers == ["d1", "d2"] if row.get("document_id") else len(answers) == 1
    assert [json.loads(collection.passages[number])["_id"] for number in collection.rejected_passage] == ["d3"]


def test_a_few_ids_of_strangers_are_left_out_and_counted_and_more_are_refused(tmp_path: Path) -> None:
    found = of_corpus(tmp_path / "few", [*named_rows(), {"query": "who", "document_id": "nowhere"}])
    (entry,) = (entry for entry in found.report["setAside"] if "not in the corpus" in entry["reason"])
    assert entry["examples"] == ["pairs.jsonl:301: its document_id 'nowhere' is not in corpus"]
    many = [{"query": f"who {n}", "document_id": f"nowhere{n}"} for n in range(9)]
    with pytest.raises(UserError, match=r"(?s)9 errors.*pairs.jsonl:301: its document_id 'nowhere0' is not in corpus"):
        of_corpus(tmp_path / "many", [*named_rows(), *many])


def test_ids_without_a_corpus_are_refused_with_what_is_missing(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "input" / "pairs" / "pairs.jsonl", named_rows())
    with pytest.raises(UserError, match='"document_id" would name a passage of data.corpus, and there is none'):
        run_prepare(tmp_path, PAIRS)


def test_a_test_of_their_own_names_that_corpus_too_in_a_packed_table(tmp_path: Path) -> None:
    folder = tmp_path / "input" / "test"
    folder.mkdir(parents=True)
    table = "query\tdocument_id\tgroup\n" + "".join(f"own question {n}\td{400 + n}\tset\n" for n in range(30))
    with gzip.open(folder / "test.tsv.gz", "wt", encoding="utf-8") as file:
        file.write(table)
    found = of_corpus(tmp_path, named_rows(), {**BESIDE, "test": "s3://b/test.tsv.gz"})
    assert {passage for _, passage, _ in found.qrels("test")} == {f"d{400 + n}" for n in range(30)}
    assert found.report["counts"]["test"]["groups"] == 1
    assert found.report["counts"]["train"]["pairs"] + found.report["counts"]["dev"]["pairs"] == 300

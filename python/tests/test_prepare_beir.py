from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pytest
from conftest import synthetic_pairs
from prepare_runs import BEIR, prepare_beir, run_prepare, write_jsonl

from attune_jobs.errors import UserError
from attune_jobs.prepare.leak_check import check_no_leak

Rows = list[dict[str, str]]


def beir_rows(count: int) -> tuple[Rows, Rows]:
    """A corpus and queries with the same numbers: question i is answered by passage i."""
    rows = synthetic_pairs(count)
    corpus = [{"_id": f"d{number}", "title": "", "text": row["document"]} for number, row in enumerate(rows)]
    queries = [{"_id": f"q{number}", "text": row["query"]} for number, row in enumerate(rows)]
    return corpus, queries


def judged(start: int, end: int) -> list[tuple[str, str, int]]:
    return [(f"q{number}", f"d{number}", 1) for number in range(start, end)]


def test_splits_that_the_qrels_give_are_kept(tmp_path: Path) -> None:
    prepared = prepare_beir(
        tmp_path, *beir_rows(300), {"train": judged(0, 200), "dev": judged(200, 240), "test": judged(240, 300)}
    )
    assert {row["query_id"] for row in prepared.rows("train/pairs.jsonl")} == {f"q{number}" for number in range(200)}
    assert {row["_id"] for row in prepared.rows("dev/queries.jsonl")} == {f"q{number}" for number in range(200, 240)}
    assert prepared.qrels("test") == judged(240, 300)


def test_missing_splits_are_split_off_from_train(tmp_path: Path) -> None:
    prepared = prepare_beir(tmp_path, *beir_rows(400), {"train": judged(0, 340), "test": judged(340, 400)})
    assert prepared.qrels("test") == judged(340, 400)
    dev = prepared.report["counts"]["dev"]["questions"]
    assert 15 <= dev <= 60
    assert prepared.report["counts"]["train"]["pairs"] == 340 - dev


def test_training_rows_that_repeat_a_test_question_or_its_passage_are_dropped_and_counted(tmp_path: Path) -> None:
    corpus, queries = beir_rows(300)
    queries += [{"_id": "again", "text": queries[299]["text"].upper() + " ?"}]
    corpus += [{"_id": "twin", "title": "", "text": "  " + corpus[298]["text"]}]
    train = [*judged(0, 200), ("again", "d5", 1), ("q7", "twin", 1)]
    prepared = prepare_beir(
        tmp_path, corpus, queries, {"train": train, "dev": judged(200, 240), "test": judged(240, 300)}
    )
    dropped = prepared.report["leakage"]["dropped"]
    assert (dropped["same_question"], dropped["duplicate_passage"]) == (1, 1)
    assert len(prepared.rows("train/pairs.jsonl")) == 200


def test_a_training_row_that_bridges_to_the_test_is_dropped_alone_and_the_rest_of_its_group_trains(
    tmp_path: Path,
) -> None:
    corpus, queries = beir_rows(300)
    queries = [{**query, "group": f"file {number // 5}"} for number, query in enumerate(queries)]
    corpus += [{"_id": "almost", "title": "", "text": corpus[298]["text"] + " Amended."}]
    train = [*judged(0, 200), ("q7", "almost", 1)]
    prepared = prepare_beir(
        tmp_path, corpus, queries, {"train": train, "dev": judged(200, 240), "test": judged(240, 300)}
    )
    dropped = prepared.report["leakage"]["dropped"]
    assert dropped == {"same_question": 0, "duplicate_passage": 1, "same_group": 0, "shared_13_gram": 0}
    trained = [row for row in prepared.rows("train/pairs.jsonl") if row["group"] == "file 1"]
    assert [row["query_id"] for row in trained] == ["q5", "q6", "q7", "q8", "q9"]
    assert prepared.split_of_groups()["file 59"] == "test"
    assert prepared.qrels("test") == judged(240, 300)


def test_splits_that_mostly_repeat_each_other_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="The splits leak: 180 of 200 training rows"):
        prepare_beir(tmp_path, *beir_rows(300), {"train": judged(0, 200), "test": judged(20, 300)})


def test_a_test_question_that_nearly_repeats_a_training_question_is_told_and_stays(tmp_path: Path) -> None:
    corpus, queries = beir_rows(300)
    queries[3]["text"] = "which office signs the form that one needs to sell the river"
    queries[299]["text"] = "Which office signs the form that one needs to sell the river, please?"
    prepared = prepare_beir(
        tmp_path, corpus, queries, {"train": judged(0, 200), "dev": judged(200, 240), "test": judged(240, 300)}
    )
    assert prepared.report["nearRepeatedQuestions"] == {
        "compared": 60,
        "found": 1,
        "examples": [{"test": queries[299]["text"], "train": queries[3]["text"]}],
    }
    assert any(
        "1 of 60 test questions nearly repeat a training question" in told for told in prepared.report["warnings"]
    )
    assert ("q299", "d299", 1) in prepared.qrels("test")


def test_graded_scores_stay_and_scores_of_zero_stay_zero(tmp_path: Path) -> None:
    test = [*judged(240, 299), ("q299", "d299", 2), ("q299", "d298", 0)]
    prepared = prepare_beir(
        tmp_path, *beir_rows(300), {"train": judged(0, 200), "dev": judged(200, 240), "test": test}
    )
    assert ("q299", "d299", 2) in prepared.qrels("test")
    assert ("q299", "d298", 0) in prepared.qrels("test")


def test_qrels_that_point_to_nothing_are_refused_with_their_lines(tmp_path: Path) -> None:
    train = [*judged(0, 200), ("q1", "nowhere", 1), ("nobody", "d1", 1), ("nobody", "d2", 1)]
    with pytest.raises(UserError) as refusal:
        prepare_beir(tmp_path, *beir_rows(300), {"train": train, "test": judged(200, 300)})
    assert "train.tsv:202: its corpus-id 'nowhere' is not in corpus" in str(refusal.value)
    assert "train.tsv:203: its query-id 'nobody' is not in queries" in str(refusal.value)


def test_an_id_that_stands_twice_in_the_corpus_is_refused(tmp_path: Path) -> None:
    corpus, queries = beir_rows(300)
    with pytest.raises(UserError, match='corpus, entry 301: its "_id" stands also at entry 1'):
        prepare_beir(tmp_path, [*corpus, {**corpus[0], "text": "other"}], queries, {"train": judged(0, 300)})


def test_without_a_train_file_the_refusal_says_what_to_do(tmp_path: Path, awsdocs: Path) -> None:
    for name in ("corpus", "queries"):
        (tmp_path / "input" / name).mkdir(parents=True)
    shutil.copy(awsdocs / "corpus.jsonl.gz", tmp_path / "input" / "corpus")
    shutil.copy(awsdocs / "queries.jsonl", tmp_path / "input" / "queries")
    shutil.copytree(awsdocs / "qrels", tmp_path / "input" / "qrels")
    with pytest.raises(UserError, match=r"found test\.tsv and no train\.tsv: nothing to train on"):
        run_prepare(tmp_path, BEIR)


def test_awsdocs_questions_stay_the_test_while_titles_train(tmp_path: Path, awsdocs: Path, minilm: Path) -> None:
    with gzip.open(awsdocs / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        corpus = [json.loads(line) for line in lines]
    queries = [json.loads(line) for line in (awsdocs / "queries.jsonl").read_text(encoding="utf-8").splitlines()]
    rows = (awsdocs / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]
    test = [(query, passage, int(score)) for query, passage, score in (row.split("\t") for row in rows)]
    titles = [{"_id": f"title-{number}", "text": f"{page['title']}?"} for number, page in enumerate(corpus)]
    train = [(f"title-{number}", page["_id"], 1) for number, page in enumerate(corpus)]
    prepared = prepare_beir(tmp_path, corpus, queries + titles, {"train": train, "test": test}, base=minilm)
    assert {query for query, _, _ in prepared.qrels("test")} == {query["_id"] for query in queries}
    assert prepared.report["leakage"]["dropped"]["duplicate_passage"] >= 20
    tested = {passage for _, passage, _ in prepared.qrels("test")}
    assert not tested & {row["document_id"] for row in prepared.rows("train/pairs.jsonl")}


def test_medquads_own_split_is_kept_only_without_its_leaks(
    tmp_path: Path, medquad_pairs: list[dict[str, str]], minilm: Path
) -> None:
    corpus = [{"_id": f"d{number}", "text": row["document"]} for number, row in enumerate(medquad_pairs)]
    queries = [{"_id": f"q{number}", "text": row["query"]} for number, row in enumerate(medquad_pairs)]
    qrels: dict[str, list[tuple[str, str, int]]] = {"train": [], "dev": [], "test": []}
    for number, row in enumerate(medquad_pairs):
        qrels[row["split"]].append((f"q{number}", f"d{number}", 1))
    prepared = prepare_beir(tmp_path, corpus, queries, qrels, base=minilm)
    assert prepared.report["leakage"]["dropped"]["duplicate_passage"] > 0
    assert prepared.report["leakage"]["leftAfterCheck"] == 0


@pytest.mark.parametrize(
    ("what", "leak"),
    [
        ("the same question", {"query": "HOW do people Sell it?", "document_id": "x", "group": "x"}),
        ("the same passage", {"query": "x", "document_id": "d1", "group": "x"}),
        ("the same passage", {"query": "x", "document_id": "d1 amended", "group": "x"}),
        ("the same group", {"query": "x", "document_id": "x", "group": "tested"}),
        ('"b c d e f g h i j k l m n"', {"query": "well b c d e f g h i j k l m n", "document_id": "x", "group": "x"}),
    ],
)
def test_a_leak_in_written_splits_fails_the_run(tmp_path: Path, what: str, leak: dict[str, str]) -> None:
    for split, questions in (("dev", []), ("test", ["how do people sell it", "a b c d e f g h i j k l m n"])):
        rows = [{"_id": f"{split}{at}", "text": text, "group": "tested"} for at, text in enumerate(questions)]
        write_jsonl(tmp_path / split / "queries.jsonl", rows)
        lines = "".join(f"{row['_id']}\td{at + 1}\t1\n" for at, row in enumerate(rows))
        (tmp_path / split / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + lines, encoding="utf-8")
    clean = {"query": "something else", "document_id": "d9", "document": "text", "group": "trained"}
    write_jsonl(tmp_path / "train" / "pairs.jsonl", [clean])
    near = {"d1": "d1", "d1 amended": "d1"}
    check_no_leak(tmp_path, near)
    write_jsonl(tmp_path / "train" / "pairs.jsonl", [clean, {**clean, **leak}])
    with pytest.raises(UserError, match=f"Leakage between the splits: 1 cases.*{what}"):
        check_no_leak(tmp_path, near)

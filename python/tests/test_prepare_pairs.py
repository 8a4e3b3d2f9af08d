from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import synthetic_pairs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prepare_runs import prepare_pairs, run_prepare, write_jsonl

from attune_jobs.errors import UserError

in_a_folder = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def test_pairs_become_splits_that_share_no_group_and_no_question(tmp_path: Path) -> None:
    prepared = prepare_pairs(tmp_path, synthetic_pairs(400))
    train = prepared.rows("train/pairs.jsonl")
    held_out = prepared.rows("dev/queries.jsonl") + prepared.rows("test/queries.jsonl")
    assert len(train) + len(held_out) == 400
    assert not {row["group"] for row in train} & {row["group"] for row in held_out}
    assert not {row["query"] for row in train} & {row["text"] for row in held_out}
    assert prepared.report["counts"]["train"]["pairs"] == len(train)
    corpus = {row["_id"]: row for row in prepared.rows("corpus/corpus.jsonl")}
    assert all(corpus[row["document_id"]]["text"] == row["document"] for row in train)
    assert all(passage in corpus for _, passage, _ in prepared.qrels("test"))


def test_the_same_input_gives_the_same_files(tmp_path: Path) -> None:
    first = prepare_pairs(tmp_path / "one", synthetic_pairs(200))
    second = prepare_pairs(tmp_path / "two", synthetic_pairs(200))
    for name in ("train/pairs.jsonl", "dev/corpus.jsonl", "test/qrels.tsv", "corpus/corpus.jsonl"):
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes()


@in_a_folder
@given(more=st.integers(1, 150), reverse=st.booleans())
def test_more_data_and_another_order_move_no_group(tmp_path: Path, more: int, reverse: bool) -> None:
    before = prepare_pairs(tmp_path, synthetic_pairs(200)).split_of_groups()
    rows = synthetic_pairs(200 + 5 * more)
    after = prepare_pairs(tmp_path, rows[::-1] if reverse else rows).split_of_groups()
    assert {group: after[group] for group in before} == before


@in_a_folder
@given(repeats=st.lists(st.integers(0, 199), max_size=40), style=st.sampled_from(["same", "spaces", "decomposed"]))
def test_exact_duplicates_are_dropped_however_they_are_spaced_or_composed(
    tmp_path: Path, repeats: list[int], style: str
) -> None:
    rows = [{**row, "document": f"Café {row['document']}"} for row in synthetic_pairs(200)]
    change = {
        "same": lambda text: text,
        "spaces": lambda text: "  " + text.replace(" ", "\t "),
        "decomposed": lambda text: text.replace("é", "e\u0301"),
    }[style]
    doubled = rows + [{**rows[index], "document": change(rows[index]["document"])} for index in repeats]
    plain = prepare_pairs(tmp_path / "plain", rows)
    prepared = prepare_pairs(tmp_path / "doubled", doubled)
    assert prepared.rows("train/pairs.jsonl") == plain.rows("train/pairs.jsonl")
    assert prepared.qrels("test") == plain.qrels("test")
    assert prepared.report["duplicates"]["repeatedRows"] == len(repeats)


def test_a_passage_given_twice_counts_for_the_questions_of_both(tmp_path: Path) -> None:
    rows = synthetic_pairs(300)
    for row in rows:
        row.pop("group")
    rows += [{"query": f"another way to ask {number}", "document": rows[number]["document"]} for number in range(300)]
    prepared = prepare_pairs(tmp_path, rows)
    assert len(prepared.rows("corpus/corpus.jsonl")) == 300
    by_passage: dict[str, set[str]] = {}
    for query, passage, _ in prepared.qrels("test"):
        by_passage.setdefault(passage, set()).add(query)
    assert by_passage and all(len(queries) == 2 for queries in by_passage.values())


def test_near_duplicates_of_different_groups_stand_in_one_split_and_answer_their_own_questions_only(
    tmp_path: Path,
) -> None:
    rows = []
    for number in range(200):
        text = " ".join(f"w{number}n{position}" for position in range(60))
        rows.append({"query": f"what does text {number} say", "document": text, "group": f"left {number}"})
        rows.append({"query": f"please quote {number}", "document": f"{text} amended", "group": f"right {number}"})
    prepared = prepare_pairs(tmp_path, rows)
    assert prepared.report["duplicates"]["nearDuplicateClusters"] == 200
    tested = {row["text"].split()[-1 if "quote" in row["text"] else 3] for row in prepared.rows("test/queries.jsonl")}
    trained = {
        row["query"].split()[-1 if "quote" in row["query"] else 3] for row in prepared.rows("train/pairs.jsonl")
    }
    assert tested and not tested & trained
    queries = [query for query, _, _ in prepared.qrels("test")]
    assert all(queries.count(query) == 1 for query in queries)


def test_boilerplate_in_many_groups_joins_nothing_and_stays_in_the_corpus(tmp_path: Path) -> None:
    rows = synthetic_pairs(300)
    boilerplate = (
        "For further information on clinical trials please contact the office that is named on the first page."
    )
    rows += [
        {"query": f"which trials for {number}", "document": boilerplate, "group": f"file {number}"}
        for number in range(40)
    ]
    prepared = prepare_pairs(tmp_path, rows)
    assert prepared.report["leakage"]["boilerplateRowsSetAside"] == 40
    assert prepared.report["largestComponentShare"] < 0.1
    assert boilerplate in {row["text"] for row in prepared.rows("corpus/corpus.jsonl")}
    assert boilerplate not in {row["document"] for row in prepared.rows("train/pairs.jsonl")}


def test_malformed_lines_are_refused_with_file_and_line_many_at_once(tmp_path: Path) -> None:
    lines = [json.dumps(row) for row in synthetic_pairs(300)]
    lines[4] = "{not json"
    lines[9] = '["a list"]'
    lines[14] = '{"query": "only a question"}'
    lines[19] = '{"query": 7, "document": "a passage"}'
    for number in range(100, 130):
        lines[number] = "broken"
    path = tmp_path / "input" / "pairs" / "data.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(UserError) as refusal:
        run_prepare(tmp_path, {"pairs": "s3://b/data.jsonl"})
    message = str(refusal.value)
    assert message.startswith("34 errors in the input.")
    for expected in ("data.jsonl:5: not JSON", "data.jsonl:10: found list", 'data.jsonl:15: "document" is missing'):
        assert expected in message
    assert 'data.jsonl:20: "query" is int (7), expected a text' in message
    assert message.endswith("… and 14 more")
    assert list((tmp_path / "processing" / "output" / "data").iterdir()) == []


def test_a_broken_gzip_file_and_bytes_that_are_not_utf_8_are_refused_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "input" / "pairs"
    folder.mkdir(parents=True)
    (folder / "a.jsonl.gz").write_bytes(b"no gzip at all")
    (folder / "b.jsonl").write_bytes(b'{"query": "\xff", "document": "d"}\n')
    with pytest.raises(UserError, match=r"(?s)a\.jsonl\.gz:1: the gzip stream is broken.*b\.jsonl:1: not UTF-8"):
        run_prepare(tmp_path, {"pairs": "s3://b/"})


def test_blank_rows_are_dropped_and_counted_but_too_many_are_refused(tmp_path: Path) -> None:
    rows = [
        *synthetic_pairs(300),
        {"query": " \u200b ", "document": "text"},
        {"query": "\ud800 lone", "document": "text"},
    ]
    prepared = prepare_pairs(tmp_path / "few", rows)
    assert prepared.report["read"]["unreadable"] == 2
    assert prepared.report["read"]["unreadablePlaces"] == ["pairs.jsonl:301", "pairs.jsonl:302"]
    with pytest.raises(UserError, match="30 of 330 rows are blank or unreadable"):
        prepare_pairs(tmp_path / "many", [*synthetic_pairs(300), *[{"query": "", "document": "text"}] * 30])


def test_too_few_training_pairs_are_refused_with_the_number(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\d+ training pairs are left .* expected at least 100"):
        prepare_pairs(tmp_path, synthetic_pairs(60))


def test_an_input_folder_without_pairs_says_what_it_holds_instead(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "input" / "pairs" / "pairs.xlsx", [])
    with pytest.raises(UserError, match=r"data\.pairs: found pairs\.xlsx, expected a file that ends in \.jsonl"):
        run_prepare(tmp_path, {"pairs": "s3://b/pairs.xlsx"})


def test_training_rows_that_share_13_words_with_a_test_question_are_dropped_and_counted(tmp_path: Path) -> None:
    long = "under which conditions may the holder of a licence transfer it to a third person abroad"
    rows = synthetic_pairs(400)
    groups = prepare_pairs(tmp_path / "before", rows).split_of_groups()
    tested = next(group for group, split in groups.items() if split == "test")
    trained = next(group for group, split in groups.items() if split == "train")
    rows += [
        {"query": f"{long} please", "document": "Only with the consent of the authority in writing.", "group": tested},
        {"query": "licence", "document": f"He asked {long}, and no one knew the answer that day.", "group": trained},
    ]
    prepared = prepare_pairs(tmp_path / "after", rows)
    assert prepared.report["leakage"]["dropped"]["shared_13_gram"] == 1
    assert not any("no one knew" in row["document"] for row in prepared.rows("train/pairs.jsonl"))


def test_medquad_is_split_anew_without_a_leak(
    tmp_path: Path, medquad_pairs: list[dict[str, str]], minilm: Path
) -> None:
    rows = [{key: row[key] for key in ("query", "document", "group")} for row in medquad_pairs]
    prepared = prepare_pairs(tmp_path, rows, base=minilm)
    counts = prepared.report["counts"]
    assert counts["corpus"]["passages"] == 4490
    assert counts["train"]["pairs"] > 3400
    assert counts["test"]["questions"] >= 250
    assert prepared.report["largestComponentShare"] < 0.1
    trained = {row["document"] for row in prepared.rows("train/pairs.jsonl")}
    corpus = {row["_id"]: row["text"] for row in prepared.rows("corpus/corpus.jsonl")}
    assert not trained & {corpus[passage] for _, passage, _ in prepared.qrels("test")}


def test_many_questions_on_few_answers_are_said_before_a_training_is_paid(tmp_path: Path) -> None:
    answers = [row["document"] for row in synthetic_pairs(40)]
    rows = [
        {"query": f"in what words {number * 7} does customer {number} say it", "document": answers[number % 40]}
        for number in range(1200)
    ]
    report = prepare_pairs(tmp_path, [{**row, "group": row["document"][:8]} for row in rows]).report
    assert report["counts"]["train"]["mostPairsOfOneText"] == 30
    (warning,) = (warning for warning in report["warnings"] if "whatever train.batchSize says" in warning)
    assert "one text stands in 30 of them" in warning
    many = prepare_pairs(tmp_path / "many", synthetic_pairs(400)).report
    assert not any("train.batchSize" in warning for warning in many["warnings"])

"""Where a question comes from is counted from the data to the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import synthetic_pairs
from prepare_runs import Prepared, prepare_beir, prepare_pairs, run_prepare
from test_evaluate import QUESTIONS, evaluate, write_inputs
from train_runs import make_channels, run_train

from attune_jobs.evaluation.html_report import render
from attune_jobs.origins import EVIDENCE, in_words


def documents(root: Path) -> Prepared:
    for number in range(60):
        file = root / "input" / "documents" / f"guide-{number:02}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        sections = (
            f"## Part {part} of {number}\n\nTo mend part {part} of machine {number} take tool {number * 7 + part} and "
            f"wait {number + part} days until office {number * 3} has signed form {number * 11 + part}.\n"
            for part in range(4)
        )
        file.write_text(f"# Machine {number}\n\n{''.join(sections)}")
    return run_prepare(root, {"documents": "s3://b/docs/"})


def held_out(prepared: Prepared) -> dict[str, Any]:
    return {split: prepared.report["counts"][split] for split in ("dev", "test")}


def test_questions_that_are_headings_say_so_in_the_test_and_in_the_report(tmp_path: Path) -> None:
    prepared = documents(tmp_path)
    for split, counts in held_out(prepared).items():
        assert counts["questions"] > 0 and counts["origins"] == {"headings": counts["questions"]}
        assert {row["origin"] for row in prepared.rows(f"{split}/queries.jsonl")} == {"headings"}


def test_questions_that_were_given_are_of_people_unless_their_row_says_otherwise(tmp_path: Path) -> None:
    plain = prepare_pairs(tmp_path / "plain", synthetic_pairs(300))
    for split, counts in held_out(plain).items():
        assert counts["origins"] == {"people": counts["questions"]}
        assert not any("origin" in row for row in plain.rows(f"{split}/queries.jsonl"))
    written = prepare_pairs(tmp_path / "model", [{**row, "origin": "model"} for row in synthetic_pairs(300)])
    assert held_out(written)["test"]["origins"] == {"model": held_out(written)["test"]["questions"]}


def test_the_rows_of_a_beir_folder_may_say_it_too(tmp_path: Path) -> None:
    rows = synthetic_pairs(300)
    prepared = prepare_beir(
        tmp_path,
        [{"_id": f"d{number}", "text": row["document"]} for number, row in enumerate(rows)],
        [
            {"_id": f"q{number}", "text": row["query"], **({"origin": "model"} if number % 2 else {})}
            for number, row in enumerate(rows)
        ],
        {"train": [(f"q{number}", f"d{number}", 1) for number in range(300)]},
    )
    counts = held_out(prepared)["test"]
    assert set(counts["origins"]) == {"people", "model"}
    assert sum(counts["origins"].values()) == counts["questions"]


def test_a_key_of_that_name_with_another_meaning_is_told_once_and_stops_nothing(tmp_path: Path) -> None:
    prepared = prepare_pairs(tmp_path, [{**row, "origin": "crm"} for row in synthetic_pairs(300)])
    assert set(held_out(prepared)["test"]["origins"]) == {"people"}
    assert len([warning for warning in prepared.report["warnings"] if '"origin"' in warning]) == 1


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Twelve questions of people, the others headings."""
    root = tmp_path_factory.mktemp("mixed")
    inputs = write_inputs(root / "input")
    queries = inputs / "test" / "queries.jsonl"
    rows = [json.loads(line) for line in queries.read_text().splitlines()]
    for row in rows[12:]:
        row["origin"] = "headings"
    queries.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return evaluate(inputs, root / "output")


def test_of_mixed_questions_each_kind_has_its_scores_and_what_may_decide_its_own_comparison(
    mixed: dict[str, Any],
) -> None:
    summary = mixed["summary"]
    assert summary["origins"] == {"people": 12, "headings": QUESTIONS - 12}
    parts = summary["byOrigin"]
    means = {origin: part["metrics"]["candidate"]["ndcg@10"]["mean"] for origin, part in parts.items()}
    whole = (12 * means["people"] + (QUESTIONS - 12) * means["headings"]) / QUESTIONS
    assert whole == pytest.approx(summary["metrics"]["candidate"]["ndcg@10"]["mean"], abs=1e-5)
    # What headings admit is all there is: the comparisons of the summary are meant.
    assert set(summary["admitted"]) == {"people"}
    admitted = summary["admitted"]["people"]
    assert admitted["questions"] == 12
    found = admitted["comparisons"]["candidate-base"]
    assert found["wins"] + found["ties"] + found["losses"] == 12
    base = parts["people"]["metrics"]["base"]["ndcg@10"]["mean"]
    assert found["difference"] == pytest.approx(means["people"] - base, abs=1e-5)


def test_the_page_says_it_above_the_score_and_shows_each_kind(mixed: dict[str, Any]) -> None:
    page = render(mixed)
    assert "12 by people, 28 from headings" in page
    assert "By where the questions come from" in page


def test_questions_of_one_kind_need_no_table(tmp_path: Path) -> None:
    report = evaluate(write_inputs(tmp_path / "input"), tmp_path / "output")
    assert report["summary"]["origins"] == {"people": QUESTIONS}
    assert "byOrigin" not in report["summary"] and "admitted" not in report["summary"]
    page = render(report)
    assert "all by people" in page and "By where the questions come from" not in page


def test_a_package_says_what_its_dev_score_was_measured_on(tmp_path: Path, tiny_bert: Path) -> None:
    channels = make_channels(tmp_path / "channels")
    queries = channels / "dev" / "queries.jsonl"
    rows = [json.loads(line) for line in queries.read_text().splitlines()]
    queries.write_text("".join(json.dumps({**row, "origin": "headings"}) + "\n" for row in rows))
    ended = run_train(tmp_path / "job", channels, base_model=tiny_bert, epochs=1, batch_size=32, max_seq_length=32)
    assert ended.manifest()["devMetric"]["questions"] == {"headings": len(rows)}


def test_the_kinds_of_evidence_are_those_of_the_spec() -> None:
    schema = json.loads((Path(__file__).parents[2] / "schema" / "attune-v1.schema.json").read_text())
    assert list(EVIDENCE) == schema["properties"]["gate"]["properties"]["evidence"]["enum"]
    assert in_words({"model": 3}) == "all by a language model"

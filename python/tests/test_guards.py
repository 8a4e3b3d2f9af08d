from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_evaluate import PASSAGES, evaluate, write_inputs
from tiny_package import WORDS

from attune_jobs.errors import UserError
from attune_jobs.evaluation import guards
from attune_jobs.evaluation.guard_table import guard_table
from attune_jobs.evaluation.held_out import TestSet
from attune_jobs.evaluation.metrics import DEPTH, Relevance, score
from attune_jobs.evaluation.ranking import top_by_cosine
from attune_jobs.serving.endpoint.loading import load_model
from attune_jobs.texts import Passage

QUESTIONS = 35


def lines(values: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(value) + "\n" for value in values).encode()


def write_guard(inputs: Path, name: str = "general", questions: int = QUESTIONS, tolerance: float = 0.02) -> Path:
    """A set of its own beside the domain's, gzipped in part, with a question that this set does not judge."""
    random = np.random.default_rng(7)
    texts = [" ".join(random.choice(WORDS, random.integers(4, 20))) for _ in range(60)]
    folder = inputs / "guards" / name
    folder.mkdir(parents=True)
    passages = [{"_id": f"doc{row}", "text": text} for row, text in enumerate(texts)]
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress(lines(passages)))
    asked = [{"_id": f"g{row}", "text": " ".join(texts[row].split()[:4])} for row in range(questions)]
    (folder / "queries.jsonl").write_bytes(lines([*asked, {"_id": "elsewhere", "text": "not judged here"}]))
    rows = "".join(f"g{row}\tdoc{row}\t1\n" for row in range(questions))
    (folder / "qrels.tsv").write_text(f"query-id\tcorpus-id\tscore\n{rows}")
    spec = json.loads((inputs / "spec" / "spec.json").read_text())
    spec["gate"]["guards"].append({"name": name, "tolerance": tolerance})
    (inputs / "spec" / "spec.json").write_text(json.dumps(spec))
    return folder


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    inputs = write_inputs(tmp_path_factory.mktemp("guards") / "input", incumbent=True)
    folder = write_guard(inputs)
    asked = json.loads((folder / "queries.jsonl").read_text().splitlines()[0])["text"]
    (inputs / "train").mkdir()
    pairs = [{"query": f"{asked.upper()}?", "document": "d"}, {"query": "another", "document": "d"}]
    (inputs / "train" / "pairs.jsonl").write_bytes(lines(pairs))
    return evaluate(inputs, inputs.parent / "output"), inputs


def test_every_model_is_scored_on_the_guard_and_the_candidate_compared_with_the_better_one(
    guarded: tuple[dict[str, Any], Path],
) -> None:
    report, inputs = guarded
    (found,) = report["summary"]["guards"]
    assert (found["name"], found["questions"], found["groups"], found["passages"]) == (
        "general",
        QUESTIONS,
        QUESTIONS,
        60,
    )
    assert set(found["scores"]) == {"base", "incumbent", "candidate"}
    means = {name: value["mean"] for name, value in found["scores"].items()}
    assert len(set(means.values())) == 3
    better = max(("base", "incumbent"), key=lambda name: means[name])
    assert found["against"] == better
    assert found["comparison"]["difference"] == pytest.approx(means["candidate"] - means[better], abs=2e-6)
    assert found["comparison"]["confidence"] == 0.9
    # The same numbers by another way: the candidate's own package, asked for vectors
    test = guards.read_guards(json.loads((inputs / "spec" / "spec.json").read_text()), inputs)[0].test
    model = load_model(inputs.parent / "candidate")
    questions, corpus = (
        model.encode(texts, kind).vectors
        for texts, kind in ((test.questions, "query"), ([passage.embedded for passage in test.passages], "document"))
    )
    expected = score(top_by_cosine(questions, corpus, DEPTH), Relevance(test.relevance.gains))["ndcg@10"].mean()
    assert means["candidate"] == pytest.approx(expected, abs=2e-6)


def test_the_domains_own_numbers_do_not_change_by_guards(guarded: tuple[dict[str, Any], Path], tmp_path: Path) -> None:
    plain = evaluate(write_inputs(tmp_path / "input", incumbent=True), tmp_path / "output")
    assert plain["summary"]["guards"] == []
    for part in ("metrics", "comparisons", "passages"):
        assert guarded[0]["summary"][part] == plain["summary"][part]
    assert plain["summary"]["passages"] == PASSAGES


def test_guard_questions_that_training_read_too_are_counted_and_said(guarded: tuple[dict[str, Any], Path]) -> None:
    summary = guarded[0]["summary"]
    assert summary["guards"][0]["inTraining"] == 1
    assert f"Guard general: 1 of its {QUESTIONS} questions are training questions" in summary["warnings"][-1]


def test_the_report_shows_the_guard_with_what_it_may_lose_and_how_it_came_out(
    guarded: tuple[dict[str, Any], Path],
) -> None:
    report = guarded[0]
    page = (guarded[1].parent / "output" / "evaluation" / "report.html").read_text()
    assert guard_table(report) in page
    (found,) = report["summary"]["guards"]
    words = {"held": "not worse", "lost": "worse", "inconclusive": "cannot tell"}[guards.verdict(found)]
    assert ">general<" in page and f">{words}</td>" in page
    assert f"{0.02 * found['scores'][found['against']]['mean']:.3f}<small>2" in page
    assert guard_table({"summary": {"guards": []}}) == ""


@pytest.mark.parametrize(
    ("low", "high", "questions", "groups", "expected"),
    [
        (-0.01, 0.03, 100, 100, "held"),
        (0.0, 0.0, 30, 10, "held"),
        (-0.02, 0.0, 100, 100, "inconclusive"),
        (0.0, 0.0, 29, 29, "inconclusive"),
        (0.0, 0.0, 100, 9, "inconclusive"),
        (-0.3, -0.011, 100, 100, "lost"),
        (-0.3, -0.011, 5, 5, "lost"),
        (-0.3, -0.009, 100, 100, "inconclusive"),
    ],
)
def test_a_guard_holds_is_lost_or_cannot_tell(
    low: float, high: float, questions: int, groups: int, expected: str
) -> None:
    found = {
        "questions": questions,
        "groups": groups,
        "minGroups": 10,
        "tolerance": 0.02,
        "against": "base",
        "scores": {"base": {"mean": 0.5}},
        "comparison": {"low": low, "high": high},
    }
    assert guards.verdict(found) == expected


@pytest.mark.parametrize(("first", "second", "better"), [(0, 1, "base"), (1, 0, "incumbent"), (0, 0, "incumbent")])
def test_losses_do_not_add_up_since_the_better_of_base_and_model_in_service_is_the_bar(
    first: int, second: int, better: str
) -> None:
    """The right passage at this place of base and of the model in service."""
    ids = [f"q{row}" for row in range(40)]
    passages = [Passage(f"p{row}", "", f"text {row}") for row in range(DEPTH)]
    test = TestSet(ids, ids, ids, Relevance([{0: 1.0} for _ in ids]), passages, ["people"] * 40)
    at = {0: [0, *range(1, DEPTH)], 1: [1, 0, *range(2, DEPTH)]}
    rows = {name: np.array([at[place]] * 40) for name, place in (("base", first), ("incumbent", second))}

    found = guards.summarise(guards.Guard("g", 0.02, 10, test, 0), rows | {"candidate": rows["base"]}, "mrr@10", 0.95)

    assert found["against"] == better
    assert found["scores"][better]["mean"] == max(found["scores"][name]["mean"] for name in rows)


def test_without_a_model_in_service_the_guard_compares_with_the_base(tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "input")
    write_guard(inputs, questions=3)
    (found,) = evaluate(inputs, tmp_path / "output")["summary"]["guards"]
    assert found["against"] == "base" and set(found["scores"]) == {"base", "candidate"}
    assert (found["inTraining"], guards.verdict(found)) != (0, "held")


def test_a_guard_with_faults_is_refused_with_its_name_file_and_line(tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "input")
    folder = write_guard(inputs)
    with (folder / "qrels.tsv").open("a") as qrels:
        qrels.write("g0\tnowhere\t1\nnobody\tdoc1\t1\n")
    with pytest.raises(
        UserError, match=r"Guard general[^$]*qrels.tsv:37: its corpus-id[^$]*qrels.tsv:38: its query-id"
    ):
        evaluate(inputs, tmp_path / "output")
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\ng0\tdoc0\t0\n")
    with pytest.raises(UserError, match="Guard general: no question has a relevant passage"):
        evaluate(inputs, tmp_path / "output")
    (folder / "qrels.tsv").unlink()
    with pytest.raises(UserError, match="guards/general holds no qrels file"):
        evaluate(inputs, tmp_path / "output")

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shapes import hold
from tiny_package import MAX_SEQ_LENGTH, WORDS, pack, write_package

from attune_jobs.errors import UserError
from attune_jobs.evaluation import bm25, systems
from attune_jobs.evaluation.held_out import TestSet
from attune_jobs.evaluation.main import main
from attune_jobs.evaluation.metrics import DEPTH, METRICS, Relevance, score
from attune_jobs.serving.endpoint.loading import load_model
from attune_jobs.serving.endpoint.model import Encoded
from attune_jobs.serving.package import RULE, check_package, unpack
from attune_jobs.texts import Passage
from attune_jobs.training.layout import check_files
from attune_jobs.training.onnx_export import write_int8

MEDQUAD = Path(__file__).parents[3] / "shared" / "data" / "medquad-mini" / "pairs.jsonl.gz"
PASSAGES = 150
QUESTIONS = 40


def write_inputs(root: Path, *, incumbent: bool = False) -> Path:
    random = np.random.default_rng(0)
    plain = [word for word in WORDS if word not in "what where how a the of in".split()]
    texts = [" ".join(random.choice(plain, random.integers(3, 25))) for _ in range(PASSAGES)]
    for folder in ("test", "corpus", "candidate", "spec"):
        (root / folder).mkdir(parents=True)
    lines = [{"_id": f"p{row:03}", "title": "", "text": text} for row, text in reversed(list(enumerate(texts)))]
    (root / "corpus" / "corpus.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    queries, qrels = [], ["query-id\tcorpus-id\tscore"]
    for row in range(QUESTIONS):
        words = texts[row].split()
        queries.append({"_id": f"q{row}", "text": " ".join(words[: len(words) // 2 + 1]), "group": f"g{row // 2}"})
        qrels.append(f"q{row}\tp{row:03}\t1")
    (root / "test" / "queries.jsonl").write_text("".join(json.dumps(line) + "\n" for line in queries))
    (root / "test" / "qrels.tsv").write_text("\n".join(qrels) + "\n")
    pack(write_package(root.parent / "candidate", seed=1), root / "candidate" / "model.tar.gz")
    if incumbent:
        pack(write_package(root.parent / "incumbent", seed=2), root / "incumbent" / "model.tar.gz")
    write_package(root / "base", seed=3)
    spec = {"name": "tiny", "base": "s3://bucket/base/", "train": {"maxSeqLength": MAX_SEQ_LENGTH}}
    spec["gate"] = {"metric": "ndcg@10", "confidence": 0.9, "minGroups": 10, "guards": []}
    (root / "spec" / "spec.json").write_text(json.dumps(spec))
    return root


def evaluate(inputs: Path, output: Path) -> dict[str, Any]:
    main(argparse.Namespace(spec=inputs / "spec" / "spec.json", input=inputs, output=output))
    report: dict[str, Any] = json.loads((output / "evaluation" / "report.json").read_text())
    hold("evaluation-report", report)
    hold("probes", json.loads((output / "evaluation" / "probes.json").read_text()))
    return report


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path, Path]:
    root = tmp_path_factory.mktemp("evaluate")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ATTUNE_NOTICE_02", "then another type")
        patched.setenv("ATTUNE_NOTICE_01", "no capacity <here>")
        report = evaluate(write_inputs(root / "input", incumbent=True), root / "output")
    return report, root / "input", root / "output" / "evaluation"


def test_the_summary_is_what_the_gate_reads(evaluated: tuple[dict[str, Any], Path, Path]) -> None:
    summary = evaluated[0]["summary"]
    assert set(summary) == {
        "questions",
        "groups",
        "origins",
        "passages",
        "metrics",
        "comparisons",
        "guards",
        "warnings",
    }
    assert (summary["questions"], summary["passages"]) == (QUESTIONS, PASSAGES)
    assert set(summary["metrics"]) == {"bm25", "base", "incumbent", "candidate"}
    for metrics in summary["metrics"].values():
        assert set(metrics) == set(METRICS)
        assert all(0 <= value["low"] <= value["mean"] <= value["high"] <= 1 for value in metrics.values())
    assert set(summary["comparisons"]) == {"candidate-base", "candidate-bm25", "candidate-incumbent"}
    for key, found in summary["comparisons"].items():
        other = summary["metrics"][key.split("-")[1]]["ndcg@10"]["mean"]
        assert found["difference"] == pytest.approx(
            summary["metrics"]["candidate"]["ndcg@10"]["mean"] - other, abs=2e-6
        )
        assert found["low"] <= found["difference"] <= found["high"]
        assert found["wins"] + found["ties"] + found["losses"] == QUESTIONS
        assert (found["metric"], found["confidence"]) == ("ndcg@10", 0.9)


def test_what_happened_on_the_way_is_in_the_report_and_on_the_page(
    evaluated: tuple[dict[str, Any], Path, Path],
) -> None:
    assert evaluated[0]["notices"] == ["no capacity <here>", "then another type"]
    page = (evaluated[2] / "report.html").read_text(encoding="utf-8")
    assert "<li>no capacity &lt;here&gt;</li><li>then another type</li>" in page


def test_the_page_holds_every_question_with_what_each_system_found(
    evaluated: tuple[dict[str, Any], Path, Path],
) -> None:
    page = (evaluated[2] / "report.html").read_text(encoding="utf-8")
    data = json.loads(page.split('id="question-data">')[1].split("</script>")[0])
    assert len(data["questions"]) == QUESTIONS and data["leftOut"] == 0
    first = data["questions"][0]
    assert set(first["tops"]) == {"bm25", "base", "incumbent", "candidate"}
    assert all(len(top) <= 10 for top in first["tops"].values()) and first["words"]


def test_bm25_winning_is_said_first_and_few_questions_are_said(evaluated: tuple[dict[str, Any], Path, Path]) -> None:
    warnings = evaluated[0]["summary"]["warnings"]
    assert warnings[0].startswith("BM25 wins: ndcg@10")
    assert any(
        f"{QUESTIONS} test questions of {QUESTIONS // 2} groups: a gain below" in warning for warning in warnings
    )


def test_every_trained_size_is_scored_and_the_full_one_is_the_summary(
    evaluated: tuple[dict[str, Any], Path, Path],
) -> None:
    report = evaluated[0]
    for name in ("base", "incumbent", "candidate"):
        assert list(report["byDimension"][name]) == ["32", "16"]
        assert report["byDimension"][name]["32"] == report["summary"]["metrics"][name]
    assert report["byDimension"]["candidate"]["16"] != report["byDimension"]["candidate"]["32"]


def test_won_and_lost_questions_show_the_ranks_behind_them(evaluated: tuple[dict[str, Any], Path, Path]) -> None:
    report = evaluated[0]
    assert report["won"] and report["lost"] and len(report["won"]) <= 20
    for entry in report["won"]:
        assert entry["candidateRank"] is not None
        assert entry["baseRank"] is None or entry["candidateRank"] < entry["baseRank"]
        assert entry["passage"]["id"] == f"p{int(entry['queryId'][1:]):03}"
        assert (entry["candidateTop"]["id"] == entry["passage"]["id"]) == (entry["candidateRank"] == 1)
    changes = report["rankChanges"]
    assert changes["better"] + changes["same"] + changes["worse"] == np.sum(changes["matrix"]) == QUESTIONS


def test_stored_vectors_are_those_of_the_passages_in_the_order_of_the_ids(
    evaluated: tuple[dict[str, Any], Path, Path],
) -> None:
    _, inputs, output = evaluated
    ids = json.loads((output / "corpus_ids.json").read_text())
    texts = {line["_id"]: line["text"] for line in map(json.loads, (inputs / "corpus" / "corpus.jsonl").open())}
    vectors = np.load(output / "corpus_candidate.npy", allow_pickle=False)
    assert vectors.dtype == np.float16 and vectors.shape == (PASSAGES, 32)
    model = load_model(inputs.parent / "candidate")
    np.testing.assert_allclose(vectors, model.encode([texts[i] for i in ids], "document").vectors, atol=1e-3)


def test_a_corpus_is_ranked_the_same_in_blocks_and_a_large_one_s_vectors_are_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, evaluated: tuple[dict[str, Any], Path, Path]
) -> None:
    monkeypatch.setattr(systems, "PASSAGES_AT_ONCE", 37)
    monkeypatch.setattr(systems, "MOST_STORED_PASSAGES", PASSAGES - 1)
    report = evaluate(evaluated[1], tmp_path)
    for part in ("metrics", "comparisons"):
        assert report["summary"][part] == evaluated[0]["summary"][part]
    assert report["byDimension"] == evaluated[0]["byDimension"]
    assert (tmp_path / "evaluation" / "questions.jsonl").read_text() == (evaluated[2] / "questions.jsonl").read_text()
    assert not list((tmp_path / "evaluation").glob("corpus_*"))


class Blank:
    """A model of 1,024 dimensions that reads nothing and gives whatever vectors."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(0)

    def encode(self, texts: list[str], *_: object) -> Encoded:
        return Encoded(self._random.random((len(texts), 1024), np.float32), tokens=len(texts), truncated=0)


def test_the_memory_of_a_search_does_not_grow_with_the_corpus() -> None:
    passages, questions = [Passage("p", "", "text")] * 200_000, [f"q{row}" for row in range(64)]
    gains = Relevance([{0: 1.0} for _ in questions])
    large = TestSet(questions, questions, questions, gains, passages, ["people"] * 64)
    assert not any(large.own)
    tracemalloc.start()
    try:
        found, _ = systems._search("blank", Blank(), large, [1024, 256])  # type: ignore[arg-type]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found[1024].max() > 190_000
    # All vectors at once would be 819 MB.
    assert peak < 300_000_000


def test_probes_come_from_the_packages_own_handler(evaluated: tuple[dict[str, Any], Path, Path]) -> None:
    _, inputs, output = evaluated
    probes = json.loads((output / "probes.json").read_text())
    assert probes["maxSeqLength"] == MAX_SEQ_LENGTH
    assert 16 <= len(probes["probes"]) <= 32
    model = load_model(inputs.parent / "candidate")
    encoded = [model.encode([probe["text"]], probe["kind"]) for probe in probes["probes"]]
    vectors = [probe["vector"] for probe in probes["probes"]]
    np.testing.assert_allclose(vectors, np.concatenate([item.vectors for item in encoded]), atol=1e-6)
    assert {probe["kind"] for probe in probes["probes"]} == {"query", "document"}
    assert any(item.truncated for item in encoded)


def test_two_runs_give_the_same_numbers(evaluated: tuple[dict[str, Any], Path, Path], tmp_path: Path) -> None:
    report, inputs, _ = evaluated
    again = evaluate(inputs, tmp_path)
    for part in ("summary", "byDimension", "won", "lost", "rankChanges"):
        assert again[part] == report[part]


def test_a_model_compared_with_itself_ties_everywhere(tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "input")
    shutil.rmtree(inputs / "base")
    shutil.copytree(tmp_path / "candidate", inputs / "base")
    found = evaluate(inputs, tmp_path / "output")["summary"]["comparisons"]["candidate-base"]
    assert (found["difference"], found["low"], found["high"], found["ties"]) == (0, 0, 0, QUESTIONS)


def test_a_missing_candidate_or_dangling_judgement_is_told(tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "input")
    with (inputs / "test" / "qrels.tsv").open("a") as qrels:
        qrels.write("q1\tnowhere\t1\n")
    with pytest.raises(UserError, match="qrels.tsv:42: passage nowhere is not in corpus.jsonl"):
        evaluate(inputs, tmp_path / "output")
    shutil.rmtree(inputs / "candidate")
    (inputs / "test" / "qrels.tsv").write_text("h\n" + "".join(f"q{row}\tp{row:03}\t1\n" for row in range(QUESTIONS)))
    with pytest.raises(UserError, match="candidate/model.tar.gz is missing"):
        evaluate(inputs, tmp_path / "output")


def test_packages_with_pickles_links_or_missing_files_are_refused(tmp_path: Path) -> None:
    package = write_package(tmp_path / "model")
    check_package(package)
    (package / "training_args.bin").write_bytes(b"\x80\x04.")
    (package / "code" / "inference.py").unlink()
    with pytest.raises(UserError, match=r"training_args.bin may be a pickle.*code/inference.py is missing"):
        check_package(package)
    (package / "weights").symlink_to("/etc/hostname")
    with pytest.raises(UserError, match="weights is neither a file nor a folder"):
        unpack(pack(package, tmp_path / "model.tar.gz"), tmp_path / "unpacked")


@pytest.mark.parametrize("suffix", RULE["pickles"])
def test_no_stage_lets_a_pickle_of_any_kind_into_a_package(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"weights{suffix}").write_bytes(b"")
    with pytest.raises(UserError, match=f"weights{suffix} may be a pickle"):
        check_package(tmp_path)
    with pytest.raises(RuntimeError, match=f"the model folder holds weights{suffix}"):
        check_files(tmp_path)


@pytest.mark.parametrize("name", RULE["required"])
def test_a_package_without_one_of_its_files_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=f"{name} is missing"):
        check_package(tmp_path)


def test_bm25_reproduces_the_published_numbers_of_medquad_mini() -> None:
    if not MEDQUAD.is_file():
        pytest.skip("the data set medquad-mini is not beside the project")
    with gzip.open(MEDQUAD, "rt", encoding="utf-8") as file:
        rows = list(map(json.loads, file))
    answers = {answer: row for row, answer in enumerate(dict.fromkeys(row["answer"] for row in rows))}
    relevant: dict[str, dict[int, float]] = {}
    for row in rows:
        if row["split"] == "test":
            relevant.setdefault(row["question"], {})[answers[row["answer"]]] = 1.0
    ranked = bm25.rank(list(relevant), list(answers), DEPTH)
    assert len(relevant) == 383
    assert score(ranked.rows, Relevance(list(relevant.values())))["ndcg@10"].mean() == pytest.approx(0.478, abs=0.005)


def test_the_scores_and_probes_are_those_of_the_engine_that_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = write_inputs(tmp_path / "input")
    assert write_int8(tmp_path / "candidate") is None
    pack(tmp_path / "candidate", inputs / "candidate" / "model.tar.gz")
    monkeypatch.setenv("ATTUNE_SERVES", "int8")
    report = evaluate(inputs, tmp_path / "output")
    served = report["summary"]["served"]
    assert served["engine"] == "int8"
    assert report["summary"]["metrics"]["candidate"]["ndcg@10"]["mean"] == served["int8"]
    page = (tmp_path / "output" / "evaluation" / "report.html").read_text()
    assert "Tuned, as served: int8" in page and "int8 serves" in page
    probes = json.loads((tmp_path / "output" / "evaluation" / "probes.json").read_text())
    assert probes["engine"] == "int8"
    for engine, key in (("int8", "vector"), ("float32", "float32")):
        model = load_model(tmp_path / "candidate", engine=engine)
        for probe in probes["probes"]:
            expected = model.encode([probe["text"]], probe["kind"]).vectors[0]
            np.testing.assert_allclose(probe[key], expected, atol=1e-6)
    stored = np.load(tmp_path / "output" / "evaluation" / "corpus_candidate.npy")
    lines = [json.loads(line) for line in (inputs / "corpus" / "corpus.jsonl").read_text().splitlines()]
    texts = {line["_id"]: line["text"] for line in lines}
    passages = [texts[id] for id in json.loads((tmp_path / "output" / "evaluation" / "corpus_ids.json").read_text())]
    model = load_model(tmp_path / "candidate", engine="int8")
    np.testing.assert_allclose(stored, model.encode(passages, "document").vectors, atol=2e-3)

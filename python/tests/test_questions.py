"""Questions that a language model writes: which passages it is shown, and what of its answers is taken."""

from __future__ import annotations

import argparse
import csv
import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from prepare_runs import Prepared, run_prepare, tokenizer_folder, write_jsonl
from shapes import hold
from tiny_package import write_word_model

from attune_jobs.errors import UserError
from attune_jobs.evaluation.bm25 import rank
from attune_jobs.prepare.question_checks import Checks
from attune_jobs.questions.chosen import deal_kinds
from attune_jobs.questions.main import main

ASKED = {
    "model": "openai:any",
    "perPassage": 2,
    "most": 2000,
    "kinds": {"keyword": 0.3, "howTo": 0.3, "comparison": 0.1, "problem": 0.2, "long": 0.1},
    "roundTrip": 20,
    "headings": False,
    "seed": 0,
}

THINGS = ["valve", "pump", "filter", "sensor", "gasket", "rotor", "nozzle", "bearing", "piston", "clutch"]
PARTS = ["amber", "brass", "cobalt", "dusty", "elastic", "frozen", "golden", "hollow", "iron", "jagged"]


def write_documents(root: Path, count: int = 150) -> None:
    folder = root / "input" / "documents"
    folder.mkdir(parents=True)
    for number in range(count):
        thing = f"{PARTS[number % 10]} {THINGS[number // 10 % 10]} {number:03d}"
        body = f"The {thing} is cleaned with code{number} before it is put back into its housing by hand."
        (folder / f"page-{number:03d}.md").write_text(f"# Page {number}\n\n## Care\n\n{body}\n", encoding="utf-8")


def choose_passages(
    root: Path, base: Path | None = None, **changes: Any
) -> tuple[dict[str, Any], list[list[dict[str, Any]]]]:
    """Runs the job over `root/input`. Returns: its counts and the shards' lines."""
    spec = {
        "data": {"documents": "s3://b/docs/", "questions": {**ASKED, **changes}, "split": SPLIT},
        "base": str(base or tokenizer_folder(root / "base-model")),
        "train": {"maxSeqLength": 128},
    }
    (root / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    output = root / "processing" / "output"
    main(argparse.Namespace(stage="questions", spec=root / "spec.json", input=root / "input", output=output))
    folder = output / "questions"
    shards = [
        [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        for file in sorted(folder.glob("[0-9]*.jsonl"))
    ]
    return json.loads((folder / "counts.json").read_text(encoding="utf-8")), shards


SPLIT = {"dev": 0.1, "test": 0.1, "seed": 0}


def test_the_passages_lie_in_shards_with_the_kinds_that_are_asked_for(tmp_path: Path) -> None:
    write_documents(tmp_path)

    counts, shards = choose_passages(tmp_path)

    hold("passage-counts", counts)
    for line in (line for shard in shards for line in shard):
        hold("passage-to-ask", line)
    assert counts | {"version": 0} == {
        "version": 0,
        "shards": len(shards),
        "passages": 150,
        "of": 150,
        "documents": 150,
        "ofDocuments": 150,
    }
    kinds = Counter(kind for shard in shards for line in shard for kind in line["kinds"])
    assert kinds == {"keyword": 90, "howTo": 90, "comparison": 30, "problem": 60, "long": 30}


def test_a_sample_takes_from_every_document_and_is_the_same_each_time(tmp_path: Path) -> None:
    folder = tmp_path / "input" / "documents"
    folder.mkdir(parents=True)
    long = "\n\n".join(
        f"## Part {n}\n\nfact{n} tells of thing{n} in words that nobody else has used." for n in range(90)
    )
    (folder / "long.md").write_text(f"# Long\n\n{long}\n", encoding="utf-8")
    for number in range(9):
        text = f"# Short {number}\n\n## One\n\nAlone here stands a passage with the number short{number} in it.\n"
        (folder / f"short-{number}.md").write_text(text, encoding="utf-8")

    counts, shards = choose_passages(tmp_path, most=20)
    again = choose_passages(tmp_path, most=20)
    other = choose_passages(tmp_path, most=20, seed=1)

    assert (counts["passages"], counts["of"], counts["documents"]) == (20, 99, 10)
    assert (counts, shards) == again
    assert shards != other[1]


def test_few_passages_and_kinds_still_add_up() -> None:
    dealt = deal_kinds({"keyword": 0.3, "howTo": 0.3, "comparison": 0.1, "problem": 0.2, "long": 0.1}, 3, 1)

    assert [len(kinds) for kinds in dealt] == [1, 1, 1]
    assert deal_kinds({"keyword": 0, "long": 0.2}, 2, 2) == [["long", "long"], ["long", "long"]]


def prepared(
    root: Path, questions_of: Any, examples: list[str] | None = None, base: Path | None = None, **changes: Any
) -> Prepared:
    """Prepare over documents and what a model "wrote": `questions_of(passage, number)` gives its questions."""
    write_documents(root)
    _, shards = choose_passages(root, base, **changes)
    number = 0
    for at, shard in enumerate(shards):
        lines = []
        for passage in shard:
            questions = [
                question if isinstance(question, dict) else {"kind": "howTo", "question": question}
                for question in questions_of(passage, number)
            ]
            line = {"id": passage["id"], "questions": questions, "inputTokens": 9, "outputTokens": 9}
            hold("written-questions", line)
            lines.append(line)
            number += 1
        write_jsonl(root / "input" / "questions" / f"{at:04d}.jsonl", lines)
    data = {"documents": "s3://b/docs/", "questions": {**ASKED, **changes}}
    if examples is not None:
        (root / "input" / "examples").mkdir()
        (root / "input" / "examples" / "real.txt").write_text("\n".join(examples), encoding="utf-8")
        data["questions"]["examples"] = "s3://b/real.txt"
    return run_prepare(root, data, base=base)


def good(passage: dict[str, Any], number: int) -> list[str]:
    code = f"code{number}"
    return [f"what has {code} to do with my {PARTS[number % 10]} device", f"cleaning by {code} failed yesterday, help"]


def test_questions_of_a_model_are_trained_and_tested_on_apart_by_document(tmp_path: Path) -> None:
    found = prepared(tmp_path, good)

    told = found.report["questions"]
    assert (told["passages"], told["written"], told["kept"]) == (150, 300, 300)
    assert (
        found.report["counts"]["train"]["pairs"]
        + sum(found.report["counts"][split]["pairs"] for split in ("dev", "test"))
        == 300
    )
    trained = {row["group"] for row in found.rows("train/pairs.jsonl")}
    tested = {row["group"] for row in found.rows("test/queries.jsonl")}
    assert tested and not tested & trained
    assert {row["origin"] for row in found.rows("test/queries.jsonl")} == {"model"}
    kept = found.rows("questions/kept.jsonl")
    assert len(kept) == 300
    for line in kept:
        hold("kept-question", line)
    assert not any("Care" in row["query"] for row in found.rows("train/pairs.jsonl"))


def test_headings_are_questions_too_where_that_is_asked_for(tmp_path: Path) -> None:
    found = prepared(tmp_path, good, headings=True)

    assert any("Care" in row["query"] for row in found.rows("train/pairs.jsonl"))


@pytest.mark.parametrize(
    ("reason", "question"),
    [
        ("namesThePassage", "what does the passage say about code7"),
        ("namesThePassage", "Was steht in diesem Abschnitt über code7"),
        ("namesThePassage", "que dit ce texte sur code7"),
        ("namesThePassage", "¿qué dice el texto sobre code7"),
        ("namesThePassage", "Что сказано в тексте про code7"),
        ("namesThePassage", "この文章で code7 は何ですか"),
        ("namesThePassage", "本文提到的 code7 是什么"),
        ("tooShort", "code7"),
        ("tooShort", "??"),
        ("tooLong", "how is it that code7 " + "really " * 70),
        ("otherLanguage", "wie kann ich das mit code7 nicht machen wenn es im Gehäuse ist"),
        ("otherLanguage", "как можно не чистить это с code7"),
        ("copied", "is cleaned with code7 before it is put back into its housing by hand"),
        ("example", "what is the real question about code7 here"),
        ("unanswerable", {"kind": "howTo", "question": "does code7 hurt the skin", "answerable": False}),
        ("duplicate", "WHAT has code7 to do with my hollow device?"),
    ],
)
def test_what_nobody_would_ask_is_dropped_and_counted(tmp_path: Path, reason: str, question: Any) -> None:
    def questions_of(passage: dict[str, Any], number: int) -> list[Any]:
        return [*good(passage, number), question] if number == 7 else good(passage, number)

    found = prepared(tmp_path, questions_of, ["What is the real question about code7 here?"])

    dropped = found.report["questions"]["dropped"]
    assert {name: told["count"] for name, told in dropped.items()} == {reason: 1}
    text = question["question"] if isinstance(question, dict) else question
    assert dropped[reason]["examples"] == [text[:200]]
    assert found.report["questions"]["kept"] == 300


@pytest.fixture(scope="module")
def word_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Knows the words of all pages, and that one of them has another name."""
    pages = (
        "the is cleaned with before it put back into its housing by hand page care . what has to do my device failed"
    )
    words = [*pages.split(), *PARTS, *THINGS, *(f"{n:03d}" for n in range(150)), *(f"code{n}" for n in range(150))]
    return write_word_model(
        tmp_path_factory.mktemp("words") / "model", words, {"sevenhood": "code7", "scrubbed": "cleaned"}
    )


def test_what_words_lose_and_the_base_finds_is_kept_and_what_both_lose_is_dropped(
    tmp_path: Path, word_model: Path
) -> None:
    other_words, of_nothing = "getting sevenhood scrubbed", "football match yesterday evening"

    def questions_of(passage: dict[str, Any], number: int) -> list[str]:
        return [*good(passage, number), *([other_words, of_nothing] if number == 7 else [])]

    found = prepared(tmp_path, questions_of, base=word_model, roundTrip=5)

    told = found.report["questions"]
    assert told["dropped"] == {"notFoundAgain": {"count": 1, "examples": [of_nothing]}}
    assert told["roundTrip"] | {"first": 0} == {"searched": 302, "found": 301, "byBase": 1, "first": 0}
    assert other_words in {line["query"] for line in found.rows("questions/kept.jsonl")}
    assert found.report["setAside"][-1]["reason"].endswith("not taken: notFoundAgain")


def test_what_a_person_has_accepted_of_a_runs_sample_is_its_next_runs_test(tmp_path: Path) -> None:
    """The file as src/client/report/questionSample.ts writes it, and as a spreadsheet saves it again."""
    first = prepared(tmp_path / "first", good)
    kept = first.rows("questions/kept.jsonl")[::30]
    inputs = tmp_path / "second" / "input"
    shutil.copytree(tmp_path / "first" / "input", inputs)
    (inputs / "test").mkdir()
    with (inputs / "test" / "look.csv").open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["accepted", "query", "document", "group", "id", "kind"])
        for number, line in enumerate(kept):
            accepted, query = ("true", line["query"]) if number < 6 else ("false", line["query"])
            mended = f"{query}, please" if number == 0 else query
            rows.writerow([accepted, mended, line["document"], line["group"], line["id"], line["kind"]])

    data = {"documents": "s3://b/docs/", "questions": ASKED, "test": "s3://b/look.csv"}
    second = run_prepare(tmp_path / "second", data)

    asked = {row["text"]: row.get("origin") for row in second.rows("test/queries.jsonl")}
    assert set(asked) == {f"{kept[0]['query']}, please", *(line["query"] for line in kept[1:6])}
    assert set(asked.values()) <= {None, "people"}
    assert second.report["counts"]["test"]["origins"] == {"people": 6}
    trained = {row["query"] for row in second.rows("train/pairs.jsonl")}
    assert trained and not trained & set(asked)
    told = {entry["reason"]: entry["count"] for entry in second.report["setAside"]}
    assert told["rows of data.test are not accepted and ask nothing"] == len(kept) - 6


def test_without_a_round_trip_nothing_is_searched(tmp_path: Path) -> None:
    found = prepared(
        tmp_path, lambda passage, number: [*good(passage, number), f"football match {number} evening"], roundTrip=0
    )

    assert found.report["questions"]["kept"] == 450
    assert found.report["questions"]["roundTrip"]["searched"] == 0


def test_a_question_that_was_written_for_several_documents_asks_for_none(tmp_path: Path) -> None:
    found = prepared(tmp_path, lambda passage, number: [*good(passage, number), "how do I clean it by hand"])

    assert found.report["questions"]["dropped"]["ambiguous"]["count"] == 150
    assert found.report["questions"]["kept"] == 300


def test_passages_without_an_answer_are_counted(tmp_path: Path) -> None:
    write_documents(tmp_path)
    _, shards = choose_passages(tmp_path)
    lines = [
        {"id": passage["id"], "questions": [], "fault": "malformed", "inputTokens": 1, "outputTokens": 1}
        if number == 3
        else {
            "id": passage["id"],
            "questions": [{"kind": "howTo", "question": text} for text in good(passage, number)],
            "inputTokens": 1,
            "outputTokens": 1,
        }
        for number, passage in enumerate(line for shard in shards for line in shard)
    ]
    write_jsonl(tmp_path / "input" / "questions" / "0000.jsonl", lines)

    found = run_prepare(tmp_path, {"documents": "s3://b/docs/", "questions": ASKED})

    assert found.report["questions"]["dropped"]["model:malformed"]["count"] == 1


def test_questions_of_other_documents_are_refused(tmp_path: Path) -> None:
    write_documents(tmp_path)
    line = {"id": "gone.md#1", "questions": [{"kind": "long", "question": "is it gone"}]}
    write_jsonl(tmp_path / "input" / "questions" / "0000.jsonl", [line])

    with pytest.raises(UserError, match="no passage of these documents"):
        run_prepare(tmp_path, {"documents": "s3://b/docs/", "questions": ASKED})


def test_a_run_whose_questions_are_all_unfit_says_why(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none is left \(namesThePassage: 150\)"):
        prepared(tmp_path, lambda passage, number: [f"what does this text say of code{number}"])


@pytest.mark.parametrize(
    ("passage", "question"),
    [
        ("轴承温度超过八十度时应立即停机并检查润滑油。", "轴承温度过高怎么办"),
        ("เมื่ออุณหภูมิของแบริ่งเกินแปดสิบองศาให้หยุดเครื่องทันที", "แบริ่งร้อนเกินไปต้องทำอย่างไร"),
        ("軸受の温度が八十度を超えたら、直ちに機械を停止してください。", "軸受の温度が高いときはどうする"),
    ],
    ids=["zh", "th", "ja"],
)
def test_scripts_without_blanks_are_searched_and_compared_like_others(passage: str, question: str) -> None:
    checks = Checks(None, [], 0.8)
    page = {"title": "", "text": passage * 3}

    assert checks.fault(question, "howTo", page) is None
    assert checks.fault((passage * 2)[:100], "howTo", page) == "copied"
    rows = rank([question], ["Nothing of all this.", passage], 1).rows
    assert rows[0][0] == 1

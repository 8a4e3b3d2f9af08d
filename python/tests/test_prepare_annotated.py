"""A BEIR folder as annotation leaves it: what has no relevant passage is counted, the rest is as it was judged."""

from __future__ import annotations

import json
from pathlib import Path

from prepare_runs import prepare_beir

NEVER_JUDGED, NOTHING_RELEVANT, ONLY_BLANK = 60, 12, 3
JUDGED = 240


def test_questions_without_a_positive_are_counted_and_the_others_keep_their_grades(tmp_path: Path) -> None:
    corpus = [{"_id": f"d{n}", "title": "", "text": f"About valve {n} and how it is kept."} for n in range(JUDGED)]
    corpus += [{"_id": f"blank{n}", "title": " ", "text": "\u200b"} for n in range(2)]
    grades = {f"q{n}": (f"d{n}", 1 + n % 3) for n in range(JUDGED)}
    # One word is a question too: of a search box.
    queries = [{"_id": f"q{n}", "text": f"valve{n}" if n % 20 == 0 else f"who keeps valve {n}"} for n in range(JUDGED)]
    queries.append({"_id": "again", "text": "WHO KEEPS VALVE 1"})
    queries += [{"_id": f"never{n}", "text": f"who paints pipe {n}"} for n in range(NEVER_JUDGED)]
    queries += [{"_id": f"nothing{n}", "text": f"who sells pump {n}"} for n in range(NOTHING_RELEVANT)]
    queries += [{"_id": f"blank{n}", "text": f"who minds the gap {n}"} for n in range(ONLY_BLANK)]
    qrels = [(query, passage, grade) for query, (passage, grade) in grades.items()]
    qrels += [(f"nothing{n}", f"d{n}", 0 if n % 2 else -1) for n in range(NOTHING_RELEVANT)]
    qrels += [(f"blank{n}", f"blank{n % 2}", 1) for n in range(ONLY_BLANK)]
    qrels += [("again", "d1", 2), *(("q2", f"d{n}", 1) for n in range(50, 90))]

    prepared = prepare_beir(tmp_path, corpus, queries, {"train": qrels})
    report, folder = prepared.report, prepared.folder

    told = {entry["reason"]: (entry["count"], entry["examples"]) for entry in report["setAside"]}
    assert told.pop("questions have no relevant passage and are neither trained nor tested") == (
        NEVER_JUDGED + NOTHING_RELEVANT + ONLY_BLANK,
        [f"who paints pipe {n}" for n in range(5)],
    )
    assert told.pop("rows are blank or unreadable after cleaning")[0] == 2
    assert told.pop("questions repeat another but for case or white space and became one with it")[0] == 1
    assert told.pop("rows repeat another: the same question and passage")[0] == 1
    assert told == {}
    held_out = [line.split("\t") for split in ("dev", "test") for line in rows_of(folder / split / "qrels.tsv")]
    assert len(held_out) >= 20
    assert {query: (passage, int(grade)) for query, passage, grade in held_out}.items() <= grades.items()
    trained = [json.loads(line) for line in (folder / "train" / "pairs.jsonl").read_text("utf-8").splitlines()]
    asked = {row["query_id"] for row in trained} | {query for query, _, _ in held_out}
    assert asked == set(grades)
    assert sum(row["query_id"] == "q2" for row in trained) == 41


def rows_of(file: Path) -> list[str]:
    """Without the header."""
    return file.read_text("utf-8").splitlines()[1:]

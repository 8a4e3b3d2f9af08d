"""How most guides to sentence-transformers score a model, as a plain script of that library:

python plain_evaluation.py --base FOLDER --model FOLDER --data FOLDER --max-seq-length 64
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--max-seq-length", type=int, required=True)
    asked = parser.parse_args()

    corpus = {row["_id"]: f"{row['title']}\n{row['text']}".strip() for row in rows(asked.data / "corpus/corpus.jsonl")}
    questions = {row["_id"]: row["text"] for row in rows(asked.data / "test/queries.jsonl")}
    relevant: dict[str, set[str]] = defaultdict(set)
    for line in (asked.data / "test/qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        question, passage, score = line.split("\t")
        if int(score) > 0:
            relevant[question].add(passage)
    evaluator = InformationRetrievalEvaluator(questions, corpus, dict(relevant), batch_size=64)
    for folder in (asked.base, asked.model):
        model = SentenceTransformer(str(folder))
        model.max_seq_length = asked.max_seq_length
        print(folder.name, json.dumps(evaluator(model)), flush=True)


def rows(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()

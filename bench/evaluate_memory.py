"""Peak memory and time of evaluate on a synthetic corpus.

    python bench/evaluate_memory.py [--passages 1000000] [--dimensions 1024] [--keep DIR]

Runs the job as it runs on an instance, with a base, a model in service and a candidate of static embeddings: what they
leave out is the time of a transformer, not the memory of its vectors. Prints a table on stderr and one JSON object on
stdout; ends with 0 only where the job stayed within 8 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "python")]

MOST_BYTES = 8_000_000_000
WORDS_A_PASSAGE, WORDS_A_QUESTION, QUESTIONS, VOCABULARY = 90, 8, 1000, 50_000


def words() -> list[str]:
    generator = random.Random(0)
    letters = "abcdefghijklmnopqrstuvwxyz"
    return ["".join(generator.choices(letters, k=generator.randint(3, 10))) for _ in range(VOCABULARY)]


def write_data(folder: Path, passages: int) -> None:
    """A corpus of about 650 bytes a passage, and questions of words of one passage each."""
    for name in ("corpus", "test"):
        (folder / name).mkdir(parents=True)
    generator, vocabulary = random.Random(1), words()
    asked = set(generator.sample(range(passages), min(QUESTIONS, passages)))
    with (
        (folder / "corpus" / "corpus.jsonl").open("w", encoding="utf-8") as corpus,
        (folder / "test" / "queries.jsonl").open("w", encoding="utf-8") as queries,
        (folder / "test" / "qrels.tsv").open("w", encoding="utf-8") as qrels,
    ):
        qrels.write("query-id\tcorpus-id\tscore\n")
        for row in range(passages):
            text = generator.choices(vocabulary, k=WORDS_A_PASSAGE)
            corpus.write(json.dumps({"_id": f"passage-{row}", "title": f"Title {row}", "text": " ".join(text)}) + "\n")
            if row in asked:
                question = " ".join(generator.sample(text, WORDS_A_QUESTION))
                queries.write(json.dumps({"_id": f"q{row}", "text": question, "group": f"g{row % 500}"}) + "\n")
                qrels.write(f"q{row}\tpassage-{row}\t1\n")


def write_model(folder: Path, dimensions: int, seed: int) -> Path:
    """A static embedding as a package of a training job."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    from attune_jobs.serving.package import write_handler

    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(dict.fromkeys(words()))}, words()[0]))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    torch.manual_seed(seed)
    static = StaticEmbedding(tokenizer, embedding_dim=dimensions)
    SentenceTransformer(modules=[static], device="cpu").save_pretrained(str(folder), create_model_card=False)
    manifest = {"base": "static", "dimensions": [dimensions, dimensions // 2], "maxSeqLength": None}
    (folder / "attune.json").write_text(json.dumps({**manifest, "prompts": {}, "dataHash": "sha256:0"}))
    (folder / "code").mkdir()
    write_handler(folder / "code")
    return folder


def pack(folder: Path, archive: Path) -> None:
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, path.name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=1_000_000)
    parser.add_argument("--dimensions", type=int, default=1024)
    parser.add_argument("--keep", type=Path, help="folder for corpus and report, instead of one that is deleted")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        inputs = folder / "input"
        write_data(inputs, asked.passages)
        for seed, name in enumerate(("candidate", "incumbent")):
            pack(write_model(folder / name, asked.dimensions, seed), inputs / name / "model.tar.gz")
        base = write_model(folder / "base", asked.dimensions, 2)
        gate = {"metric": "ndcg@10", "confidence": 0.95, "minGroups": 10, "guards": []}
        spec = {"name": "memory", "base": str(base), "train": {"maxSeqLength": 128}, "gate": gate}
        (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
        arguments = ["evaluate", "--spec", folder / "spec.json", "--input", inputs, "--output", folder / "output"]
        began, spent = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, str(ROOT / "python" / "job.py"), *map(str, arguments)],
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
            check=True,
            stdout=sys.stderr,
        )
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        figures = {
            "passages": asked.passages,
            "dimensions": asked.dimensions,
            "corpusMegabytes": round((inputs / "corpus" / "corpus.jsonl").stat().st_size / 1e6),
            "peakMegabytes": round(now.ru_maxrss * 1024 / 1e6),
            "seconds": round(time.monotonic() - began),
            "cpuSeconds": round(now.ru_utime + now.ru_stime - spent.ru_utime - spent.ru_stime),
        }
    for name, value in figures.items():
        print(f"{name:>16}  {value:,}", file=sys.stderr)
    print(json.dumps(figures))
    return 0 if figures["peakMegabytes"] * 1e6 <= MOST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())

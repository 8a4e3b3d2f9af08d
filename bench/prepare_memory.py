"""Peak memory and time of prepare on synthetic pairs.

    python bench/prepare_memory.py [--gigabytes 0.1] [--keep DIR]

Prints a table on stderr and one JSON object on stdout. The promise: 1 GB of pairs in under 1 GB of memory.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

JOB = Path(__file__).resolve().parents[1] / "python" / "job.py"
WORDS_A_DOCUMENT = 90
DUPLICATES = 0.03
"""Share of rows that repeat an earlier passage, half of them with one word changed."""


def write_pairs(path: Path, size: int) -> int:
    """About `size` bytes of pairs with about 800 bytes each. Returns: the rows."""
    generator = random.Random(0)
    vocabulary = [
        "".join(generator.choices("abcdefghijklmnopqrstuvwxyz", k=generator.randint(3, 10))) for _ in range(50_000)
    ]
    recent = [""] * 1000
    rows = written = 0
    with path.open("w", encoding="utf-8") as file:
        while written < size:
            document = " ".join(generator.choices(vocabulary, k=WORDS_A_DOCUMENT))
            if rows > 1000 and generator.random() < DUPLICATES:
                document = recent[rows % 1000] + (" amended" if rows % 2 else "")
            recent[generator.randrange(1000)] = document
            query = " ".join(generator.choices(vocabulary, k=8))
            line = json.dumps({"query": query, "document": document, "group": f"file {rows // 4}"}) + "\n"
            written += file.write(line)
            rows += 1
    return rows


def tokenizer(folder: Path) -> None:
    """A small WordPiece tokenizer; the bench needs no model."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    vocabulary = {"[UNK]": 0}
    for token in [*letters, *(f"##{letter}" for letter in letters)]:
        vocabulary[token] = len(vocabulary)
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    folder.mkdir(parents=True)
    made.save(str(folder / "tokenizer.json"))


def measure(gigabytes: float, root: Path) -> dict[str, float | int]:
    pairs = root / "input" / "pairs"
    pairs.mkdir(parents=True)
    rows = write_pairs(pairs / "pairs.jsonl", int(gigabytes * 1e9))
    tokenizer(root / "base")
    split = {"dev": 0.1, "test": 0.1, "seed": 0}
    data = {"pairs": "s3://bucket/pairs.jsonl", "split": split}
    spec = {"data": data, "base": str(root / "base"), "train": {"maxSeqLength": 128}}
    (root / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    command = [sys.executable, str(JOB), "prepare", "--spec", str(root / "spec.json")]
    command += ["--input", str(root / "input"), "--output", str(root / "processing" / "output")]
    started = time.monotonic()
    subprocess.run(command, check=True, stdout=sys.stderr)
    seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return {
        "gigabytes": round((pairs / "pairs.jsonl").stat().st_size / 1e9, 3),
        "rows": rows,
        "seconds": round(seconds, 1),
        "megabytesASecond": round(gigabytes * 1e3 / seconds, 2),
        "peakMegabytes": round(peak / 1e6),
        "cpus": os.cpu_count() or 1,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=0.1, help="size of the pairs file (default 0.1)")
    parser.add_argument("--keep", type=Path, help="an empty folder for the files; default: a temporary one")
    arguments = parser.parse_args()
    if arguments.keep:
        found = measure(arguments.gigabytes, arguments.keep)
    else:
        with tempfile.TemporaryDirectory() as folder:
            found = measure(arguments.gigabytes, Path(folder))
    for name, value in found.items():
        print(f"{name:>18}  {value}", file=sys.stderr)
    print(json.dumps(found))


if __name__ == "__main__":
    main()

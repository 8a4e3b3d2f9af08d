"""Ways to serve one model, measured on the same texts in one run: in a process, and behind the local server.

    python bench/serving.py --package FOLDER --round SECONDS      prints one JSON object

`--package` is a model with its int8 file and code/, as training leaves it. Each way runs in a process of its own, with
all of the machine's processors; the ways take turns round by round, so that a busy neighbour slows all of them alike.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "test" / "mms")]

WAYS = ("sample", "sentence-transformers", "float32", "int8")
CALLERS = (1, 8, 32)
PER_REQUEST = 32
"""Passages of one HTTP request."""
ROUNDS = 3

SAMPLE = '''
"""The handler of AWS's sample for fine-tuned embedding models: each text by itself, mean pooling, AutoModel."""
import json
import torch
from transformers import AutoModel, AutoTokenizer

def model_fn(model_dir):
    return AutoModel.from_pretrained(model_dir).eval(), AutoTokenizer.from_pretrained(model_dir)

def input_fn(data, content_type):
    return json.loads(data)["inputs"]

def predict_fn(texts, model):
    network, tokenizer = model
    vectors = []
    for text in [texts] if isinstance(texts, str) else texts:
        encoded = tokenizer(text, padding=True, truncation=True, max_length=256, return_tensors="pt")
        with torch.no_grad():
            hidden = network(**encoded)[0]
        mask = encoded["attention_mask"].unsqueeze(-1).float()
        pooled = (hidden * mask).sum(1) / mask.sum(1)
        vectors.append(torch.nn.functional.normalize(pooled, dim=1)[0].tolist())
    return vectors

def output_fn(vectors, accept):
    return json.dumps(vectors)
'''

PLAIN = '''
"""sentence-transformers as its documentation calls it."""
import json
from sentence_transformers import SentenceTransformer

def model_fn(model_dir):
    return SentenceTransformer(model_dir, device="cpu")

def input_fn(data, content_type):
    inputs = json.loads(data)["inputs"]
    return [inputs] if isinstance(inputs, str) else inputs

def predict_fn(texts, model):
    return model.encode(texts, show_progress_bar=False, normalize_embeddings=True)

def output_fn(vectors, accept):
    return json.dumps(vectors.tolist())
'''


def texts(passages: int) -> tuple[list[str], list[str]]:
    """So many passages of mixed length, and questions: the words of AWS's service model, which comes with boto3."""
    import gzip
    import re

    import botocore

    files = sorted(Path(botocore.__file__).parent.glob("data/sagemaker/*/service-2.json*"))
    opened = gzip.open(files[-1], "rt") if files[-1].suffix == ".gz" else open(files[-1])
    with opened as file:
        model = json.load(file)
    found = [re.sub(r"<[^>]+>|\s+", " ", shape.get("documentation", "")).strip() for shape in model["shapes"].values()]
    members = [
        re.sub(r"<[^>]+>|\s+", " ", member.get("documentation", "")).strip()
        for shape in model["shapes"].values()
        for member in shape.get("members", {}).values()
    ]
    long = sorted({text for text in [*found, *members] if len(text) > 500})
    middling = sorted({text for text in members if 150 < len(text) <= 500})
    short = sorted({text for text in members if 30 < len(text) < 80})
    random = np.random.default_rng(0)
    chosen = [
        *random.choice(short, passages * 2 // 5, replace=False),
        *random.choice(middling, passages * 2 // 5, replace=False),
        *random.choice(long, passages - 2 * (passages * 2 // 5), replace=False),
    ]
    return [str(text) for text in random.permutation(chosen)], [str(text) for text in short[:200]]


Made = dict[str, tuple[Path, dict[str, str]]]
"""Each way's package and variables."""

Rows = dict[str, dict[str, float]]


def prepare(package: Path, folder: Path) -> Made:
    made = {}
    for way in WAYS:
        copy = folder / way
        shutil.copytree(package, copy)
        if way in ("sample", "sentence-transformers"):
            (copy / "code" / "inference.py").write_text(SAMPLE if way == "sample" else PLAIN, encoding="utf-8")
        made[way] = copy, {"ATTUNE_ENGINE": "int8"} if way == "int8" else {}
    return made


def worker(package: Path) -> None:
    """Serves in its own process: a line of JSON with `texts` (a list, or lists of them to time) in, seconds out."""
    sys.path.insert(0, str(package / "code"))
    started = time.perf_counter()
    import inference  # type: ignore[import-not-found]

    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what handlers print
    model = inference.model_fn(str(package))

    def ask(inputs: Any) -> float:
        since = time.perf_counter()
        read = inference.input_fn(json.dumps({"inputs": inputs}), "application/json")
        inference.output_fn(inference.predict_fn(read, model), "application/json")
        return time.perf_counter() - since

    ask("warm")
    print(json.dumps(time.perf_counter() - started), file=out, flush=True)
    for line in sys.stdin:
        before = time.process_time()
        seconds = [ask(inputs) for inputs in json.loads(line)]
        spent = time.process_time() - before
        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({"seconds": seconds, "cpuSeconds": spent, "mib": kilobytes / 1024}), file=out, flush=True)


def in_process(made: Made, passages: list[str], questions: list[str]) -> Rows:
    found: Rows = {}
    running = {}
    for way, (package, variables) in made.items():
        command = [sys.executable, __file__, "--worker", str(package)]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **variables}, text=True
        )
        found[way] = {"startSeconds": answered(process)}
        running[way] = process
        say(f"{way}: started in {found[way]['startSeconds']:.1f} s")
    batches = [passages[start : start + PER_REQUEST] for start in range(0, len(passages), PER_REQUEST)]
    bulk: dict[str, list[float]] = {way: [] for way in made}
    cpu: dict[str, list[float]] = {way: [] for way in made}
    single: dict[str, list[float]] = {way: [] for way in made}
    for number in range(1, ROUNDS + 1):
        for way, process in running.items():
            answer = timed(process, batches)
            bulk[way].append(sum(answer["seconds"]))
            cpu[way].append(answer["cpuSeconds"])
            single[way] += timed(process, questions[:40])["seconds"]
            found[way]["mib"] = answer["mib"]
            say(f"{way}: round {number} of {ROUNDS} in process, {len(passages) / bulk[way][-1]:.1f} texts/s")
    for way, process in running.items():
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)
        found[way] |= {
            "textsPerSecond": len(passages) / min(bulk[way]),
            "textsPerCpuSecond": len(passages) / min(cpu[way]),
            **percentiles(single[way]),
        }
    return found


def timed(process: subprocess.Popen[str], requests: list[Any]) -> Any:
    assert process.stdin is not None
    process.stdin.write(json.dumps(requests) + "\n")
    process.stdin.flush()
    return answered(process)


def answered(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SystemExit(f"{' '.join(map(str, process.args))} ended with {process.wait()}; why stands above")  # type: ignore[arg-type]
    return json.loads(line)


def say(line: str) -> None:
    """A run takes minutes, and many on a busy machine: it tells that it goes on."""
    print(line, file=sys.stderr, flush=True)


def percentiles(seconds: list[float]) -> dict[str, float]:
    return {"p50Ms": float(np.percentile(seconds, 50) * 1000), "p99Ms": float(np.percentile(seconds, 99) * 1000)}


def over_http(made: Made, passages: list[str], questions: list[str], scratch: Path, each: float) -> Rows:
    from servers import local

    found: Rows = {}
    cores = len(os.sched_getaffinity(0))
    threads = {"SAGEMAKER_MODEL_SERVER_WORKERS": str(cores), "OMP_NUM_THREADS": "1"}
    for way, (package, variables) in made.items():
        (scratch / way).mkdir(parents=True)
        started = time.perf_counter()
        with local(package, scratch / way, **threads, **variables) as server:

            def ask(inputs: Any) -> None:
                body = json.dumps({"inputs": inputs})
                answer = server.post(body, content_type="application/json", accept="application/json")
                assert answer.status == 200, answer.body[:300]

            ask("warm")
            row = {"startSeconds": time.perf_counter() - started}
            batches = [passages[start : start + PER_REQUEST] for start in range(0, len(passages), PER_REQUEST)]
            row["textsPerSecond"] = len(passages) / min(together(ask, batches, cores) for _ in range(2))
            for callers in CALLERS:
                seconds = concurrently(ask, questions, callers, each)
                row |= {f"{name}At{callers}": value for name, value in percentiles(seconds).items()}
                row[f"perSecondAt{callers}"] = len(seconds) / each
                say(f"{way}: {callers} callers over HTTP, {len(seconds) / each:.1f} queries/s")
            found[way] = row
    return found


def together(ask: Callable[[Any], None], batches: list[list[str]], callers: int) -> float:
    since = time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(ask, batches))
    return time.perf_counter() - since


def concurrently(ask: Callable[[Any], None], questions: list[str], callers: int, seconds: float) -> list[float]:
    """The durations of single queries of so many callers that ask again at once, for so many seconds."""
    ends, taken = time.perf_counter() + seconds, []
    lock = threading.Lock()

    def call(number: int) -> None:
        position = number
        while (since := time.perf_counter()) < ends:
            ask(questions[position % len(questions)])
            position += callers
            with lock:
                taken.append(time.perf_counter() - since)

    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(call, range(callers)))
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--package", type=Path)
    parser.add_argument("--round", type=float, default=5)
    parser.add_argument("--passages", type=int, default=512)
    parser.add_argument("--worker", type=Path)
    arguments = parser.parse_args()
    if arguments.worker:
        worker(arguments.worker)
        return
    asked = texts(arguments.passages)
    with tempfile.TemporaryDirectory(prefix="attune-bench-serving-") as scratch:
        made = prepare(arguments.package, Path(scratch) / "packages")
        found = {
            "processors": len(os.sched_getaffinity(0)),
            "passages": arguments.passages,
            "load": os.getloadavg()[0],
            "inProcess": in_process(made, *asked),
            "http": over_http(made, *asked, Path(scratch) / "http", arguments.round),
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()

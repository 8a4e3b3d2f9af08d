"""The bench of the training: what it measures of a process, what it gives both sides, and what it calls missed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture(autouse=True)
def bench_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH / "quality"))
    monkeypatch.syspath_prepend(str(BENCH / "training"))
    # Another bench has modules of the same names.
    for name in ("goal", "measured"):
        monkeypatch.delitem(__import__("sys").modules, name, raising=False)


def figures(step: float, whole: float, steps: int = 24) -> dict[str, Any]:
    plain = {"stepSeconds": 1.0, "seconds": 100.0, "cpuSeconds": 200.0, "mebibytes": 1000}
    train = {"plain": plain, "attune": {**plain, "stepSeconds": step, "seconds": whole}}
    evaluated = {key: value for key, value in plain.items() if key != "stepSeconds"}
    return {
        "steps": {"plain": 24, "attune": steps},
        "train": train,
        "evaluate": {"plain": evaluated, "attune": evaluated},
        "processors": 2,
        "load": [0.1, 2.0],
    }


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        (figures(1.0, 100.0), []),
        (figures(0.7, 80.0), []),
        (figures(1.2, 90.0), ["1.2 times the plain script's seconds a step"]),
        (figures(0.9, 130.0), ["1.3 times the plain script's seconds of the whole training"]),
        (figures(0.5, 50.0, steps=12), ["12 steps against 24"]),
    ],
)
def test_the_promise_is_kept_or_it_is_said_how_it_is_missed(measured: dict[str, Any], said: list[str]) -> None:
    from goal import missed, table

    found = missed(measured)
    assert len(found) == len(said)
    assert all(words in sentence for words, sentence in zip(said, found, strict=True))
    assert "attune / plain" in table(measured)


def test_a_process_is_measured_from_outside_and_the_ends_of_its_steps_from_inside(tmp_path: Path) -> None:
    from measured import run

    script = tmp_path / "script.py"
    script.write_text(
        "import sys, types, time\n"
        "module = types.ModuleType('transformers.trainer_callback')\n"
        "class CallbackHandler:\n"
        "    def on_step_end(self, *_): return 'own'\n"
        "module.CallbackHandler = CallbackHandler\n"
        "sys.modules[module.__name__] = module\n"
        "import decimal\n"
        "for _ in range(3):\n"
        "    time.sleep(0.05)\n"
        "    assert CallbackHandler().on_step_end() == 'own'\n"
        "assert sys.argv[1:] == ['--one', '1'], sys.argv\n"
        "sys.exit(0)\n",
        encoding="utf-8",
    )
    found = run(tmp_path / "out", script, "--one", 1)

    assert found.steps == 3
    assert all(0.05 <= gap < 5 for gap in found.step_seconds)
    assert found.seconds > sum(found.step_seconds) and found.mebibytes > 5
    assert set(found.figures()) == {"stepSeconds", "seconds", "cpuSeconds", "mebibytes"}

    script.write_text("raise SystemExit(3)", encoding="utf-8")
    with pytest.raises(SystemExit, match="ended with 3"):
        run(tmp_path / "out", script)


def test_both_get_the_same_pairs_and_every_passage_that_somebody_asks_for(tmp_path: Path) -> None:
    import importlib.util

    spec = importlib.util.spec_from_file_location("bench_training", BENCH / "training" / "__main__.py")
    assert spec is not None and spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    whole = tmp_path / "whole"
    for part in ("train", "dev", "test", "corpus"):
        (whole / part).mkdir(parents=True)
    pairs = [{"query": f"q{i}", "document": f"d{i % 9}"} for i in range(12)]
    (whole / "train" / "pairs.jsonl").write_text("".join(f"{json.dumps(pair)}\n" for pair in pairs), encoding="utf-8")
    passages = [{"_id": f"p{i}", "text": "x"} for i in range(2_500)]
    lines = "".join(f"{json.dumps(passage)}\n" for passage in passages)
    (whole / "corpus" / "corpus.jsonl").write_text(lines, encoding="utf-8")
    for part, passage in (("dev", "p2400"), ("test", "p2499")):
        (whole / part / "qrels.tsv").write_text(f"query-id\tcorpus-id\tscore\nq\t{passage}\t1\n", encoding="utf-8")

    data = bench.cut(whole, tmp_path / "data", 6)

    given = [json.loads(line) for line in bench.lines_of(data / "train" / "pairs.jsonl")]
    assert given == pairs[:6]
    kept = [json.loads(line)["_id"] for line in bench.lines_of(data / "corpus" / "corpus.jsonl")]
    assert len(kept) == bench.PASSAGES and {"p2400", "p2499"} <= set(kept)
    with pytest.raises(SystemExit, match="has 9 such pairs, 10 are needed"):
        bench.cut(whole, tmp_path / "more", 10)

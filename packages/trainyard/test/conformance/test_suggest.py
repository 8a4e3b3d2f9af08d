"""Suggestions of the local SageMaker's tuning jobs: within their ranges, repeatable, never twice, no mere chance."""

from __future__ import annotations

import importlib.util
import json
import math
import subprocess
import sys
from typing import Any

import pytest

from bench import PACKAGE

PROGRAM = PACKAGE / "python/suggest.py"


@pytest.fixture(scope="module")
def suggest() -> Any:
    spec = importlib.util.spec_from_file_location("suggest", PROGRAM)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.be_quiet()
    return module.suggest


def number(name: str, low: str, high: str, scaling: str = "Auto", kind: str = "continuous") -> dict[str, Any]:
    return {"name": name, "type": kind, "min": low, "max": high, "scaling": scaling}


def question(ranges: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    plain = {"strategy": "Random", "direction": "Maximize", "seed": 1, "ordinal": 0, "count": 1, "startup": 3}
    return {**plain, "trials": [], "ranges": ranges, **changes}


def test_a_question_on_stdin_is_answered_on_stdout() -> None:
    asked = json.dumps(question([number("x", "0", "1")], strategy="Bayesian", count=2))
    done = subprocess.run([sys.executable, str(PROGRAM)], input=asked, capture_output=True, text=True, check=True)
    assert [list(answer) for answer in json.loads(done.stdout)] == [["x"], ["x"]]
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("given", "middle"),
    [
        # Half of the values lie below the middle of the scale, whatever the scale is.
        (number("x", "0", "1", "Linear"), 0.5),
        (number("x", "1e-6", "1", "Logarithmic"), 1e-3),
        (number("x", "1e-5", "1e-3"), 1e-4),
        (number("x", "10", "20"), 15),
        (number("x", "0.9", "0.9999", "ReverseLogarithmic"), 1 - math.sqrt(0.1 * 0.0001)),
        (number("x", "1", "1000000", "Logarithmic", kind="integer"), 1000),
    ],
)
def test_values_spread_over_their_range_by_its_scale(suggest: Any, given: dict[str, Any], middle: float) -> None:
    values = [float(answer["x"]) for answer in suggest(question([given], count=200))]
    assert all(float(given["min"]) <= value <= float(given["max"]) for value in values)
    assert 70 <= sum(value < middle for value in values) <= 130


def test_the_same_seed_gives_the_same_however_many_are_asked_for_at_once(suggest: Any) -> None:
    ranges = [number("x", "0", "1"), {"name": "kind", "type": "categorical", "values": ['"a"', '"b"']}]
    together = suggest(question(ranges, count=4))
    one_by_one: list[dict[str, str]] = []
    for ordinal in range(4):
        trials = [{"parameters": parameters, "value": 0.5} for parameters in one_by_one]
        one_by_one += suggest(question(ranges, ordinal=ordinal, trials=trials))
    assert one_by_one == together
    assert suggest(question(ranges, count=4, seed=2)) != together


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_no_combination_is_tried_twice_while_there_is_another(suggest: Any, strategy: str) -> None:
    ranges = [
        number("n", "1", "5", kind="integer"),
        {"name": "kind", "type": "categorical", "values": ["a", "b"]},
    ]
    first = suggest(question(ranges, strategy=strategy, count=6))
    trials = [{"parameters": parameters, "value": int(parameters["n"]) / 10} for parameters in first]
    rest = suggest(question(ranges, strategy=strategy, ordinal=6, count=4, trials=trials))
    assert len({(one["n"], one["kind"]) for one in [*first, *rest]}) == 10


def test_the_model_based_search_comes_nearer_to_the_best_than_chance(suggest: Any) -> None:
    ranges = [number("rate", "1e-6", "1e-1"), number("share", "0", "1")]

    def best_of(strategy: str, direction: str) -> float:
        sign = 1 if direction == "Maximize" else -1
        found = 0.0
        for seed in range(5):
            trials: list[dict[str, Any]] = []
            for ordinal in range(24):
                given = {"strategy": strategy, "direction": direction, "seed": seed, "ordinal": ordinal}
                [parameters] = suggest(question(ranges, trials=trials, **given))
                rate, share = math.log10(float(parameters["rate"])), float(parameters["share"])
                distance = (rate + 3) ** 2 + (share - 0.3) ** 2
                trials.append({"parameters": parameters, "value": -sign * distance})
            found += min(abs(trial["value"]) for trial in trials)
        return found

    chance = best_of("Random", "Maximize")
    assert best_of("Bayesian", "Maximize") < chance
    assert best_of("Bayesian", "Minimize") < chance


def test_trials_of_another_range_or_without_a_result_do_no_harm(suggest: Any) -> None:
    ranges = [number("x", "0.9", "0.99", "ReverseLogarithmic")]
    trials: list[dict[str, Any]] = [
        {"parameters": {"x": "0.5"}, "value": 1.0},
        {"parameters": {"y": "0.95"}, "value": 1.0},
        {"parameters": {"x": "0.9"}, "value": 0.1},
        {"parameters": {"x": "0.99"}, "value": 0.2},
        {"parameters": {"x": "0.95"}, "value": 0.3},
        {"parameters": {"x": "0.96"}},
    ]
    [answer] = suggest(question(ranges, strategy="Bayesian", ordinal=4, trials=trials))
    assert 0.9 <= float(answer["x"]) <= 0.99

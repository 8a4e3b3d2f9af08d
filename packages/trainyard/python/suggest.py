"""Which hyperparameters a tuning job tries next, by Optuna.

    python suggest.py < question.json > answer.json

A question carries all earlier trials and the answer is forgotten, so that whoever asks may be killed at any time. The
same question gets the same answer.
"""

from __future__ import annotations

import json
import sys
import warnings
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import TrialState, create_trial

MOST_TRIES = 1000
"""For a combination that was not tried before: AWS tries none twice, and refuses ranges that hold too few."""

WIDE = 100
"""A range of positive numbers whose ends differ by this factor is searched by magnitude, when that is left to us."""


class Parameter:
    """One hyperparameter: Optuna's view of its range, and the texts that training jobs get."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.name: str = given["name"]
        self._type: str = given["type"]
        if self._type == "categorical":
            self.distribution: BaseDistribution = CategoricalDistribution(given["values"])
            return
        low, high, scaling = float(given["min"]), float(given["max"]), given["scaling"]
        self._ends = low, high
        self._reversed = scaling == "ReverseLogarithmic"
        log = scaling == "Logarithmic" or (scaling == "Auto" and 0 < low and low * WIDE <= high)
        if self._type == "integer":
            self.distribution = IntDistribution(int(low), int(high), log=log)
        elif self._reversed:
            # Fine steps towards 1: searched as the distance from it.
            self.distribution = FloatDistribution(1 - high, 1 - low, log=True)
        else:
            self.distribution = FloatDistribution(low, high, log=log)

    def to_text(self, value: Any) -> str:
        if self._type == "categorical":
            return str(value)
        if self._type == "integer":
            return str(int(value))
        low, high = self._ends
        return repr(min(max(1 - value if self._reversed else float(value), low), high))

    def from_text(self, text: str) -> Any:
        """
        Raises: ValueError for a value outside the range: a parent's range may have been another.
        """
        if self._type == "categorical":
            return text
        low, high = self._ends
        value = float(text)
        if not low <= value <= high:
            raise ValueError(f"{self.name}={text} is outside {low} to {high}")
        if self._type == "integer":
            return int(value)
        # The very ends may be missed by a rounding: clipped by the range's own.
        return min(max(1 - value, 1 - high), 1 - low) if self._reversed else value


class Search:
    """All trials so far, and those that are suggested here."""

    def __init__(self, question: dict[str, Any]) -> None:
        self._strategy: str = question["strategy"]
        self._startup: int = question["startup"]
        self._seed: int = question["seed"]
        self._parameters = [Parameter(given) for given in question["ranges"]]
        self._distributions = {parameter.name: parameter.distribution for parameter in self._parameters}
        self._study = optuna.create_study(direction=question["direction"].lower())
        self._seen = {self._combination(trial["parameters"]) for trial in question["trials"]}
        for trial in question["trials"]:
            self._add(trial["parameters"], trial.get("value"))

    def next(self, ordinal: int) -> dict[str, str]:
        """The combination of this ordinal: different from all earlier ones, where the ranges hold so many."""
        # Each ordinal has a seed of its own: what is suggested does not depend on how many were asked for at once.
        seed = (self._seed + ordinal) % 2**32
        self._study.sampler = self._sampler(seed)
        for attempt in range(MOST_TRIES):
            trial = self._study.ask(self._distributions)
            answer = {
                parameter.name: parameter.to_text(trial.params[parameter.name]) for parameter in self._parameters
            }
            if self._combination(answer) not in self._seen:
                break
            self._study.tell(trial, state=TrialState.FAIL)
            self._study.sampler = RandomSampler(seed=(seed + (attempt + 1) * 10_007) % 2**32)
        self._seen.add(self._combination(answer))
        return answer

    def _add(self, parameters: dict[str, str], value: float | None) -> None:
        """Tells Optuna of an earlier trial; one that lies outside the ranges teaches nothing about them."""
        try:
            values = {
                parameter.name: parameter.from_text(parameters[parameter.name]) for parameter in self._parameters
            }
            trial = create_trial(
                # Without a result it still runs, or it failed: either way a place to keep away from.
                state=TrialState.RUNNING if value is None else TrialState.COMPLETE,
                params=values,
                distributions=self._distributions,
                value=value,
            )
        except (KeyError, ValueError):
            return
        self._study.add_trial(trial)

    def _sampler(self, seed: int) -> BaseSampler:
        if self._strategy != "Bayesian":
            return RandomSampler(seed=seed)
        # Parameters are looked at together, and running trials are taken for bad ones: no two ask the same.
        return TPESampler(seed=seed, n_startup_trials=self._startup, multivariate=True, constant_liar=True)

    def _combination(self, values: dict[str, str]) -> tuple[str, ...]:
        return tuple(values.get(parameter.name, "") for parameter in self._parameters)


def suggest(question: dict[str, Any]) -> list[dict[str, str]]:
    search = Search(question)
    first, count = question["ordinal"], question["count"]
    return [search.next(ordinal) for ordinal in range(first, first + count)]


def be_quiet() -> None:
    """What Optuna would say of itself; its errors still show."""
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    optuna.logging.set_verbosity(optuna.logging.WARNING)


if __name__ == "__main__":
    be_quiet()
    print(json.dumps(suggest(json.load(sys.stdin))))

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Annotated, Any

import pytest

from attune_jobs.errors import UserError
from attune_jobs.training.config import HINTS, TrainConfig, parse_config
from attune_jobs.training.hyperparameters import Bounds, bounds_in, converted

SPEC = json.loads((Path(__file__).parents[2] / "schema" / "attune-v1.schema.json").read_text(encoding="utf-8"))
OPTIONS: dict[str, Any] = SPEC["properties"]["train"]["properties"]

CHOOSES_A_CHANNEL = {"startFrom"}
"""Options of the spec that the script never sees."""

FROM_ELSEWHERE = {"base_model", "start_from", "checkpoint_seconds", "stop_after_seconds"}
"""Settings that are no option of the spec's `train`."""

DEFAULTS = {field.name: field.default for field in dataclasses.fields(TrainConfig)}


def own_name(option: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: f"_{letter.group().lower()}", option)


TRAINED = {own_name(option): schema for option, schema in OPTIONS.items() if option not in CHOOSES_A_CHANNEL}


def test_every_training_option_of_the_spec_reaches_the_trainer_and_no_other_does() -> None:
    assert set(TRAINED) == set(HINTS) - FROM_ELSEWHERE


@pytest.mark.parametrize("name", TRAINED)
def test_an_option_left_out_means_the_same_to_spec_and_trainer(name: str) -> None:
    unset: tuple[Any, ...] = (None, ())
    if "default" in TRAINED[name]:
        assert DEFAULTS[name] == TRAINED[name]["default"]
    else:
        assert DEFAULTS[name] in unset
    assert DEFAULTS["base_model"] == SPEC["properties"]["base"]["default"]


@pytest.mark.parametrize("name", TRAINED)
def test_what_the_spec_takes_is_what_the_trainer_takes(name: str) -> None:
    option = TRAINED[name].get("items", TRAINED[name])
    bounds = Bounds(
        least=option.get("minimum"), above=option.get("exclusiveMinimum"), below=option.get("exclusiveMaximum")
    )
    assert bounds_in(HINTS[name]) == bounds


SAMPLES: dict[str, tuple[str, Any]] = {
    "integer": ("3", 3),
    "number": ("0.25", 0.25),
    "string": ("cls", "cls"),
    "boolean": ("True", True),
    "array": ("[384, 256]", (384, 256)),
    "object": ('{"query": "q: "}', {"query": "q: "}),
}


@pytest.mark.parametrize("name", TRAINED)
def test_an_option_is_read_as_the_type_that_the_spec_gives_it(name: str) -> None:
    text, value = SAMPLES[TRAINED[name]["type"]]
    read = converted(name, text, HINTS[name])
    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "hint", "value"),
    [
        ("cls", str, "cls"),
        ("1", str, "1"),
        ("3", int, 3),
        ("1e-3", float, 0.001),
        ("2", float, 2.0),
        ("True", bool, True),
        ("false", bool, False),
        ("[384, 256]", tuple[int, ...], (384, 256)),
        ('["a", "b"]', list[str], ["a", "b"]),
        ("7", int | None, 7),
        ("0.5", Annotated[float | None, Bounds(least=0)], 0.5),
    ],
)
def test_the_annotation_says_what_a_text_means(text: str, hint: Any, value: Any) -> None:
    read = converted("option", text, hint)
    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "hint", "expected"),
    [
        ("2.5", int, "a whole number"),
        ("cls", int | None, "a whole number"),
        ("fast", float, "a number"),
        ("nan", float, "a number"),
        ("1", bool, "true or false"),
        ("yes", bool, "true or false"),
        ("384", tuple[int, ...], "a list such as [384, 256]"),
        ("[true]", tuple[int, ...], "a list such as [384, 256]"),
        ("[1.5]", tuple[int, ...], "a list such as [384, 256]"),
        ("[384", tuple[int, ...], "a list such as [384, 256]"),
        ('["q: "]', dict[str, str] | None, 'an object such as {"query": "a text"}'),
        ('{"query": 1}', dict[str, str], 'an object such as {"query": "a text"}'),
    ],
)
def test_a_text_that_is_no_such_value_is_refused_with_what_was_expected(text: str, hint: Any, expected: str) -> None:
    with pytest.raises(UserError, match=re.escape(f"option: found {text!r}, expected {expected}.")):
        converted("option", text, hint)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--batch_size", "1"], "batch_size: found 1, expected at least 2."),
        (["--learning_rate", "1"], "learning_rate: found 1.0, expected more than 0 and less than 1."),
        (["--dimensions", "[16, 4]"], "dimensions: found 4, expected at least 8."),
        (["--max_pairs", "0"], "max_pairs: found 0, expected at least 1."),
    ],
)
def test_a_number_out_of_bounds_is_refused_with_the_bound(arguments: list[str], sentence: str) -> None:
    with pytest.raises(UserError, match=re.escape(sentence)):
        parse_config(arguments)


def test_an_empty_value_is_the_same_as_none() -> None:
    assert parse_config(["--max_pairs", "", "--mini_batch_size", "None"]) == TrainConfig()

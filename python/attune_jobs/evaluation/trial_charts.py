"""Plots of a search as inline SVG. Across, positions are shares of the width, as in the other plots."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from . import names

HEIGHT = 280
TOP, BOTTOM = 30, 44
"""Pixels above and below the plot; the labels stand there."""

SEPARATE_VALUES = 6
"""Up to so many different values stand at even distances; more lie on a scale."""


def metric_by_trial(trials: list[dict[str, Any]], best: dict[str, Any]) -> str:
    """A point a trial in the order of their start, and the best so far as a line."""
    scores = [trial["metric"] for trial in trials if trial.get("metric") is not None]
    y = _linear(min(scores), max(scores))

    def x(index: int) -> float:
        return round(50.0 if len(trials) == 1 else 12 + 84 * index / (len(trials) - 1), 2)

    marks, steps, so_far = [], [], None
    for index, trial in enumerate(trials):
        score = trial.get("metric")
        if score is None:
            described = f"Trial {index + 1}: {names.text(trial['status'])}, no score"
            marks.append(
                f'<text class="tick" x="{x(index)}%" y="{HEIGHT - BOTTOM + 4}" text-anchor="middle">×'
                f"<title>{described}</title></text>"
            )
            continue
        if so_far is not None:
            before, at = so_far
            steps.append(_line("path", x(at), x(index), y(before), y(before)))
            if score > before:
                steps.append(_line("path", x(index), x(index), y(before), y(score)))
        if so_far is None or score >= so_far[0]:
            so_far = (score, index)
        else:
            so_far = (so_far[0], index)
        kind, radius = ("best", 6.5) if trial is best else ("other", 4.5)
        title = f"Trial {index + 1}: {score:.4f}"
        marks.append(
            f'<circle class="{kind}" cx="{x(index)}%" cy="{y(score)}" r="{radius}"><title>{title}</title></circle>'
        )
    every = max(1, math.ceil(len(trials) / 16))
    ticks = "".join(
        f'<text class="tick" x="{x(index)}%" y="{HEIGHT - 6}" text-anchor="middle">{index + 1}</text>'
        for index in range(0, len(trials), every)
    )
    at_best = f'x="{x(trials.index(best))}%" y="{y(best["metric"]) - 12}"'
    label = f'<text class="value candidate" {at_best} text-anchor="middle">{best["metric"]:.4f}</text>'
    described = (
        f"Dev nDCG@10 of {len(trials)} trials, the best {best['metric']:.4f}; the same numbers stand in the table"
    )
    return (
        f'<svg class="curve trials" width="100%" height="{HEIGHT}" role="img" aria-label="{described}">'
        f"{_scale(scores, y)}{''.join(steps)}{''.join(marks)}{label}{ticks}</svg>"
    )


def parallel_coordinates(trials: list[dict[str, Any]], best: dict[str, Any]) -> str:
    """An axis a setting that was varied and one for the score; a line a trial, the best drawn last."""
    rows = [{**trial["parameters"], "metric": trial["metric"]} for trial in trials]
    keys = [key for key in rows[0] if all(key in row for row in rows)]
    axes = [key for key in keys if key == "metric" or len({row[key] for row in rows}) > 1]
    places = {key: _axis([row[key] for row in rows]) for key in axes}
    ys = {key: place for key, (place, _) in places.items()}

    def x(index: int) -> float:
        return round(50.0 if len(axes) == 1 else 9 + 82 * index / (len(axes) - 1), 2)

    def path(trial: dict[str, Any], row: dict[str, float]) -> str:
        kind = "best" if trial is best else "other"
        segments = "".join(
            _line("path", x(index), x(index + 1), ys[key](row[key]), ys[following](row[following]))
            for index, (key, following) in enumerate(zip(axes, axes[1:], strict=False))
        )
        return f'<g class="{kind}"><title>{row["metric"]:.4f}</title>{segments}</g>'

    ordered = sorted(zip(trials, rows, strict=True), key=lambda pair: pair[0] is best)
    paths = "".join(path(trial, row) for trial, row in ordered)
    labels = "".join(_axis_labels(key, x(index), *places[key]) for index, key in enumerate(axes))
    described = f"Settings of {len(trials)} trials and their dev nDCG@10; the same numbers stand in the table"
    return (
        f'<svg class="curve trials" width="100%" height="{HEIGHT}" role="img" aria-label="{described}">'
        f"{paths}{labels}</svg>"
    )


Place = Callable[[float], float]


def _axis(values: list[float]) -> tuple[Place, list[float]]:
    """Where a value stands, and the values that are written beside the axis."""
    different = sorted(set(values))
    low, high = different[0], different[-1]
    if len(different) <= SEPARATE_VALUES and all(value == int(value) for value in different):
        even = _linear(0, len(different) - 1)
        return (lambda value: even(different.index(value))), different
    if low > 0 and high / low >= 5:
        place = _linear(math.log(low), math.log(high))
        return (lambda value: place(math.log(value))), [low, high]
    return _linear(low, high), [low, high]


def _axis_labels(key: str, x: float, y: Place, values: list[float]) -> str:
    head = names.parameter(key)
    ticks = "".join(
        f'<text class="tick halo" x="{x}%" y="{y(value) + 4}" text-anchor="middle">{_number(value)}</text>'
        for value in values
    )
    return (
        f"{_line('grid', x, x, TOP, HEIGHT - BOTTOM)}{ticks}"
        f'<text class="tick" x="{x}%" y="{HEIGHT - 10}" text-anchor="middle">{names.text(head)}</text>'
    )


def _number(value: float) -> str:
    return f"{value:.3f}" if 0.1 <= abs(value) < 1 else f"{value:.2g}" if abs(value) < 0.1 else f"{value:g}"


def _linear(low: float, high: float) -> Place:
    """Low at the bottom of the plot, high at its top; in the middle where they are one."""
    height = HEIGHT - TOP - BOTTOM - 16

    def place(value: float) -> float:
        share = 0.5 if high == low else (value - low) / (high - low)
        return round(TOP + 8 + height * (1 - share), 1)

    return place


def _scale(scores: list[float], y: Place) -> str:
    ends = dict.fromkeys((min(scores), max(scores)))
    return "".join(
        f'{_line("grid", 0, 100, y(value), y(value))}<text class="tick" x="0" y="{y(value) - 4}">{value:.3f}</text>'
        for value in ends
    )


def _line(kind: str, x1: float, x2: float, y1: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1}%" x2="{x2}%" y1="{y1}" y2="{y2}"/>'

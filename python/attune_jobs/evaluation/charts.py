"""Plots as inline SVG. Across, positions are shares of the width: a plot fits any page, its letters unscaled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import names

INTERVAL_HEIGHT = 26
CURVE_HEIGHT = 280
CURVE_MARGIN = 26
"""Pixels above and below the curve; the sizes stand below."""


def nice_limit(values: list[float]) -> float:
    """The smallest of 0.01, 0.02, 0.05, 0.1, ... that holds all absolute values with some air."""
    need = max((abs(value) for value in values), default=0.0) * 1.08
    steps = (0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 0.8, 1.0)
    return next((step for step in steps if step >= need), need)


def gain_interval(comparison: dict[str, Any], limit: float, described: str) -> str:
    """One interval on the axis from -limit to +limit, zero in the middle."""
    y = INTERVAL_HEIGHT / 2

    def x(value: float) -> str:
        return f"{50 + 48 * value / limit:.2f}%"

    low, high, mean = x(comparison["low"]), x(comparison["high"]), x(comparison["difference"])
    return (
        f'<svg class="interval {verdict(comparison)}" width="100%" height="{INTERVAL_HEIGHT}" role="img" '
        f'aria-label="{names.text(described)}">'
        f'<line class="grid" x1="2%" x2="98%" y1="{y}" y2="{y}"/>'
        f'<line class="zero" x1="50%" x2="50%" y1="0" y2="{INTERVAL_HEIGHT}"/>'
        f'<line class="bar" x1="{low}" x2="{high}" y1="{y}" y2="{y}"/>'
        f'<line class="end" x1="{low}" x2="{low}" y1="{y - 5}" y2="{y + 5}"/>'
        f'<line class="end" x1="{high}" x2="{high}" y1="{y - 5}" y2="{y + 5}"/>'
        f'<circle cx="{mean}" cy="{y}" r="5"/></svg>'
    )


def gain_axis(limit: float) -> str:
    """The scale under a column of intervals."""
    ticks = ((2, -limit, "start"), (50, 0.0, "middle"), (98, limit, "end"))
    labels = "".join(
        f'<text x="{x}%" y="13" text-anchor="{anchor}">{_tick(value)}</text>' for x, value, anchor in ticks
    )
    return f'<svg class="axis" width="100%" height="18" aria-hidden="true">{labels}</svg>'


def _tick(value: float) -> str:
    return "0" if value == 0 else f"{'+' if value > 0 else names.MINUS}{abs(value):g}"


def verdict(comparison: dict[str, Any]) -> str:
    """ "better" or "worse" when the interval lies on one side of zero, else "unclear"."""
    if comparison["low"] > 0:
        return "better"
    return "worse" if comparison["high"] < 0 else "unclear"


COURSE_HEIGHT = 120


def course(points: list[list[float]], title: str, kind: str) -> str:
    """A number along the steps: [[step, value], ...], in the order of the steps; its ends are written beside it."""
    steps = [step for step, _ in points]
    values = [value for _, value in points]
    low, high = min(values), max(values)

    def x(step: float) -> float:
        return round(100 * (step - steps[0]) / max(steps[-1] - steps[0], 1), 2)

    def y(value: float) -> float:
        return round(22 + (COURSE_HEIGHT - 52) * ((high - value) / (high - low) if high > low else 0.5), 1)

    lines = "".join(
        f'<line class="path" x1="{x(a)}%" x2="{x(b)}%" y1="{y(before)}" y2="{y(after)}"/>'
        for (a, before), (b, after) in zip(points, points[1:], strict=False)
    )
    described = f"{title}: {values[0]:.3f} at step {steps[0]:g}, {values[-1]:.3f} at step {steps[-1]:g}"
    ends = (("start", "0%", steps[0], values[0]), ("end", "100%", steps[-1], values[-1]))
    labels = "".join(
        f'<text x="{at}" y="{COURSE_HEIGHT - 4}" text-anchor="{anchor}">{step:g}</text>'
        f'<text class="value" x="{at}" y="{y(value) - 8}" text-anchor="{anchor}">{value:.3f}</text>'
        for anchor, at, step, value in ends
    )
    return (
        f'<svg class="course {kind}" width="100%" height="{COURSE_HEIGHT}" role="img" '
        f'aria-label="{names.text(described)}">{lines}{labels}</svg>'
    )


def dimension_curve(by_dimension: dict[str, dict[str, Any]], metric: str) -> str:
    """One line a system over the vector sizes, smallest on the left, with intervals as whiskers."""
    order = [name for name in ("base", "incumbent", "candidate") if name in by_dimension]
    sizes = sorted({int(size) for name in order for size in by_dimension[name]})
    points = {
        name: {size: by_dimension[name][str(size)][metric] for size in sizes if str(size) in by_dimension[name]}
        for name in order
    }
    values = [point for series in points.values() for point in series.values()]
    bottom = max(0.0, min(point["low"] for point in values) - 0.02)
    top = min(1.0, max(point["high"] for point in values) + 0.02)
    plot = CURVE_HEIGHT - 2 * CURVE_MARGIN

    def y(value: float) -> float:
        return round(CURVE_MARGIN + plot * (top - value) / (top - bottom), 1)

    def x(size: int, shift: float = 0.0) -> float:
        return round(50.0 if len(sizes) == 1 else 12 + 72 * sizes.index(size) / (len(sizes) - 1) + shift, 2)

    series = "".join(
        _series(name, points[name], lambda size, shift=1.2 * index: x(size, shift), y)  # type: ignore[misc]
        for index, name in enumerate(order)
    )
    labels = "".join(
        _labels({name: points[name][size]["mean"] for name in order if size in points[name]}, x(size), y)
        for size in sizes
    )
    ticks = "".join(
        f'<text class="tick" x="{x(size)}%" y="{CURVE_HEIGHT - 4}" text-anchor="middle">{size}</text>'
        for size in sizes
    )
    described = f"{names.METRICS[metric]} over the vector size; the same numbers stand beside the points"
    return (
        f'<svg class="curve" width="100%" height="{CURVE_HEIGHT}" role="img" aria-label="{described}">'
        f"{_grid(bottom, top, y)}{series}{labels}{ticks}</svg>"
    )


def _grid(bottom: float, top: float, y: Callable[[float], float]) -> str:
    step = next(step for step in (0.02, 0.05, 0.1, 0.2) if (top - bottom) / step <= 6)
    lines, tick = [], (int(bottom / step) + 1) * step
    while tick < top:
        lines.append(f'<line class="grid" x1="0" x2="100%" y1="{y(tick)}" y2="{y(tick)}"/>')
        lines.append(f'<text class="tick" x="0" y="{y(tick) - 4}">{tick:.2f}</text>')
        tick = round(tick + step, 6)
    return "".join(lines)


def _series(
    name: str, series: dict[int, dict[str, float]], x: Callable[[int], float], y: Callable[[float], float]
) -> str:
    sizes = sorted(series)
    lines = "".join(
        f'<line class="path" x1="{x(a)}%" x2="{x(b)}%" y1="{y(series[a]["mean"])}" y2="{y(series[b]["mean"])}"/>'
        for a, b in zip(sizes, sizes[1:], strict=False)
    )
    points = "".join(
        f'<line class="whisker" x1="{x(size)}%" x2="{x(size)}%" y1="{y(point["low"])}" y2="{y(point["high"])}"/>'
        f'<circle cx="{x(size)}%" cy="{y(point["mean"])}" r="4.5"/>'
        for size, point in series.items()
    )
    return f'<g class="system {name}">{lines}{points}</g>'


def _labels(means: dict[str, float], x: float, y: Callable[[float], float]) -> str:
    """Values beside the points: the highest above its line, the others below theirs, none on another."""
    placed: list[str] = []
    free_from = -100.0
    for name, mean in sorted(means.items(), key=lambda item: -item[1]):
        at = max(y(mean) + (16 if placed else -8), free_from)
        free_from = at + 15
        placed.append(f'<text class="value {name}" x="{x + 1.2 * len(means) + 0.8}%" y="{at}">{mean:.3f}</text>')
    return "".join(placed)

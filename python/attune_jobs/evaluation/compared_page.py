"""report.html of bases that are compared as they are: one table, the best first."""

from __future__ import annotations

from typing import Any

from ..origins import in_words
from . import names
from .names import text
from .origin_table import origin_table
from .page import page

Row = tuple[str, dict[str, Any], dict[str, Any] | None]
"""Name, metric → score with its interval, and what the model costs to serve, of bases."""


def render_bases(reports: list[dict[str, Any]]) -> str:
    """The page. BM25 and the model in service are shown once: they answer the same questions in each report."""
    settings, summary = reports[-1]["settings"], reports[-1]["summary"]
    metric = settings["metric"]
    rows = sorted(_rows(reports), key=lambda row: row[1][metric]["mean"], reverse=True)
    warnings = dict.fromkeys(warning for report in reports for warning in report["summary"]["warnings"])
    notes = "".join(f"<li>{text(warning)}</li>" for warning in warnings)
    best = next(name for name, _, size in rows if size is not None)
    body = f"""<header>
<p class="eyebrow">{text(settings["name"])} · bases compared, none of them trained</p>
<h1>{text(best)} does best of {len(reports)}</h1>
<p class="lead">{summary["questions"]:,} held-out questions, {in_words(summary["origins"])}, searched over all
{summary["passages"]:,} passages.</p>
{f'<ul class="notes">{notes}</ul>' if notes else ""}
</header>
{_table(rows, metric, settings["confidence"])}
{origin_table(reports[-1])}
"""
    return page(f"{settings['name']}: bases compared", body)


def _rows(reports: list[dict[str, Any]]) -> list[Row]:
    once: dict[str, Row] = {}
    for report in reports:
        for system, metrics in report["summary"]["metrics"].items():
            if system == "base":
                once[f"base {report['settings']['base']}"] = (
                    report["settings"]["base"],
                    metrics,
                    report["settings"]["size"],
                )
            else:
                once.setdefault(system, (names.SYSTEMS[system], metrics, None))
    return list(once.values())


def _table(rows: list[Row], metric: str, confidence: float) -> str:
    order = [metric, *(name for name in names.METRICS if name != metric)]
    best = {name: max(metrics[name]["mean"] for _, metrics, _ in rows) for name in order}

    def cell(value: dict[str, float], name: str) -> str:
        mark = ' class="best"' if value["mean"] == best[name] else ""
        return f"<td{mark}>{names.score(value['mean'])}<small>{value['low']:.2f}–{value['high']:.2f}</small></td>"

    lines = "".join(
        f'<tr><th scope="row">{text(name)}</th>{"".join(cell(metrics[key], key) for key in order)}{_costs(size)}</tr>'
        for name, metrics, size in rows
    )
    labels = [*(names.METRICS[name] for name in order), "Dimensions", "Parameters", "Tokens read"]
    heads = "".join(f'<th scope="col">{label}</th>' for label in labels)
    return f"""<section><h2>All models, all metrics</h2>
<p class="lead">Mean over the questions, its {names.percent(confidence)} interval below; the best of each column in
bold. Dimensions are what an index holds of each passage; an endpoint holds each parameter in four bytes.</p>
<div class="card scroll" tabindex="0" role="region" aria-label="All models, all metrics">
<table><thead><tr><th scope="col">Model</th>{heads}</tr></thead>
<tbody>{lines}</tbody></table></div></section>"""


def _costs(size: dict[str, Any] | None) -> str:
    if size is None:
        return "<td></td>" * 3
    parameters = "unknown" if size["parameters"] is None else f"{size['parameters'] / 1e6:.1f} million"
    return f"<td>{size['dimensions']:,}</td><td>{parameters}</td><td>{size['maxSeqLength'] or 'all'}</td>"

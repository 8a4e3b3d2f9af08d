"""The scores in report.html by where their questions come from, where that is not one place."""

from __future__ import annotations

from typing import Any

from ..origins import in_words
from . import names
from .names import text


def origin_table(report: dict[str, Any]) -> str:
    """The section; empty where all questions are of one origin."""
    parts = report["summary"].get("byOrigin")
    if not parts:
        return ""
    metric = report["settings"]["metric"]
    systems = [name for name in names.SYSTEMS if name in report["summary"]["metrics"]]
    heads = "".join(f'<th scope="col">{text(names.SYSTEMS[name])}</th>' for name in systems)
    rows = "".join(
        f'<tr><th scope="row">{in_words({origin: part["questions"]})}</th><td>{part["questions"]:,}</td>'
        f"{''.join(_cell(part['metrics'][name][metric]) for name in systems)}</tr>"
        for origin, part in parts.items()
    )
    return f"""<section><h2>By where the questions come from</h2>
<p class="lead">{names.METRICS[metric]} of each kind of question by itself, its interval below. What people ask is what
counts: the gate decides on the questions that <code>gate.evidence</code> admits.</p>
<div class="card scroll" tabindex="0" role="region" aria-label="By where the questions come from">
<table><thead><tr><th scope="col">Origin</th><th scope="col">Questions</th>{heads}</tr></thead>
<tbody>{rows}</tbody></table></div></section>
"""


def _cell(found: dict[str, float]) -> str:
    return (
        f"<td>{names.score(found['mean'])}<small>{names.score(found['low'])}–{names.score(found['high'])}</small></td>"
    )

"""The guard sets in report.html: what the tuned model lost on them, and what it may lose."""

from __future__ import annotations

from typing import Any

from . import names
from .guards import may_lose, verdict
from .names import text

WORDS = {"held": ("better", "not worse"), "lost": ("worse", "worse"), "inconclusive": ("unclear", "cannot tell")}
"""Verdict → class and words."""


def guard_table(report: dict[str, Any]) -> str:
    """The section; empty where the spec has no guards."""
    guards = report["summary"]["guards"]
    if not guards:
        return ""
    order = [name for name in names.SYSTEMS if name in guards[0]["scores"]]
    heads = "".join(f'<th scope="col">{names.SYSTEMS[name]}</th>' for name in order)
    rows = "".join(_row(guard, order) for guard in guards)
    metric = names.METRICS[report["settings"]["metric"]]
    return f"""<section><h2>Guards</h2>
<p class="lead">Questions on which the tuned model must not be worse: {metric}, tuned minus the better of base and
the one in service, same questions. A guard holds when the whole interval lies above minus what may be lost, and is
lost when all of it lies below. In between, or with too few questions or groups of them, it cannot tell.</p>
<div class="card scroll" tabindex="0" role="region" aria-label="Guards">
<table><thead><tr><th scope="col">Guard</th><th scope="col">Questions</th>{heads}<th scope="col">Difference</th>
<th scope="col">May lose</th><th scope="col">Outcome</th></tr></thead>
<tbody>{rows}</tbody></table></div></section>
"""


def _row(guard: dict[str, Any], order: list[str]) -> str:
    scores = "".join(f"<td>{names.score(guard['scores'][name]['mean'])}</td>" for name in order)
    found = guard["comparison"]
    colour, words = WORDS[verdict(guard)]
    return (
        f'<tr><th scope="row">{text(guard["name"])}</th><td>{guard["questions"]:,}</td>{scores}'
        f"<td>{names.signed(found['difference'])}<small>{names.signed_range(found['low'], found['high'])}</small>"
        f"<small>{names.AGAINST[guard['against']]}</small></td>"
        f"<td>{names.score(may_lose(guard))}<small>{names.percent(guard['tolerance'])}</small></td>"
        f'<td class="{colour}">{words}</td></tr>'
    )

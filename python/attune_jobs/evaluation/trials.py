"""The trials of the search that chose the tuned model, where there was one: read, and put before a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from . import names, trial_charts
from .names import text

FILE = "trials.json"


def read_trials(channel: Path) -> dict[str, Any] | None:
    """What the run wrote about its search; None when it searched nothing."""
    path = channel / FILE
    if not path.is_file():
        return None
    search: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return search


def search_section(report: dict[str, Any]) -> str:
    """The search as a part of the page; empty when there was none or it has nothing to show."""
    search = report.get("search")
    if search is None or not search["trials"]:
        return ""
    trials = search["trials"]
    scored = [trial for trial in trials if trial.get("metric") is not None]
    best = next((trial for trial in scored if trial["name"] == search.get("best")), None)
    if best is None:
        return ""
    chosen = ", ".join(f"{names.parameter(key)} {value:.3g}" for key, value in best["parameters"].items())
    return f"""<section><h2>How the settings were found</h2>
<p class="lead">{len(trials)} trials, compared on the dev questions. The best reached {best["metric"]:.4f} with
{text(chosen)}. The test questions of this page were asked of that model alone.</p>
<div class="two">
<figure class="card"><h3>Dev nDCG@10 by trial</h3>{trial_charts.metric_by_trial(trials, best)}
<figcaption>In the order of their start; the line is the best so far. A cross has no score.</figcaption></figure>
<figure class="card"><h3>Settings and what they brought</h3>{trial_charts.parallel_coordinates(scored, best)}
<figcaption>A line a trial, from its settings to its score; the best in colour.</figcaption></figure>
</div>
<details class="more"><summary>All trials as a table</summary>{_table(trials, best)}</details></section>
"""


def _table(trials: list[dict[str, Any]], best: dict[str, Any]) -> str:
    keys = list(dict.fromkeys(key for trial in trials for key in trial["parameters"]))
    heads = "".join(f'<th scope="col">{text(names.parameter(key))}</th>' for key in keys)

    def row(number: int, trial: dict[str, Any]) -> str:
        values = "".join(
            f"<td>{trial['parameters'][key]:.3g}</td>" if key in trial["parameters"] else "<td></td>" for key in keys
        )
        metric = f"{trial['metric']:.4f}" if trial.get("metric") is not None else "–"
        mark = ' class="best"' if trial is best else ""
        return f'<tr><th scope="row">{number}</th><td{mark}>{metric}</td>{values}<td>{text(trial["status"])}</td></tr>'

    rows = "".join(row(number, trial) for number, trial in enumerate(trials, 1))
    return (
        '<div class="card scroll" tabindex="0" role="region" aria-label="All trials"><table><thead><tr>'
        '<th scope="col">trial</th>'
        f'<th scope="col">dev nDCG@10</th>{heads}<th scope="col">status</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )

"""The top of report.html: which run, how it was decided, and the gain over what it was decided on."""

from __future__ import annotations

from typing import Any

from ..origins import in_words
from . import charts, names
from .names import text


def room(name: str, until_filled: str = "") -> str:
    """Where src/run/reportPage.ts puts what only the run knows: the gate decides after this page is written."""
    return f"<!-- {name} -->{until_filled}<!-- /{name} -->"


def against(summary: dict[str, Any]) -> str:
    """The comparison that decides: with the model in service, else with the base."""
    return "candidate-incumbent" if "candidate-incumbent" in summary["comparisons"] else "candidate-base"


def head(report: dict[str, Any]) -> str:
    summary, settings = report["summary"], report["settings"]
    rival = against(summary)
    other = rival.removeprefix("candidate-")
    gain = summary["comparisons"][rival]
    metric = settings["metric"]
    means = {name: metrics[metric]["mean"] for name, metrics in summary["metrics"].items()}
    relative = f" ({names.signed_percent(gain['difference'] / means[other])})" if means[other] else ""
    notes = "".join(f"<li>{text(warning)}</li>" for warning in summary["warnings"])
    limit = limit_of(summary["comparisons"])
    rows = "".join(
        forest_row(names.AGAINST[key.removeprefix("candidate-")], comparison, limit)
        for key, comparison in summary["comparisons"].items()
    )
    eyebrow = f'<p class="eyebrow">{text(settings["name"])} · evaluation on held-out questions</p>'
    return f"""<header>
{room("run", eyebrow)}
{room("verdict", "<h1>Measured; the decision is not on this page yet</h1>")}
<p class="finding">{_finding(gain, other, means)}.</p>
<p class="lead">{summary["questions"]:,} {_asked(settings)}, {in_words(summary["origins"])},
searched over all {summary["passages"]:,} passages.</p>
<div class="card hero"><div>
<div class="big">{names.signed(gain["difference"])}</div>
<p>{names.METRICS[metric]} over {names.THE[other]}{relative}<br>
<span class="soft">{names.percent(gain["confidence"])} interval
{names.signed_range(gain["low"], gain["high"])}</span></p>
<p class="fromto">{names.SYSTEMS[other]} <b>{names.score(means[other])}</b> → tuned
<b>{names.score(means["candidate"])}</b></p>
</div><div>
<h2>{names.METRICS[metric]} gained by the tuned model</h2>
<div class="forest">{rows}{charts.gain_axis(limit)}</div>
{_record(gain, names.THE[other])}</div></div>
{f'<ul class="notes">{notes}</ul>' if notes else ""}
</header>
"""


def _finding(gain: dict[str, Any], other: str, means: dict[str, float]) -> str:
    if means.get("bm25") == max(means.values()) and list(means.values()).count(means["bm25"]) == 1:
        return "Plain word search (BM25) beats all models on these questions"
    return {
        "better": f"On these questions the tuned model ranks better than {names.THE[other]}",
        "worse": f"On these questions the tuned model ranks worse than {names.THE[other]}",
        "unclear": f"On these questions no difference between the tuned model and {names.THE[other]} is proven",
    }[charts.verdict(gain)]


def _asked(settings: dict[str, Any]) -> str:
    return "held-out questions" if settings.get("model") else "questions that training never saw"


def limit_of(comparisons: dict[str, Any]) -> float:
    """Of an axis that holds all of them."""
    return charts.nice_limit([value[end] for value in comparisons.values() for end in ("low", "high", "difference")])


def forest_row(label: str, comparison: dict[str, Any], limit: float) -> str:
    interval = names.signed_range(comparison["low"], comparison["high"])
    described = f"{label}: {names.signed(comparison['difference'])}, interval {interval}"
    return (
        f'<span class="label">{text(label)}</span>'
        f'<div class="plot">{charts.gain_interval(comparison, limit, described)}</div>'
        f'<span class="number"><b>{names.signed(comparison["difference"])}</b><span>{interval}</span></span>'
    )


def _record(gain: dict[str, Any], other: str) -> str:
    parts = (("won", gain["wins"]), ("tied", gain["ties"]), ("lost", gain["losses"]))
    bars = "".join(f'<span class="{name}" style="flex:{count}"></span>' for name, count in parts if count)
    words = "".join(f'<span class="key {name}"><span><b>{count}</b> {name}</span></span>' for name, count in parts)
    return f'<div class="record">{bars}</div><p class="legend">{words}<span>questions against {other}</span></p>'

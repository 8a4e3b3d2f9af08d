"""report.html: the evaluation for a person, in one file that loads nothing; its script only browses questions."""

from __future__ import annotations

from typing import Any

from . import charts, names
from .guard_table import guard_table
from .head import against, forest_row, head, limit_of, room
from .moved_questions import moved_questions
from .names import text
from .origin_table import origin_table
from .page import page
from .question_browser import question_browser
from .script import SCRIPT
from .training_section import training_section
from .trials import search_section


def render(report: dict[str, Any], questions: dict[str, Any] | None = None) -> str:
    """The page. Every text of the data is escaped, and the page's own policy forbids it to load anything, or to run
    anything but its own script.

    Args:
        questions: of `question_details`: what the page's browser of single questions shows; none where there are none.
    """
    sections = (
        head,
        _systems,
        origin_table,
        guard_table,
        _gains,
        _movement,
        moved_questions,
        lambda _: question_browser(questions, report["settings"]["metric"]),
        training_section,
        search_section,
        _notices,
        _set_aside,
        _settings,
        lambda _: room("run-facts"),
    )
    body = "".join(section(report) for section in sections)
    return page(f"{report['settings']['name']}: evaluation", body, SCRIPT if questions else "")


def _notices(report: dict[str, Any]) -> str:
    notices = report.get("notices") or []
    if not notices:
        return ""
    items = "".join(f"<li>{text(notice)}</li>" for notice in notices)
    return f"<section><h2>What happened on the way</h2>\n<ul>{items}</ul></section>\n"


def _set_aside(report: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{entry['count']:,}</td><td>{text(entry['reason'])}"
        f"{''.join(f'<br><small>{text(example)}</small>' for example in entry['examples'])}</td></tr>"
        for entry in report.get("setAside") or []
    )
    if not rows:
        return ""
    return (
        '<section><h2>What was set aside of the data</h2>\n<p class="lead">By reason, with examples.</p>\n'
        f'<div class="card"><table class="aside"><tbody>{rows}</tbody></table></div></section>\n'
    )


def _systems(report: dict[str, Any]) -> str:
    metrics = report["summary"]["metrics"]
    order = [name for name in names.SYSTEMS if name in metrics]
    best = {metric: _best(metric, metrics, order) for metric in names.METRICS}

    def cell(name: str, metric: str) -> str:
        value = metrics[name][metric]
        mark = ' class="best"' if name in best[metric] else ""
        return f"<td{mark}>{names.score(value['mean'])}<small>{value['low']:.2f}–{value['high']:.2f}</small></td>"

    as_served = report["summary"].get("served")
    labels = names.SYSTEMS | ({"candidate": f"Tuned, as served: {as_served['engine']}"} if as_served else {})
    rows = "".join(
        f'<tr class="{name}"><th scope="row">{labels[name]}</th>'
        f"{''.join(cell(name, metric) for metric in names.METRICS)}</tr>"
        for name in order
    )
    heads = "".join(f'<th scope="col">{label}</th>' for label in names.METRICS.values())
    return f"""<section><h2>All systems, all metrics</h2>
<p class="lead">Mean over the questions, its {names.percent(report["settings"]["confidence"])} interval below; the best
of each column in bold. Whether one system beats another is answered by the paired differences, not by whether these
intervals overlap.{names.text(f" {as_served['why']}.") if as_served else ""}</p>
<div class="card scroll" tabindex="0" role="region" aria-label="All systems, all metrics">
<table><thead><tr><th scope="col">System</th>{heads}</tr></thead>
<tbody>{rows}</tbody></table></div></section>
"""


def _best(metric: str, metrics: dict[str, Any], order: list[str]) -> list[str]:
    """All that share the best score as it is shown; none where all of them do."""
    shown = {name: names.score(metrics[name][metric]["mean"]) for name in order}
    best = max(shown.values())
    found = [name for name in order if shown[name] == best]
    return found if len(found) < len(order) else []


def _gains(report: dict[str, Any]) -> str:
    rival = against(report["summary"])
    if any(rival not in pairs for pairs in report["comparisons"].values()):
        rival = "candidate-base"
    found = {metric: pairs[rival] for metric, pairs in report["comparisons"].items()}
    limit = limit_of(found)
    rows = "".join(forest_row(names.METRICS[metric], one, limit) for metric, one in found.items())
    other = names.THE[rival.removeprefix("candidate-")]
    sizes = report["byDimension"]
    keys = "".join(
        f'<span class="key {name}"><span>{names.SYSTEMS[name]}</span></span>'
        for name in ("base", "incumbent", "candidate")
        if name in sizes
    )
    metric = report["settings"]["metric"]
    return f"""<section class="two">
<div><h2>Gain over {other}, every metric</h2><p class="soft">Tuned minus {other}, same questions.</p>
<figure class="card"><div class="forest">{rows}{charts.gain_axis(limit)}</div></figure></div>
<div><h2>Shorter vectors</h2><p class="soft">{names.METRICS[metric]} when vectors are cut to fewer dimensions.</p>
<figure class="card"><p class="legend">{keys}</p>{charts.dimension_curve(sizes, metric)}
<figcaption>Dimensions of a vector. Half the dimensions is half the index.</figcaption></figure></div>
</section>
"""


def _movement(report: dict[str, Any]) -> str:
    changes = report["rankChanges"]
    bands, matrix = changes["bands"], changes["matrix"]
    most = max(
        (count for row, counts in enumerate(matrix) for column, count in enumerate(counts) if row != column), default=0
    )

    def cell(row: int, column: int) -> str:
        count = matrix[row][column]
        if row == column:
            return f'<td class="same">{count or ""}</td>'
        if not count:
            return "<td></td>"
        colour = "--heat" if column < row else "--cold"
        return f'<td style="background:rgba(var({colour}),{0.1 + 0.26 * count / most:.2f})">{count}</td>'

    heads = "".join(f'<th scope="col">{band}</th>' for band in bands)
    rows = "".join(
        f'<tr><th scope="row">{band}</th>{"".join(cell(row, column) for column in range(len(bands)))}</tr>'
        for row, band in enumerate(bands)
    )
    return f"""<section class="two">
<div><h2>Where the right passage moved</h2>
<p class="lead">The rank of the first relevant passage: better for <b>{changes["better"]}</b> questions,
the same for <b>{changes["same"]}</b>, worse for <b>{changes["worse"]}</b>.</p>
<p class="soft">Each number counts questions. A row holds those whose passage the base ranked there, by the rank
that the tuned model gives it. Left of the diagonal (green) moved up; right of it (red) moved down.</p></div>
<figure class="card scroll" tabindex="0" role="region" aria-label="Where the right passage moved">
<table class="matrix"><thead><tr><th scope="col">base ↓ tuned →</th>{heads}</tr></thead>
<tbody>{rows}</tbody></table></figure>
</section>
"""


def _own(settings: dict[str, Any]) -> str:
    count = settings.get("ownPassages", 0)
    return (
        f"{count:,} questions stand in the corpus themselves; that passage is left out of their ranking"
        if count
        else "none"
    )


def _settings(report: dict[str, Any]) -> str:
    summary, settings = report["summary"], report["settings"]
    manifest = settings["manifest"]
    lengths = ", ".join(f"{names.SYSTEMS[name]} {length}" for name, length in settings["maxSeqLength"].items())
    bm25 = ", ".join(f"{key} {value}" for key, value in settings["bm25"].items())
    facts = {
        "Base model": settings["base"],
        "Questions": f"{summary['questions']:,} in {settings['groups']:,} groups",
        "Passages": f"{summary['passages']:,}, the whole corpus",
        "Own passages": _own(settings),
        "Intervals": f"{names.percent(settings['confidence'])}, paired bootstrap over groups, "
        f"{settings['resamples']:,} resamples, seed {settings['seed']}",
        "Tokens read of a text": lengths,
        "Vector sizes trained": ", ".join(map(str, manifest.get("dimensions") or [])),
        "BM25": bm25,
        "Ties": "broken by passage id; scores compared to six decimals",
        "Data hash": manifest.get("dataHash") or "not recorded",
        "Versions": ", ".join(f"{name} {found}" for name, found in settings["versions"].items()),
        "Seconds": ", ".join(
            f"{names.SYSTEMS.get(name, name)} {value:g}" for name, value in settings["seconds"].items()
        ),
    }
    rows = "".join(f"<dt>{label}</dt><dd>{text(value)}</dd>" for label, value in facts.items())
    return f'<section><h2>Data and settings</h2><div class="card"><dl>{rows}</dl></div></section>\n'

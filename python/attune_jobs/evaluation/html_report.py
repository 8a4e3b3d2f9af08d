"""report.html: the evaluation for a person, in one file that needs neither network nor script."""

from __future__ import annotations

from typing import Any

from ..origins import in_words
from . import charts, names
from .guard_table import guard_table
from .names import text
from .origin_table import origin_table
from .style import STYLE
from .trials import search_section

SHOWN_AT_ONCE = 5
"""Won and lost questions that stand open; the others unfold."""

ROOM_FOR_DECISION = "<!-- decision --><!-- /decision -->"
"""Once a person has approved or rejected the model, that stands in between."""


def render(report: dict[str, Any]) -> str:
    """The page. Every text of the data is escaped, and the page's own policy forbids it to load or run anything."""
    sections = (
        _head,
        _systems,
        origin_table,
        guard_table,
        _gains,
        _movement,
        _questions,
        search_section,
        _notices,
        _set_aside,
        _settings,
    )
    return page(f"{report['settings']['name']}: evaluation", "".join(section(report) for section in sections))


def page(title: str, body: str) -> str:
    """Around the sections of a report. `body` is HTML, `title` any text."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


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


def _head(report: dict[str, Any]) -> str:
    summary, settings = report["summary"], report["settings"]
    gain = summary["comparisons"]["candidate-base"]
    metric = settings["metric"]
    means = {name: metrics[metric]["mean"] for name, metrics in summary["metrics"].items()}
    verdict = charts.verdict(gain)
    headline = {
        "better": "The tuned model finds the right passages better than its base",
        "worse": "The tuned model is worse than its base",
        "unclear": "No proven difference between the tuned model and its base",
    }[verdict]
    if means.get("bm25") == max(means.values()):
        headline = "Plain word search (BM25) beats both models on these questions"
    relative = f" ({names.signed_percent(gain['difference'] / means['base'])})" if means["base"] else ""
    notes = "".join(f"<li>{text(warning)}</li>" for warning in summary["warnings"])
    limit = _limit(summary["comparisons"])
    others = "".join(
        _forest_row(names.AGAINST[key.removeprefix("candidate-")], comparison, limit)
        for key, comparison in summary["comparisons"].items()
    )
    return f"""<header>
<p class="eyebrow">{text(settings["name"])} · evaluation on held-out questions</p>
<h1>{headline}</h1>
<p class="lead">{summary["questions"]:,} {_asked(settings)}, {in_words(summary["origins"])},
searched over all {summary["passages"]:,} passages.</p>
{ROOM_FOR_DECISION}
<div class="card hero"><div>
<div class="big {verdict}">{names.signed(gain["difference"])}</div>
<p>{names.METRICS[metric]} over the base model{relative}<br>
<span class="soft">{names.percent(gain["confidence"])} interval
{names.signed_range(gain["low"], gain["high"])}</span></p>
<p class="fromto">Base <b>{names.score(means["base"])}</b> → tuned <b>{names.score(means["candidate"])}</b></p>
</div><div>
<h2>{names.METRICS[metric]} gained by the tuned model</h2>
<div class="forest">{others}{charts.gain_axis(limit)}</div>
{_record(gain)}</div></div>
{f'<ul class="notes">{notes}</ul>' if notes else ""}
</header>
"""


def _asked(settings: dict[str, Any]) -> str:
    return "held-out questions" if settings.get("model") else "questions that training never saw"


def _limit(comparisons: dict[str, Any]) -> float:
    return charts.nice_limit([value[end] for value in comparisons.values() for end in ("low", "high", "difference")])


def _forest_row(label: str, comparison: dict[str, Any], limit: float) -> str:
    interval = names.signed_range(comparison["low"], comparison["high"])
    described = f"{label}: {names.signed(comparison['difference'])}, interval {interval}"
    return (
        f'<span class="label">{text(label)}</span>'
        f'<div class="plot">{charts.gain_interval(comparison, limit, described)}</div>'
        f'<span class="number"><b>{names.signed(comparison["difference"])}</b><span>{interval}</span></span>'
    )


def _record(gain: dict[str, Any]) -> str:
    parts = (("won", gain["wins"]), ("tied", gain["ties"]), ("lost", gain["losses"]))
    bars = "".join(f'<span class="{name}" style="flex:{count}"></span>' for name, count in parts if count)
    words = "".join(f'<span class="key {name}"><span><b>{count}</b> {name}</span></span>' for name, count in parts)
    return f'<div class="record">{bars}</div><p class="legend">{words}<span>questions against the base</span></p>'


def _systems(report: dict[str, Any]) -> str:
    metrics = report["summary"]["metrics"]
    order = [name for name in names.SYSTEMS if name in metrics]
    best = {metric: max(order, key=lambda name: metrics[name][metric]["mean"]) for metric in names.METRICS}

    def cell(name: str, metric: str) -> str:
        value = metrics[name][metric]
        mark = ' class="best"' if best[metric] == name else ""
        return f"<td{mark}>{names.score(value['mean'])}<small>{value['low']:.2f}–{value['high']:.2f}</small></td>"

    rows = "".join(
        f'<tr class="{name}"><th scope="row">{names.SYSTEMS[name]}</th>'
        f"{''.join(cell(name, metric) for metric in names.METRICS)}</tr>"
        for name in order
    )
    heads = "".join(f'<th scope="col">{label}</th>' for label in names.METRICS.values())
    return f"""<section><h2>All systems, all metrics</h2>
<p class="lead">Mean over the questions, its {names.percent(report["settings"]["confidence"])} interval below; the best
of each column in bold. Whether one system beats another is answered by the paired differences, not by whether these
intervals overlap.</p>
<div class="card scroll" tabindex="0" role="region" aria-label="All systems, all metrics">
<table><thead><tr><th></th>{heads}</tr></thead>
<tbody>{rows}</tbody></table></div></section>
"""


def _gains(report: dict[str, Any]) -> str:
    against_base = {metric: found["candidate-base"] for metric, found in report["comparisons"].items()}
    limit = _limit(against_base)
    rows = "".join(_forest_row(names.METRICS[metric], found, limit) for metric, found in against_base.items())
    sizes = report["byDimension"]
    keys = "".join(
        f'<span class="key {name}"><span>{names.SYSTEMS[name]}</span></span>'
        for name in ("base", "incumbent", "candidate")
        if name in sizes
    )
    metric = report["settings"]["metric"]
    return f"""<section class="two">
<div><h2>Gain over the base, every metric</h2><p class="soft">Tuned minus base, same questions.</p>
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
        return f'<td style="background:rgba(var({colour}),{0.12 + 0.5 * count / most:.2f})">{count}</td>'

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
that the tuned model gives it. Green, left of the diagonal, moved up; red moved down.</p></div>
<figure class="card scroll"><table class="matrix"><thead><tr><th>base ↓ tuned →</th>{heads}</tr></thead>
<tbody>{rows}</tbody></table></figure>
</section>
"""


def _questions(report: dict[str, Any]) -> str:
    def column(kind: str, title: str, none: str) -> str:
        entries = [_question(entry, kind) for entry in report[kind]]
        rest = entries[SHOWN_AT_ONCE:]
        more = f'<details class="more"><summary>{len(rest)} more</summary>{_stack(rest)}</details>'
        shown = _stack(entries[:SHOWN_AT_ONCE]) if entries else f'<p class="soft">{none}</p>'
        return f"<div><h2>{title}</h2>{shown}{more if rest else ''}</div>"

    return f"""<section class="two">
{column("won", "Won: the tuned model does better", "No question was answered better.")}
{column("lost", "Lost: the base did better", "No question was answered worse.")}
</section>
"""


def _stack(entries: list[str]) -> str:
    return f'<div class="questions">{"".join(entries)}</div>'


def _question(entry: dict[str, Any], kind: str) -> str:
    relevant = entry["passage"]
    return f"""<article class="card question {kind}"><h3>{text(entry["query"])}</h3>
<div class="move">right passage at rank <span class="chip">{names.rank(entry["baseRank"])}</span> →
<span class="chip after">{names.rank(entry["candidateRank"])}</span></div>
<p class="passage clamp">{_passage(relevant)}</p>
<details><summary>Passages in full</summary>
<h4>The right passage · {text(relevant["id"])}</h4><p class="passage">{_passage(relevant)}</p>
<h4>The base put first · {text(entry["baseTop"]["id"])}</h4><p class="passage">{_passage(entry["baseTop"])}</p>
<h4>The tuned model put first · {text(entry["candidateTop"]["id"])}</h4>
<p class="passage">{_passage(entry["candidateTop"])}</p>
</details></article>
"""


def _own(settings: dict[str, Any]) -> str:
    count = settings.get("ownPassages", 0)
    return (
        f"{count:,} questions stand in the corpus themselves; that passage is left out of their ranking"
        if count
        else "none"
    )


def _passage(passage: dict[str, str]) -> str:
    title = f"<b>{text(passage['title'])}</b> " if passage["title"] else ""
    return f"{title}{text(passage['text'])}"


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

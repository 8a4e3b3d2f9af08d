"""The questions in report.html that the tuned model answers better or worse than the base, with what was found."""

from __future__ import annotations

from typing import Any

from . import names
from .names import text

SHOWN_AT_ONCE = 6
"""Won and lost questions that stand open; the others unfold."""


def moved_questions(report: dict[str, Any]) -> str:
    """One section each, over the whole width: there may be twenty of the one and one of the other."""

    def part(kind: str, title: str, none: str) -> str:
        entries = [_question(entry, kind) for entry in report[kind]]
        rest = entries[SHOWN_AT_ONCE:]
        more = f'<details class="more"><summary>{len(rest)} more</summary>{_stack(rest)}</details>'
        shown = _stack(entries[:SHOWN_AT_ONCE]) if entries else f'<p class="soft">{none}</p>'
        return f"<section><h2>{title}</h2>{shown}{more if rest else ''}</section>\n"

    return part("won", "Won: the tuned model does better than the base", "No question was answered better.") + part(
        "lost", "Lost: the base did better", "No question was answered worse."
    )


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


def _passage(passage: dict[str, str]) -> str:
    title = f"<b>{text(passage['title'])}</b> " if passage["title"] else ""
    return f"{title}{text(passage['text'])}"

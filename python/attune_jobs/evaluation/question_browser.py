"""The browser of single questions in report.html: its form, and the data that the page's script shows."""

from __future__ import annotations

import json
from typing import Any

from . import names

ID = "question-data"
"""Of the element that the script reads."""


def question_browser(questions: dict[str, Any] | None, metric: str) -> str:
    """The section; empty where there is nothing to show. Without a script the page says what it lacks."""
    if questions is None or not questions["questions"]:
        return ""
    count, left_out = len(questions["questions"]), questions["leftOut"]
    rest = f" {left_out:,} that moved less are left out, so that this page can be sent." if left_out else ""
    data = questions | {"names": names.SYSTEMS, "metric": names.METRICS[metric]}
    return f"""<section id="browser" aria-labelledby="browser-title">
<h2 id="browser-title">Every question, side by side</h2>
<p class="lead">What each system puts first for a question: right passages and words that the question has too are
marked. {count:,} questions, those that moved most first.{rest}</p>
<noscript><p class="soft">This part needs the page's own script; all else on the page does not.</p></noscript>
<form class="controls" hidden>
<label>Search <input type="search" name="words" placeholder="words of question or passage" autocomplete="off"></label>
<label>Show <select name="kind"><option value="all">all questions</option><option value="won">won</option>
<option value="lost">lost</option><option value="tied">tied</option><option value="missed">right passage not in the
tuned model's first 10</option></select></label>
<output class="soft" aria-live="polite"></output></form>
<div class="found"></div>
<button type="button" class="further" hidden>Show more questions</button>
<script type="application/json" id="{ID}">{_inside_script(data)}</script></section>
"""


def _inside_script(value: Any) -> str:
    """JSON in which nothing can end the element that holds it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")

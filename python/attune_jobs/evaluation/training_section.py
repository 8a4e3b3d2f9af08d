"""How the model was trained, in report.html: its settings, and the loss and the dev score along the way."""

from __future__ import annotations

from typing import Any

from . import names
from .charts import course
from .names import text

WORDS = {
    "pairs": "Pairs",
    "epochs": "Epochs",
    "batchSize": "Batch size",
    "learningRate": "Learning rate",
    "negatives": "Hard negatives a pair",
    "scale": "Scale of the loss",
    "warmup": "Warm-up, share of the steps",
    "weightDecay": "Weight decay",
    "hardnessStrength": "Hardness strength",
    "seed": "Seed",
}
"""As attune.json names them."""


def training_section(report: dict[str, Any]) -> str:
    """The section; empty where the package tells nothing of its training: it was trained elsewhere, or by an earlier
    version."""
    manifest = report["settings"]["manifest"]
    settings = manifest.get("training")
    if not settings:
        return ""
    facts = {WORDS[key]: names.setting(settings[key]) for key in WORDS if settings.get(key) is not None}
    if manifest.get("startedFrom"):
        facts["Went on from"] = manifest["startedFrom"]["model"]
    if manifest.get("trainSeconds") is not None:
        facts["Seconds of training"] = f"{manifest['trainSeconds']:,}"
    rows = "".join(f"<dt>{label}</dt><dd>{text(value)}</dd>" for label, value in facts.items())
    curves = manifest.get("curves") or {}
    return f"""<section><h2>How it was trained</h2>
{_chosen(manifest.get("devMetric") or {})}
<div class="two"><div class="card"><dl>{rows}</dl></div>
<div>{_figure("Training loss", curves.get("loss"), "loss")}
{_figure("nDCG@10 on the dev questions", curves.get("dev"), "dev")}</div></div></section>
"""


def _chosen(dev: dict[str, Any]) -> str:
    if dev.get("value") is None:
        return '<p class="lead">There was no dev question: the last weights are kept.</p>'
    before = "" if dev.get("base") is None else f", {names.score(dev['base'])} before the first step"
    return (
        f'<p class="lead">The weights of step {dev["step"]} are kept: nDCG@10 {names.score(dev["value"])} on the dev '
        f"questions{before}. Dev questions are asked among hard passages: their scores are lower than those above. "
        "They choose the weights, and nothing else.</p>"
    )


def _figure(title: str, points: list[list[float]] | None, kind: str) -> str:
    if not points or len(points) < 2:
        return ""
    return f'<figure class="card"><h3>{title}</h3>{course(points, title, kind)}<figcaption>Steps</figcaption></figure>'

"""What attune's training promises against the plain script, and the table for people."""

from __future__ import annotations

from typing import Any

MOST_TIMES_THE_PLAIN = 1.0

FIGURES = ("stepSeconds", "seconds", "cpuSeconds", "mebibytes")

PROMISED = {"stepSeconds": "seconds a step", "seconds": "seconds of the whole training"}


def times(figures: dict[str, Any], work: str, of: str) -> float:
    plain, attune = (figures[work][name][of] for name in ("plain", "attune"))
    return round(attune / plain, 2)


def missed(figures: dict[str, Any]) -> list[str]:
    """One sentence for each promise that is not kept; none where all are."""
    steps = figures["steps"]
    found = [
        f"train: {times(figures, 'train', of)} times the plain script's {words}, "
        f"expected at most {MOST_TIMES_THE_PLAIN}"
        for of, words in PROMISED.items()
        if times(figures, "train", of) > MOST_TIMES_THE_PLAIN
    ]
    if steps["plain"] != steps["attune"]:
        found.append(f"train: {steps['attune']} steps against {steps['plain']}, expected as many")
    return found


def table(figures: dict[str, Any]) -> str:
    rows = [["", "", "seconds a step", "seconds", "CPU s", "MiB"]]
    for work in ("train", "evaluate"):
        for name in ("plain", "attune"):
            one = figures[work][name]
            rows.append([work, name, *(str(one.get(of, "")) for of in FIGURES)])
        ratios = [f"{times(figures, work, of)}x" if of in one else "" for of in FIGURES]
        rows.append([work, "attune / plain", *ratios])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    load, steps = figures["load"], figures["steps"]["attune"]
    return "\n".join(
        [*lines, f"{steps} steps; {figures['processors']} processors, load {load[0]} before, {load[1]} after"]
    )

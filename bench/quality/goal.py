"""What attune's default promises against the common recipe, and the table for people."""

from __future__ import annotations

from typing import Any

from sets import Set

MOST_TIMES_THE_COMMON_TIME = 2.0


def missed(of: Set, figures: dict[str, Any]) -> list[str]:
    """One sentence for each promise that is not kept; none where all are."""
    gain = figures["attune-common"]["ndcg@10"]
    interval = f"{gain['difference']:+.4f} ({gain['low']:+.4f} to {gain['high']:+.4f})"
    found: list[str] = []
    if of.built_in and gain["low"] <= 0:
        found.append(f"{of.name}: nDCG@10 {interval} against the common recipe, expected all of it above 0")
    elif gain["high"] < 0:
        found.append(f"{of.name}: nDCG@10 {interval} against the common recipe: significantly worse")
    reached = figures["attune"]["ndcg@10"]
    if of.least_ndcg is not None and reached < of.least_ndcg:
        found.append(f"{of.name}: nDCG@10 {reached:.4f}, expected at least {of.least_ndcg}")
    if figures["timesTheCommonTime"] > MOST_TIMES_THE_COMMON_TIME:
        found.append(
            f"{of.name}: {figures['timesTheCommonTime']} times the common recipe's processor time, expected at most "
            f"{MOST_TIMES_THE_COMMON_TIME}"
        )
    return found


def table(sets: dict[str, dict[str, Any]]) -> str:
    rows = [["set", "recipe", "nDCG@10", "recall@10", "attune - common, 95 %", "seconds", "CPU s"]]
    for name, figures in sets.items():
        base, gain = figures["base"], figures["attune-common"]["ndcg@10"]
        rows.append([name, "base", f"{base['ndcg@10']:.4f}", f"{base['recall@10']:.4f}", "", "", ""])
        for recipe in ("common", "attune"):
            one = figures[recipe]
            interval = f"{gain['difference']:+.4f} ({gain['low']:+.4f} .. {gain['high']:+.4f})"
            rows.append(
                [
                    name,
                    recipe,
                    f"{one['ndcg@10']:.4f}",
                    f"{one['recall@10']:.4f}",
                    interval if recipe == "attune" else "",
                    f"{one['seconds']:.0f}",
                    f"{one['cpuSeconds']:.0f}",
                ]
            )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)

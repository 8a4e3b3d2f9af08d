"""Metric lines, in the one form that the job's MetricDefinitions read."""

from __future__ import annotations

LOSS = "loss"
DEV_NDCG = "dev_ndcg_at_10"


def log_metric(name: str, value: float, *, step: int, epoch: float, progress: float | None = None) -> None:
    """One short flushed line: the toolkit reads the output through a pipe, which may cut a long one in two.

    Args:
        progress: share of all steps that are done, in [0, 1]; whoever waits predicts the end from it.
    """
    share = "" if progress is None else f" progress={progress:.3f}"
    print(f"attune-metric step={step} epoch={epoch:.2f}{share} {name}={value:.4f}", flush=True)

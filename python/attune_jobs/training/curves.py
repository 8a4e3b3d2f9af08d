"""The loss and the dev score along the steps: printed as metric lines, and kept for the report."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..metrics_log import DEV_NDCG, LOSS, log_metric

MOST_POINTS = 200
"""Of a curve in attune.json; more would show nothing more."""

Points = list[tuple[int, float]]
"""Step and value, in the order of the steps."""


@dataclass(slots=True)
class Curves:
    loss: Points = field(default_factory=list)
    dev: Points = field(default_factory=list)

    def log_loss(self, value: float, *, step: int, epoch: float, progress: float) -> None:
        log_metric(LOSS, value, step=step, epoch=epoch, progress=progress)
        self.loss.append((step, value))

    def log_dev(self, value: float, *, step: int, epoch: float) -> None:
        log_metric(DEV_NDCG, value, step=step, epoch=epoch)
        self.dev.append((step, value))

    def state(self) -> dict[str, Points]:
        """For a checkpoint."""
        return {"loss": self.loss, "dev": self.dev}

    @staticmethod
    def of(state: dict[str, list[list[float]]]) -> Curves:
        """From a checkpoint's state; an empty one has none."""
        return Curves(**{name: [(int(step), value) for step, value in points] for name, points in state.items()})

    def thinned(self) -> dict[str, list[list[float]]]:
        """For attune.json: at most MOST_POINTS of each, evenly taken, the first and the last one among them."""
        return {
            name: [[step, round(value, 4)] for step, value in _thinned(points)]
            for name, points in self.state().items()
        }


def _thinned(points: Points) -> Points:
    if len(points) <= MOST_POINTS:
        return points
    return [points[round(at * (len(points) - 1) / (MOST_POINTS - 1))] for at in range(MOST_POINTS)]

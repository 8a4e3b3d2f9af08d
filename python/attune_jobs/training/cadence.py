"""When to write a checkpoint: as often as it costs next to nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

COST = 0.02
"""Share of the time that may go into saving."""

LEAST_SECONDS = 20.0
"""Between two saves, however fast they are; also before the first, which shows what one costs."""


class Cadence:
    """Saves fall due by the clock: after so long that one costs `COST` of the time, never within a step of the last.

    Args:
        fixed_seconds: due after exactly this long instead.
    """

    def __init__(self, fixed_seconds: float | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._fixed = fixed_seconds
        self._clock = clock
        self._saved_at = clock()
        self._step_at = self._saved_at
        self._step_seconds = 0.0
        self._save_seconds = 0.0

    @property
    def seconds(self) -> float:
        """An interruption costs at most this much work, and the step under way."""
        if self._fixed is not None:
            return self._fixed
        return max(LEAST_SECONDS, 2 * self._step_seconds, self._save_seconds / COST)

    def step_ended(self) -> bool:
        """Returns: whether to save now."""
        now = self._clock()
        self._step_seconds, self._step_at = now - self._step_at, now
        return now - self._saved_at >= self.seconds

    def saved(self, took_seconds: float) -> None:
        self._save_seconds = took_seconds
        self._saved_at = self._step_at = self._clock()

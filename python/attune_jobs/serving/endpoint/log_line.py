"""What the endpoint's log holds of a request."""

from __future__ import annotations

import json
import time
from typing import Any


def log(**figures: Any) -> None:
    """One JSON line for each request. Texts never go in."""
    print(json.dumps({"event": "request", **figures}), flush=True)


def ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)

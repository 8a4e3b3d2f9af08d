"""report.html: the evaluation for a person."""

from __future__ import annotations

import json
from html import escape
from typing import Any


def render(report: dict[str, Any]) -> str:
    return f"<!doctype html><meta charset=utf-8><title>Evaluation</title><pre>{escape(json.dumps(report['summary'], indent=1))}</pre>"

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from attune_jobs.metrics_log import log_metric

LINES = json.loads((Path(__file__).parents[2] / "test" / "fixtures" / "metric-lines.json").read_text(encoding="utf-8"))
"""What attune reads in which line: test/unit/run/metricLine.test.ts holds its regular expressions to the same file."""


@pytest.mark.parametrize("case", LINES, ids=lambda case: case["line"])
def test_a_metric_is_told_in_the_line_that_attune_reads(
    case: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    log_metric(**case["told"])
    assert capsys.readouterr().out == case["line"] + "\n"

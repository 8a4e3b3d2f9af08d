from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from attune_jobs.evaluation.systems import progress_line
from attune_jobs.metrics_log import log_metric

WORK_LINES = json.loads(
    (Path(__file__).parents[2] / "test" / "fixtures" / "work-lines.json").read_text(encoding="utf-8")
)
LINES = json.loads((Path(__file__).parents[2] / "test" / "fixtures" / "metric-lines.json").read_text(encoding="utf-8"))
"""What attune reads in which line: test/unit/run/metricLine.test.ts holds its regular expressions to the same file."""


@pytest.mark.parametrize("case", LINES, ids=lambda case: case["line"])
def test_a_metric_is_told_in_the_line_that_attune_reads(
    case: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    log_metric(**case["told"])
    assert capsys.readouterr().out == case["line"] + "\n"


@pytest.mark.parametrize("case", WORK_LINES, ids=lambda case: case["line"])
def test_the_evaluation_tells_how_far_it_is_in_the_form_that_watch_reads(case: dict[str, Any]) -> None:
    assert progress_line(**case["told"]) == case["line"]

"""The one boundary that turns a job's end into what SageMaker reads: an exit code and a failure file."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from .errors import UserError

FAILURE_CHARACTERS = 1024
"""SageMaker shows this much of the file as FailureReason or ExitMessage."""


def run_job(main: Callable[[], None], failure_file: Path) -> int:
    """Run `main` and report how it ended.

    Returns: 0 when done; 2 after a `UserError` (the data or the spec); 1 after anything else. In the latter two cases
    the sentence stands in `failure_file` and on stderr.
    """
    try:
        main()
        return 0
    except UserError as error:
        _write_failure(failure_file, str(error))
        return 2
    except Exception as error:  # the edge of the process: nobody above can handle it
        traceback.print_exc()
        _write_failure(failure_file, f"Internal error: {type(error).__name__}: {error}")
        return 1


def _write_failure(failure_file: Path, message: str) -> None:
    print(message, file=sys.stderr, flush=True)
    failure_file.parent.mkdir(parents=True, exist_ok=True)
    failure_file.write_text(message[:FAILURE_CHARACTERS], encoding="utf-8", errors="replace")

"""The one boundary that turns a job's end into what SageMaker reads: an exit code and a failure file."""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from .errors import UserError, printable

FAILURE_CHARACTERS = 1024
"""SageMaker shows this much of the file as FailureReason or ExitMessage."""


def run_job(main: Callable[[], None], failure_file: Path) -> int:
    """Run `main` and report how it ended.

    Returns: 0 when done; 2 after a `UserError` (the data or the spec) and on a full disk; 1 after anything else, a
    panic of a library's Rust code included, which is no Exception. Then the sentence stands in `failure_file` and on
    stderr.
    """
    try:
        main()
        return 0
    except UserError as error:
        _write_failure(failure_file, str(error))
        return 2
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the edge of the process: nobody above can handle it
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            _write_failure(failure_file, "The instance's disk is full. Give this stage a larger compute.….volumeGb.")
            return 2
        traceback.print_exc()
        _write_failure(failure_file, printable(f"Internal error: {type(error).__name__}: {error}"))
        return 1


def _write_failure(failure_file: Path, message: str) -> None:
    print(message, file=sys.stderr, flush=True)
    failure_file.parent.mkdir(parents=True, exist_ok=True)
    failure_file.write_text(message[:FAILURE_CHARACTERS], encoding="utf-8", errors="replace")

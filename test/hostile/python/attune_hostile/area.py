"""What an area of inputs is, and how each input is judged."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SECONDS = 20
"""Of CPU, for one input: what takes longer is not bounded by its size. A busy machine makes no input a bad one."""

SHOWN = 300


@dataclass(frozen=True)
class Case:
    input: str
    """In words, or as it is written."""

    run: Callable[[], str | None]
    """Hands the input over. Returns: what is wrong with the outcome; None where it is as it should be."""

    expected: str


Maker = Callable[[random.Random, Path], Case]
"""Makes one input; the folder is its own, and empty."""


class TooLong(BaseException):
    """No Exception: nothing that judges an input may take it for its own."""


@contextmanager
def in_time() -> Iterator[None]:
    def late(*_: object) -> None:
        raise TooLong

    signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def judge(case: Case) -> dict[str, str] | None:
    """Returns: the input, what was expected and what was seen, where that differs."""
    try:
        with in_time():
            seen = case.run()
    except TooLong:
        seen = f"not done after {SECONDS} s"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        seen = f"{type(error).__name__}: {error}"
    if seen is None:
        return None
    return {"input": ascii(case.input)[:SHOWN], "expected": case.expected, "seen": ascii(seen)[:SHOWN]}

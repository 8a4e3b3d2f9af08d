"""What tells the questions of a test from those of another, in little room: src/run/looks.ts compares two."""

from __future__ import annotations

import xxhash

from ..question_keys import leak_key

MOST_SAMPLED = 256


def question_print(questions: list[str]) -> dict[str, str | list[str]]:
    """One hash of all questions, whatever their order, and the smallest of each, ascending: a bottom-k sketch.

    Source: Cohen and Kaplan 2007, Summarizing data using bottom-k sketches.
    """
    keys = sorted({xxhash.xxh3_64_hexdigest(leak_key(question).encode("utf-8")) for question in questions})
    return {"hash": xxhash.xxh3_128_hexdigest("".join(keys).encode("ascii")), "sample": keys[:MOST_SAMPLED]}

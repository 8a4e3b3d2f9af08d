"""Texts, names, numbers and JSON that have broken programs before."""

from __future__ import annotations

import json
import random
from typing import Any

UGLY = [
    "",
    " ",
    "\x00",
    "a\tb",
    "a\nb",
    "a\r\nb",
    "\x1b]0;x\x07",
    "\x1b[31m",
    "\x85",
    "\u2028",
    "\u202e",
    "\u200b",
    "\ufeff",
    "\ud800",
    "\udfff x",
    "e\u0301",
    "👩\u200d🔬",
    "../../etc/passwd",
    "/etc/passwd",
    "<script>alert(1)</script>",
    "'; DROP TABLE x; --",
    "{{7*7}}",
    "__proto__",
    "NaN",
    "-0",
]

LINES = [
    "# a" + " " * 20_000 + "b",
    "# " + "#" * 20_000,
    "<a " * 20_000,
    "<a>" * 20_000,
    "{#" * 20_000,
    "e" + "\u0301\u0323" * 50_000,
    "[" * 20_000 + "](" * 20_000,
    "|" + " - |" * 20_000,
    "=" * 50_000 + "x",
    "a" * 500_000,
    "word " * 100_000,
    "\u200e\n" * 20_000,
    ". " * 50_000,
    "- " * 50_000,
    "\n" * 50_000,
]


def text(choose: random.Random) -> str:
    kind = choose.randrange(5)
    if kind == 0:
        return choose.choice(UGLY)
    if kind == 1:
        return choose.choice(LINES)
    if kind == 2:
        return choose.choice(UGLY).join(choose.choices(["one", "two", "three", "lamp", "river"], k=4))
    if kind == 3:
        return "".join(chr(choose.choice([choose.randrange(0x80), choose.randrange(0x3000)])) for _ in range(12))
    return " ".join(choose.choices(["what", "where", "lamp", "river", "stone", "cloud"], k=choose.randrange(1, 30)))


def anything(choose: random.Random) -> Any:
    """A value of JSON, seldom of the type that is wanted."""
    return choose.choice(
        [
            None,
            True,
            0,
            -1,
            2**63,
            10**12,
            10**400,
            1.5,
            float("nan"),
            float("inf"),
            [],
            {},
            [text(choose)],
            {text(choose)[:50]: text(choose)[:50]},
            text(choose),
        ]
    )


def raw_line(choose: random.Random) -> bytes:
    """What stands in the place of a JSON object."""
    whole = json.dumps({"query": "a", "document": "b", "_id": "c", "text": "d"}).encode()
    return choose.choice(
        [
            b"[" * choose.choice([1, 900, 50_000]),
            b'{"query": "a", "document": ' + b"[" * 50_000,
            b'{"query": "a", "document": "b", "_id": "z", "text": "b", "n": ' + b"9" * 5_000 + b"}",
            b"\xff\xfe" + whole.decode().encode("utf-16-le"),
            b"\x00" * 100,
            b"null",
            b"{}",
            whole[: choose.randrange(1, len(whole))],
            choose.randbytes(choose.randrange(1, 200)).replace(b"\n", b""),
            b'{"query": "\\ud800", "document": "b", "_id": "\\ud800", "text": "b"}',
            b" ",
        ]
    )

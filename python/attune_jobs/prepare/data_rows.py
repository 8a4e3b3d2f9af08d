"""What a row of a data file may hold, under which names. Made from src/spec/dataRows.ts, which says why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RULE: dict[str, Any] = json.loads(Path(__file__).with_name("data_rows.json").read_text(encoding="utf-8"))

SUFFIXES: tuple[str, ...] = tuple(RULE["suffixes"])
QRELS_SUFFIXES: tuple[str, ...] = tuple(RULE["qrelsSuffixes"])

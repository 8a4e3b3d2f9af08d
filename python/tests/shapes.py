"""The files that attune's TypeScript reads, held to the JSON Schemas that its build made of what it reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).parents[2] / "schema"


def hold(name: str, value: Any) -> None:
    """Raises: AssertionError with every place where `value` is not of the shape, such as evaluation-report."""
    schema = json.loads((SCHEMAS / f"{name}-v1.schema.json").read_text(encoding="utf-8"))
    faults = [
        f"{'.'.join(map(str, fault.absolute_path)) or 'it'}: {fault.message[:200]}"
        for fault in Draft202012Validator(schema).iter_errors(value)
    ]
    assert not faults, f"not a {name}: {'; '.join(faults)}"

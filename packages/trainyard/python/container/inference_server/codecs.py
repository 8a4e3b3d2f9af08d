"""What the container does with a body when the model's code leaves it to the container.

Content types are matched exactly, as the Hugging Face container matches them: `application/json; charset=utf-8` is
not JSON.
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

JSON = "application/json"
CSV = "text/csv"
NPY = "application/x-npy"
TEXT_TYPES = {JSON, CSV}
"""These reach `input_fn` as text; everything else as bytes."""


class UnsupportedType(Exception):
    """A content type that nothing here can read or write."""

    def __init__(self, content_type: str) -> None:
        super().__init__(f"content type {content_type!r}: expected one of {JSON}, {CSV}, {NPY}")


class NotText(Exception):
    """A body that should be text and is not."""

    status = 400

    def __init__(self, content_type: str, error: UnicodeDecodeError) -> None:
        super().__init__(f"the body is not {content_type} in UTF-8: byte {error.start} {error.reason}")


def text(data: bytes, content_type: str) -> str:
    """Raises NotText."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotText(content_type, error) from error


def decode(data: str | bytes, content_type: str) -> Any:
    """The body as Python data; CSV (with a header line) as {"inputs": …}. Raises UnsupportedType."""
    if content_type == JSON:
        return json.loads(data)
    if content_type == CSV:
        rows = list(csv.DictReader(io.StringIO(data if isinstance(data, str) else data.decode("utf-8"))))
        return {"inputs": [row["inputs"] for row in rows] if rows and "inputs" in rows[0] else rows}
    if content_type == NPY:
        import numpy as np

        return np.load(io.BytesIO(data if isinstance(data, bytes) else data.encode("utf-8")), allow_pickle=False)
    raise UnsupportedType(content_type)


def encode(prediction: Any, accept: str) -> str | bytes:
    """Python data as a body of the wanted type. Raises UnsupportedType."""
    if accept == JSON:
        return json.dumps(prediction, default=_plain)
    if accept == CSV:
        out = io.StringIO()
        rows = prediction if isinstance(prediction, list) else [prediction]
        named = all(isinstance(row, dict) for row in rows) and bool(rows)
        writer = csv.writer(out)
        if named:
            writer.writerow(rows[0].keys())
        for row in rows:
            writer.writerow(row.values() if named else row if isinstance(row, (list, tuple)) else [row])
        return out.getvalue()
    if accept == NPY:
        import numpy as np

        buffer = io.BytesIO()
        np.save(buffer, np.asarray(prediction), allow_pickle=False)
        return buffer.getvalue()
    raise UnsupportedType(accept)


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")

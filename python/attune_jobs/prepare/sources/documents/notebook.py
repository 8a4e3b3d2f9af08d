"""Jupyter notebooks: the text and code of their cells; what the code printed is left out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .markdown import markdown_blocks
from .structure import Block, Code, Document, UnreadableError, without_surrogates


def read_notebook(text: str) -> Document:
    """Of format 3 or 4. Raises: UnreadableError."""
    try:
        notebook = json.loads(text)
    except ValueError as error:
        raise UnreadableError(f"no notebook: not JSON ({error})") from None
    return Document(_title(notebook), tuple(_blocks(notebook)))


def _title(notebook: Any) -> str:
    metadata = notebook.get("metadata") if isinstance(notebook, dict) else None
    title = metadata.get("title") if isinstance(metadata, dict) else None
    return without_surrogates(title) if isinstance(title, str) else ""


def _blocks(notebook: Any) -> Iterator[Block]:
    for cell in _cells(notebook):
        source = cell.get("source", cell.get("input", ""))
        text = "".join(map(str, source)) if isinstance(source, list) else str(source)
        text = without_surrogates(text)
        kind = cell.get("cell_type")
        if kind == "markdown":
            yield from markdown_blocks(text)
        elif kind == "heading":
            yield from markdown_blocks(f"{'#' * _level(cell.get('level'))} {text}")
        elif kind == "code" and text.strip():
            yield Code(text.strip("\n"))


def _level(level: Any) -> int:
    return level if isinstance(level, int) and 1 <= level <= 6 else 1


def _cells(notebook: Any) -> Iterator[dict[str, Any]]:
    """Format 3 keeps them in sheets, and code as "input"."""
    found = notebook if isinstance(notebook, dict) else {}
    sheets = [found] if "cells" in found else found.get("worksheets")
    if not isinstance(sheets, list):
        raise UnreadableError('no notebook: it has no "cells"')
    for sheet in sheets:
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        yield from (cell for cell in cells if isinstance(cell, dict)) if isinstance(cells, list) else ()

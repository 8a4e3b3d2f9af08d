"""Rows of a data file, whatever its format: JSON Lines, CSV, TSV or Parquet, each row an object."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from .data_rows import RULE
from .json_lines import read_objects
from .lines import MAX_LINE_BYTES, MAX_UNPACKED_BYTES, read_lines
from .problems import Problems

BATCH = 256
"""Rows of a Parquet file in memory at once."""

Row = dict[str, Any]


def read_rows(file: Path, problems: Problems) -> Iterator[tuple[str, Row]]:
    """Each row's place ("pairs.csv:17", by the line on which it begins, or the row's number in Parquet) and its cells.

    Faults go to `problems`; those of the file as a whole end its reading.
    """
    name = file.name.lower().removesuffix(".gz")
    if name.endswith(".parquet"):
        return _parquet_rows(file, problems)
    if name.endswith((".csv", ".tsv")):
        return _table_rows(file, problems)
    return read_objects(file, problems)


def separator_of(name: str, first_line: str) -> str:
    """A tab of a .tsv; of a .csv whichever its first line has most of: Excel writes semicolons in half of Europe."""
    if name.lower().removesuffix(".gz").endswith(".tsv"):
        return "\t"
    separators: list[str] = RULE["separators"]
    return max(separators, key=first_line.count)


def _table_rows(file: Path, problems: Problems) -> Iterator[tuple[str, Row]]:
    """Cells are texts, quoted as RFC 4180 has it; the first row names the columns."""
    csv.field_size_limit(MAX_LINE_BYTES)
    lines = (line for _, line in read_lines(file, problems))
    first = next(lines, "")
    table = csv.reader(chain([first], lines), delimiter=separator_of(file.name, first), strict=True)
    header: list[str] | None = None
    line = 0
    try:
        for cells in table:
            where = f"{file.name}:{line + 1}"
            line = table.line_num
            if not cells:
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                fault = _header_fault(header)
                if fault:
                    problems.add(where, fault)
                    return
            elif len(cells) != len(header):
                problems.add(where, f"found {len(cells)} cells, expected {len(header)} as the first line has")
            else:
                yield where, {name: cell for name, cell in zip(header, cells, strict=True) if name}
    except csv.Error as error:
        problems.add(f"{file.name}:{line + 1}", f"not CSV ({error}); the rest of it is not read")


def _header_fault(header: list[str]) -> str | None:
    repeated = sorted({name for name in header if name and header.count(name) > 1})
    return f"two columns are named {repeated[0]!r}" if repeated else None


def _parquet_rows(file: Path, problems: Problems) -> Iterator[tuple[str, Row]]:
    # Comes with the package `datasets`, of which training reads; imported where a file asks for it.
    import pyarrow
    from pyarrow import parquet

    number = 0
    try:
        with parquet.ParquetFile(file) as table:
            groups = range(table.metadata.num_row_groups)
            if sum(table.metadata.row_group(group).total_byte_size for group in groups) > MAX_UNPACKED_BYTES:
                problems.add(file.name, f"unpacks to more than {MAX_UNPACKED_BYTES:,} bytes; give it in several files")
                return
            for batch in table.iter_batches(batch_size=BATCH):
                for row in batch.to_pylist():
                    number += 1
                    yield f"{file.name}:{number}", row
    except (pyarrow.ArrowException, OSError) as error:
        problems.add(f"{file.name}:{number + 1}", f"not Parquet that can be read ({str(error)[:200]})")

"""Pairs: {"query", "document", "group"?} a line."""

from __future__ import annotations

from pathlib import Path

from ...texts import clean_line
from ..collection import Collection
from ..json_lines import find_files, read_objects, text_field
from ..problems import Problems
from ..tokens import TokenCounter

ADVICE = 'Each line must be {"query": text, "document": text, "group"?: text}. Mend these lines and submit again.'


def read_pairs(inputs: Path, collection: Collection, _: TokenCounter) -> list[Path]:
    """Returns: the files read. Raises: UserError with file and line of each malformed row."""
    files = find_files(inputs / "pairs", "pairs")
    problems = Problems()
    for file in files:
        for where, value in read_objects(file, problems):
            query = text_field(value, "query", where, problems)
            document = text_field(value, "document", where, problems)
            title = text_field(value, "title", where, problems, optional=True) or ""
            group = text_field(value, "group", where, problems, optional=True)
            collection.rows_read += 1
            if query is None or document is None:
                continue
            question = collection.add_question(query, origin=collection.origin_in(value, where))
            passage = collection.add_passage(document, title)
            if question is None or passage is None:
                collection.unreadable.append(where)
                continue
            collection.add_row(question, passage, collection.add_group(group) if group and clean_line(group) else -1)
    problems.refuse(ADVICE)
    return files

"""Documents without questions: a section's headings are the question, or are left to whoever writes questions."""

from __future__ import annotations

from pathlib import Path

from ....errors import UserError
from ....origins import HEADINGS
from ...collection import UNREADABLE_LIMIT, Collection
from ...json_lines import require_input
from ...tokens import TokenCounter
from .files import SUFFIXES, document_files
from .passages import UNREADABLE, passages_of


def read_documents(inputs: Path, collection: Collection, tokens: TokenCounter, headings: bool = True) -> list[Path]:
    """Adds the passages, and their headings as questions.

    Args:
        headings: whether a heading asks for its section. Else it stands over the section's passages with the others.
    Returns: the files.
    Raises: UserError where there is none, too many cannot be read, or names cannot be ids.
    """
    folder = inputs / "documents"
    files = _files(folder)
    collection.rows_read += len(files)

    group, document, asked, asks = -1, "", None, ""
    for passage in passages_of(folder, tokens, collection.set_aside):
        if passage.document != document:
            document, group, asks, asked = passage.document, collection.add_group(passage.document), "", None
        if passage.asks != asks:
            asks = passage.asks
            asked = collection.add_question(asks, origin=HEADINGS) if asks and headings else None
        # A heading that asks stands in the question; in the passage too, the one would be a copy of the other.
        title = ": ".join((passage.title_path[:-1] if headings else passage.title_path) or passage.title_path)
        number = collection.add_passage(passage.text, title, passage.id)
        if asked is not None and number is not None:
            collection.add_row(asked, number, group)
    _refuse_unreadable(collection, len(files))
    return files


def _refuse_unreadable(collection: Collection, files: int) -> None:
    left_out = collection.left_out.get(UNREADABLE)
    if left_out and left_out.count > UNREADABLE_LIMIT * files:
        raise UserError(
            f"{left_out.count} of {files} {UNREADABLE}, more than {UNREADABLE_LIMIT:.0%}. The first: "
            f"{'; '.join(left_out.examples)}. Fix or remove them."
        )


def _files(folder: Path) -> list[Path]:
    require_input(folder, "documents")
    left_out: list[str] = []
    files = [file for _, file in document_files(folder, lambda reason, name: left_out.append(f"{name} ({reason})"))]
    if not files:
        found = ", ".join(sorted(left_out)[:10]) or "nothing"
        expected = ", ".join(suffix for suffix, _ in SUFFIXES)
        raise UserError(f"data.documents: found {found}, expected a file that ends in {expected}.")
    return files

"""Reads a file by the reader of its form; run as a program, one file after the other for `converting.Converter`."""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from .converting import LENGTH
from .decoding import decoded
from .files import form_of
from .structure import Document, UnreadableError

READERS = {
    "markdown": ("markdown", "read_markdown"),
    "mdx": ("markdown", "read_mdx"),
    "html": ("html", "read_html"),
    "rst": ("rst", "read_rst"),
    "asciidoc": ("asciidoc", "read_asciidoc"),
    "notebook": ("notebook", "read_notebook"),
    "plain": ("plain", "read_plain"),
    "pdf": ("pdf", "read_pdf"),
    "docx": ("docx", "read_docx"),
}
"""Form → module beside this one and its function: of a text; of bytes where it is in OF_BYTES."""

OF_BYTES = frozenset({"html", "pdf", "docx"})

MAX_BYTES = {"pdf": 256_000_000, "docx": 256_000_000, "notebook": 64_000_000}
MAX_DOCUMENT_BYTES = 16_000_000
"""Of every other form: about three million words. A book is a tenth of it, and what is longer is a dump."""

MAX_MEMORY = 4_000_000_000


def convert(file: Path) -> Document:
    """In this process. Raises: UnreadableError with the reason; MemoryError, RecursionError."""
    form = form_of(file.name)
    if form is None:
        raise UnreadableError("of no form that is read")
    most = MAX_BYTES.get(form, MAX_DOCUMENT_BYTES)
    size = file.stat().st_size
    if size > most:
        raise UnreadableError(f"{size:,} bytes, at most {most:,} are read of one document")
    content = file.read_bytes()
    module, function = READERS[form]
    read = getattr(importlib.import_module(f".{module}", __package__), function)
    document: Document = read(content if form in OF_BYTES else decoded(content))
    return document


def _answers(paths: IO[bytes]) -> Iterator[Document | str]:
    for line in paths:
        try:
            yield convert(Path(os.fsdecode(bytes.fromhex(line.decode()))))
        except UnreadableError as error:
            yield str(error)
        except MemoryError:
            yield f"its reader needs more than {MAX_MEMORY:,} bytes of memory"
        except RecursionError:
            yield "nested too deeply"
        except Exception as error:  # a reader's own fault is the file's: the others are read
            yield f"its reader fails over it ({type(error).__name__})"


def _serve() -> None:
    # What a reader prints is no answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with contextlib.suppress(ValueError, OSError):  # where the system keeps no such limit, or a lower one
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    for answer in _answers(sys.stdin.buffer):
        packed = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
        answers.write(LENGTH.pack(len(packed)) + packed)
        answers.flush()


if __name__ == "__main__":
    _serve()

"""Word documents (.docx): mammoth makes HTML of them by their styles."""

from __future__ import annotations

import io
import zipfile

import mammoth

from .html import html_blocks
from .structure import Document, UnreadableError

MAX_UNPACKED_BYTES = 200_000_000
"""Of all parts that are text: a thousand pages take some 10 MB."""

STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Code'] => pre:separator('\\n')
p[style-name='Source Code'] => pre:separator('\\n')
p[style-name='HTML Preformatted'] => pre:separator('\\n')
"""


def read_docx(content: bytes) -> Document:
    """Raises: UnreadableError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            _refuse_bomb(packed.infolist())
        html = mammoth.convert_to_html(io.BytesIO(content), style_map=STYLES, convert_image=_no_image).value
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise UnreadableError(f"no Word document ({type(error).__name__})") from None
    return Document("", tuple(html_blocks(html)))


def _refuse_bomb(parts: list[zipfile.ZipInfo]) -> None:
    """By what the parts say of themselves: zipfile reads no more of a part than that."""
    unpacked = sum(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))
    if unpacked > MAX_UNPACKED_BYTES:
        raise UnreadableError(f"it unpacks to {unpacked:,} bytes of text, at most {MAX_UNPACKED_BYTES:,} are read")


@mammoth.images.img_element
def _no_image(image: object) -> dict[str, str]:
    """Pictures stay out; what is said of them (alt text) stays in."""
    return {}

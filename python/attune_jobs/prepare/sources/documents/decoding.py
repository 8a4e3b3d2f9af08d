"""The text of a file that says in no metadata how it is encoded."""

from __future__ import annotations

from .structure import UnreadableError


def decoded(content: bytes) -> str:
    """UTF-8, or UTF-16 where the file begins with its mark. Raises: UnreadableError."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\x00" in content[:8_192]:
        raise UnreadableError("not text but binary")
    else:
        encoding = "utf-8-sig"
    try:
        return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"not UTF-8 at byte {error.start}") from None

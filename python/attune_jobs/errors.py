"""The one kind of error that is the user's to fix."""

from __future__ import annotations


class UserError(Exception):
    """The data or the spec is at fault; running again cannot help.

    The message says which thing, what was found, what was expected, and what to do. SageMaker shows its first 1,024
    characters. It may repeat names of files and contents of the data: what would steer a terminal is escaped.
    """

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


def printable(text: str) -> str:
    """Control and direction characters, and halves of surrogate pairs, written out as escapes; line breaks stay."""
    return "".join(
        character if character.isprintable() or character == "\n" else ascii(character)[1:-1] for character in text
    )

"""The one kind of error that is the user's to mend."""

from __future__ import annotations


class UserError(Exception):
    """The data or the spec is at fault; running again cannot help.

    The message says which thing, what was found, what was expected, and what to do. SageMaker shows its first 1,024
    characters.
    """

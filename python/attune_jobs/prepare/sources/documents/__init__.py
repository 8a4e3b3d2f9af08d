"""Documents of many forms: each becomes one structure, which one chunker cuts into passages."""

from .passages import Passage, passages_of
from .reading import read_documents

__all__ = ["Passage", "passages_of", "read_documents"]

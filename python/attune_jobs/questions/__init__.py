"""The job that chooses the passages for which a language model writes questions."""

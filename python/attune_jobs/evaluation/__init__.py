"""Evaluate: every system on the same held-out questions over the whole corpus, with intervals, and a report of it."""

"""The endpoint's handler. `inference.py` and `references.py` are copied as they are into every model package."""

"""The endpoint's handler. `inference.py` is copied as it is into every model package."""

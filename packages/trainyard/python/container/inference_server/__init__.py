"""The inference container: an HTTP server over the handler functions of a model's `code/inference.py`."""

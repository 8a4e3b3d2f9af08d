"""The endpoint's handler. `inference.py` and the folder `endpoint` are copied as they are into every model package."""

"""What answers at the endpoint. The folder travels whole in `code/` of every model package, beside `inference.py`, and
may stand under any name there: it imports nothing of attune but what lies in it."""

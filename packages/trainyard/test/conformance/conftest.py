"""The fixtures of the suite stand in bench.py, so that others can test their own jobs on the same bench."""

pytest_plugins = ["bench"]

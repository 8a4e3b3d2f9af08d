"""attune's own jobs are tried on the bench of the local SageMaker: a real S3 server, the emulator, boto3."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "packages/trainyard/test/conformance"))
pytest_plugins = ["bench"]

"""Runs the integration tests of the SageMaker Python SDK, version 3, that need no service which is not here.

They run in the environment that TRAINYARD_SDK3_PYTHON names, against a real S3 server and a local SageMaker that runs
their jobs; pytest comes beside it, into the cache.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from table import judged

import bench

HERE = Path(__file__).parent
SUITES = [
    "sagemaker-train/tests/integ/train/test_model_trainer.py",
    "sagemaker-mlops/tests/integ/test_model_registry.py",
    "sagemaker-mlops/tests/integ/test_processing_job_sklearn.py",
]
# The SDK sends every call's name to its makers, unless told otherwise.
CONFIG = "SchemaVersion: '1.0'\nSageMaker: {PythonSDK: {Modules: {TelemetryOptOut: true}}}\n"


def main(checkout: Path, cache: Path) -> int:
    bench.REGION = bench.KEYS["AWS_REGION"] = "us-west-2"  # whose images the tests name
    with tempfile.TemporaryDirectory() as scratch:
        places = {name: Path(scratch) / name for name in ("s3", "state", "config.yaml", "report.xml")}
        places["s3"].mkdir()
        places["config.yaml"].write_text(CONFIG)
        s3, url = s3_server(places["s3"])
        emulator = bench.Emulator(places["state"], url, events_url=None)
        emulator.start()
        environment = {
            **os.environ,
            **bench.KEYS,
            "AWS_DEFAULT_REGION": bench.REGION,
            "AWS_ENDPOINT_URL_S3": url,
            **{
                f"AWS_ENDPOINT_URL_{service}": emulator.url
                for service in ("SAGEMAKER", "SAGEMAKER_RUNTIME", "CLOUDWATCH_LOGS")
            },
            "SAGEMAKER_USER_CONFIG_OVERRIDE": str(places["config.yaml"]),
            # Otherwise IAM is asked whether the role may do all that it is for.
            "SAGEMAKER_VALIDATE_ROLE": "false",
            "TRAINYARD_BUCKET": bench.BUCKET,
            "TRAINYARD_ROLE": bench.ROLE,
            "PYTHONPATH": os.pathsep.join([str(pytest_for_others(cache)), str(HERE)]),
        }
        pytest = [os.environ["TRAINYARD_SDK3_PYTHON"], "-m", "pytest", "-v", "-p", "sdk_on_trainyard", "--noconftest"]
        command = [*pytest, "-p", "no:cacheprovider", "--tb=short", f"--junitxml={places['report.xml']}", *SUITES]
        try:
            subprocess.run(command, cwd=checkout, env=environment, stdout=sys.stderr)
        finally:
            emulator.stop()
            emulator.kill_all()
            s3.terminate()
            s3.wait()
        return judged(places["report.xml"], [Path(suite).stem for suite in SUITES])


def s3_server(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    port = bench.free_port()
    address = f"127.0.0.1:{port}"
    command = [bench.S3_SERVER, "--port", address, "--region", bench.REGION, "--quiet", "posix", str(folder)]
    keys = {"ROOT_ACCESS_KEY": "local", "ROOT_SECRET_KEY": "local-secret"}
    server = subprocess.Popen(command, env={**os.environ, **keys})
    bench.until("S3 server listens", lambda: bench.can_connect(port))
    bench.client("s3", f"http://{address}").create_bucket(Bucket=bench.BUCKET)
    return server, f"http://{address}"


def pytest_for_others(cache: Path) -> Path:
    """pytest for an environment that has none, at the version of this one; made once."""
    release = version("pytest")
    folder = cache / f"pytest-{release}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as fresh:
            pip = [sys._base_executable, "-m", "pip", "install", "--quiet", "--target", fresh, f"pytest=={release}"]
            subprocess.run(pip, check=True, capture_output=True)
            Path(fresh).rename(folder)
            Path(fresh).mkdir()
    return folder

"""Runs moto's own tests of the operations that are here against the local SageMaker: `npm run test:outsiders`.

Its sources come from the package index at the version that the suite's lock pins, into the cache; nothing of them is
kept here. What fails has to stand in OUTSIDERS.md with its reason, and what stands there has to fail. The last line of
stdout is a JSON object of figures; where the sources cannot be had it says why, and the exit code is 0.

With `--sdk FOLDER`, a checkout of the SageMaker Python SDK's repository, its tests run instead; see sdk.py.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

from table import judged

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trainyard" / "outsiders"
MODULES = [
    f"test_sagemaker_{name}" for name in ("processing", "training", "models", "endpoint", "hyper_parameter_tuning_job")
]


def main() -> int:
    parser = argparse.ArgumentParser(prog="npm run test:outsiders --")
    parser.add_argument("--sdk", type=Path, help="a checkout of the SageMaker Python SDK's repository")
    asked = parser.parse_args()
    if asked.sdk:
        import sdk

        return sdk.main(asked.sdk.resolve(), CACHE)
    try:
        sources = fetched("moto", version("moto"))
    except (OSError, subprocess.CalledProcessError) as error:
        print(json.dumps({"skipped": f"moto's sources cannot be had: {error}"}))
        return 0
    return ran(sources)


def fetched(name: str, release: str) -> Path:
    """The unpacked sources of a release; made once."""
    folder = CACHE / f"{name}-{release}"
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as fresh:
            pip = [sys._base_executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
            subprocess.run([*pip, "--dest", fresh, f"{name}=={release}"], check=True, capture_output=True)
            [archive] = Path(fresh).glob("*.tar.gz")
            with tarfile.open(archive) as tar:
                tar.extractall(fresh, filter="data")
            (Path(fresh) / f"{name}-{release}").rename(folder)
    return folder


def ran(sources: Path) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        pytest = [sys.executable, "-m", "pytest", "-q", "-p", "on_trainyard", "-p", "no:cacheprovider", "--noconftest"]
        paths = os.pathsep.join([str(HERE), str(HERE.parent / "conformance")])
        suites = [f"tests/test_sagemaker/{module}.py" for module in MODULES]
        command = [*pytest, "--tb=short", f"--junitxml={report}", *suites]
        subprocess.run(command, cwd=sources, env={**os.environ, "PYTHONPATH": paths}, stdout=sys.stderr)
        return judged(report, MODULES)


if __name__ == "__main__":
    sys.exit(main())

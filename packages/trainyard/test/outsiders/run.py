"""Runs moto's own tests of the operations that are here against the local SageMaker: `npm run test:outsiders`.

Its sources come from the package index at the version that the suite's lock pins, into the cache; nothing of them is
kept here. What fails has to stand in OUTSIDERS.md with its reason, and what stands there has to fail. The last line of
stdout is a JSON object of figures; where the sources cannot be had it says why, and the exit code is 0.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as xml
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "OUTSIDERS.md"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trainyard" / "outsiders"
SUITES = [
    f"tests/test_sagemaker/test_sagemaker_{name}.py"
    for name in ("processing", "training", "models", "endpoint", "hyper_parameter_tuning_job")
]


def main() -> int:
    try:
        sources = fetched("moto", version("moto"))
    except (OSError, subprocess.CalledProcessError) as error:
        print(json.dumps({"skipped": f"moto's sources cannot be had: {error}"}))
        return 0
    passed, failed = ran(sources)
    known = set(re.findall(r"^\| `(\w+::\w+)` \|", TABLE.read_text(encoding="utf-8"), re.MULTILINE))
    print(
        json.dumps(
            {
                "passed": len(passed),
                "differ": len(failed),
                "new": sorted(failed - known),
                "gone": sorted(known - failed),
            }
        )
    )
    return 0 if passed and failed == known else 1


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


def ran(sources: Path) -> tuple[set[str], set[str]]:
    """The names of the tests that passed, and of those that did not, as `module::test`."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        pytest = [sys.executable, "-m", "pytest", "-q", "-p", "on_trainyard", "-p", "no:cacheprovider", "--noconftest"]
        paths = os.pathsep.join([str(HERE), str(HERE.parent / "conformance")])
        command = [*pytest, "--tb=short", f"--junitxml={report}", *SUITES]
        subprocess.run(command, cwd=sources, env={**os.environ, "PYTHONPATH": paths}, stdout=sys.stderr)
        cases = list(xml.parse(report).getroot().iter("testcase"))
    names = {name_of(case): case.find("failure") is None and case.find("error") is None for case in cases}
    return {name for name, ok in names.items() if ok}, {name for name, ok in names.items() if not ok}


def name_of(case: xml.Element) -> str:
    return f"{case.attrib['classname'].rpartition('.')[2]}::{case.attrib['name'].partition('[')[0]}"


if __name__ == "__main__":
    sys.exit(main())

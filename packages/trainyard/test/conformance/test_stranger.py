"""The package alone: packed, installed into an empty folder, started by its name, driven by boto3."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench import KEYS, PACKAGE, PYTHON, REGION

# boto3 reads this variable, and not AWS_REGION.
SETTINGS = {**{k: v for k, v in KEYS.items() if k != "AWS_REGION"}, "AWS_DEFAULT_REGION": REGION}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of somebody who has nothing but `npm install` of the packed file."""
    home = tmp_path_factory.mktemp("stranger")
    npm("pack", "--pack-destination", str(home), cwd=PACKAGE)
    [archive] = home.glob("trainyard-*.tgz")
    npm("install", "--prefer-offline", "--no-audit", "--no-fund", str(archive), cwd=home)
    return home


def npm(*command: str, cwd: Path) -> None:
    done = subprocess.run(["npm", *command, "--silent"], cwd=cwd, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr


def program(home: Path) -> str:
    return str(home / "node_modules/.bin/trainyard")


def environment(**more: str) -> dict[str, str]:
    """Of a terminal that knows nothing of attune or of this suite; its python3 is the environment of the jobs."""
    bare = {name: value for name, value in os.environ.items() if name in ("HOME", "TMPDIR", "LANG")}
    node = Path(shutil.which("node") or "node").parent
    return {**bare, "PATH": f"{Path(PYTHON).parent}:{node}:/usr/bin:/bin", **more}


@dataclass
class Stranger:
    home: Path
    url: str
    s3_url: str


@pytest.fixture(scope="module")
def stranger(installed: Path, s3_url: str) -> Iterator[Stranger]:
    # As people write it: the SDK must not look for a host that is called after the bucket.
    s3_url = s3_url.replace("127.0.0.1", "localhost")
    env = environment(AWS_ENDPOINT_URL_S3=s3_url, **SETTINGS)
    server = subprocess.Popen([program(installed)], cwd=installed, env=env, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    yield Stranger(installed, json.loads(server.stdout.readline())["url"], s3_url)
    server.send_signal(signal.SIGINT)
    assert server.wait(timeout=10) == 0
    subprocess.run([program(installed), "--kill-all"], cwd=installed, env=env, check=True, timeout=30)


def test_the_example_of_the_readme_drives_a_training_job_to_its_model_archive(stranger: Stranger, s3: Any) -> None:
    [example] = re.findall(r"^```python\n(.*?)^```$", (PACKAGE / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    env = environment(AWS_ENDPOINT_URL_S3=stranger.s3_url, AWS_ENDPOINT_URL_SAGEMAKER=stranger.url, **SETTINGS)

    ran = subprocess.run([PYTHON, "-c", example], env=env, capture_output=True, text=True, timeout=120)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == "Completed s3://my-bucket/models/first-job/output/model.tar.gz\n"
    assert text_in(s3, "my-bucket", "models/first-job/output/model.tar.gz", "model.txt") == "fitted to 3 lines"
    assert (stranger.home / ".trainyard").is_dir()


def text_in(s3: Any, bucket: str, key: str, name: str) -> str:
    archive = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        member = tar.extractfile(name)
        assert member
        return member.read().decode()


def test_help_and_version_need_nothing(installed: Path) -> None:
    told = {flag: run(installed, flag) for flag in ("--help", "--version")}

    assert [done.returncode for done in told.values()] == [0, 0]
    assert "AWS_ENDPOINT_URL_S3" in told["--help"].stdout
    assert told["--version"].stdout.strip() == json.loads((PACKAGE / "package.json").read_text())["version"]


def test_without_an_s3_server_it_says_what_is_missing(installed: Path) -> None:
    done = run(installed)

    assert done.returncode == 2
    assert "AWS_ENDPOINT_URL_S3 is not set" in done.stderr
    assert done.stdout == ""


def test_a_python_that_is_not_there_is_named(installed: Path) -> None:
    done = run(installed, "--python", "python0", AWS_ENDPOINT_URL_S3="http://localhost:9", **SETTINGS)

    assert done.returncode == 2
    assert "there is no python0 on PATH" in done.stderr


def run(home: Path, *options: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program(home), *options], cwd=home, env=environment(**env), capture_output=True, text=True, timeout=30
    )

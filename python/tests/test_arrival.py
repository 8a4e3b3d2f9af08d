"""What a job makes sure of before it runs attune's code."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

import arrival
from arrival import (
    NotAsPlannedError,
    check_code,
    code_digest,
    codeartifact_index,
    install_missing,
    lock_of_image,
    missing,
)

PYTHON_FOLDER = Path(__file__).parents[1]
WRONG = "0" * 64


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """The sources as they lie in a job."""
    folder = tmp_path / "code"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PYTHON_FOLDER / "attune_jobs", folder / "attune_jobs", ignore=ignored)
    shutil.copytree(PYTHON_FOLDER / "locks", folder / "locks")
    for name in ("job.py", "train.py", "arrival.py"):
        shutil.copy(PYTHON_FOLDER / name, folder)
    return folder


def rewritten(code: Path) -> None:
    (code / "attune_jobs" / "spec.py").write_text("raise SystemExit('ran')", encoding="utf-8")


def with_one_more(code: Path) -> None:
    (code / "numpy.py").write_text("raise SystemExit('ran')", encoding="utf-8")


def with_compiled(code: Path) -> None:
    (code / "attune_jobs" / "__pycache__").mkdir()
    (code / "attune_jobs" / "__pycache__" / "spec.cpython-312.pyc").write_bytes(b"x")


def with_one_less(code: Path) -> None:
    (code / "attune_jobs" / "py.typed").unlink()


def moved(code: Path) -> None:
    (code / "attune_jobs" / "embed.py").rename(code / "attune_jobs" / "embeds.py")


@pytest.mark.parametrize("change", [rewritten, with_one_more, with_compiled, with_one_less, moved])
def test_code_that_is_another_one_is_refused_with_both_digests(code: Path, change: Callable[[Path], None]) -> None:
    planned = code_digest(code)
    check_code({arrival.CODE_SHA256: planned}, code)

    change(code)

    with pytest.raises(NotAsPlannedError, match="not what the run was planned with") as refused:
        check_code({arrival.CODE_SHA256: planned}, code)
    assert planned in str(refused.value) and code_digest(code) in str(refused.value)


def test_the_digest_is_of_each_path_length_and_content_in_order(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.py").write_bytes(b"12")
    (tmp_path / "a.py").write_bytes(b"")
    assert code_digest(tmp_path) == hashlib.sha256(b"a.py\x000\x00b/c.py\x002\x0012").hexdigest()


def test_by_hand_without_a_plan_nothing_is_compared(code: Path) -> None:
    check_code({}, code)


def start(code: Path, script: str, digest: str, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, arrival.CODE_SHA256: digest, "SM_OUTPUT_DIR": str(tmp_path / "output")}
    command = [sys.executable, str(code / script), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("script", ["job.py", "train.py"])
def test_a_job_with_other_code_ends_before_it_imports_any(code: Path, tmp_path: Path, script: str) -> None:
    planned = code_digest(code)
    rewritten(code)
    output = str(tmp_path / "processing" / "output")
    arguments = ["prepare", "--spec", "s", "--input", "i", "--output", output] if script == "job.py" else []

    ended = start(code, script, planned, tmp_path, *arguments)

    assert ended.returncode == 2
    message = tmp_path / "output" / ("message" if script == "job.py" else "failure")
    assert message.read_text().startswith("The job's code is not what the run was planned with")
    assert "Traceback" not in ended.stderr and "ran" not in ended.stderr.split()


def test_a_job_leaves_its_code_as_it_was(code: Path, tmp_path: Path) -> None:
    planned = code_digest(code)
    ended = start(code, "train.py", planned, tmp_path)
    assert "SM_MODEL_DIR, SM_CHANNEL_TRAIN not set" in ended.stderr
    assert code_digest(code) == planned


def lock(folder: Path, *lines: str) -> Path:
    """A folder of locks with one for any image."""
    (folder / "any.txt").write_text("# digest\n--require-hashes\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_this_environment_holds_what_jobs_are_locked_to() -> None:
    assert missing(lock_of_image()) == []


HERE = "python=={}.{}".format(*sys.version_info)


@pytest.mark.parametrize(
    ("of_image", "taken"),
    [
        (f"{HERE} pytest=={pytest.__version__}", "job-it.txt"),
        (f"{HERE} pytest=={pytest.__version__} no-such-package-of-attune==1", "any.txt"),
        (f"{HERE} pytest==1.0", "any.txt"),
        (f"python==2.7 pytest=={pytest.__version__}", "any.txt"),
    ],
)
def test_an_image_is_known_by_its_python_and_by_what_it_holds(tmp_path: Path, of_image: str, taken: str) -> None:
    (lock(tmp_path) / "job-it.txt").write_text(f"# Made by hand\n# in: {of_image}\n--require-hashes\n")
    assert lock_of_image(tmp_path).name == taken


def test_a_build_for_one_processor_is_of_the_version_that_it_is_a_build_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrival, "_version", lambda _: "2.9.0+cu130")
    (lock(tmp_path) / "job-it.txt").write_text(f"# in: {HERE} torch==2.9.0\n")
    assert lock_of_image(tmp_path).name == "job-it.txt"


def test_nothing_is_installed_where_everything_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("installed something"))
    wanted = f"pytest=={pytest.__version__} \\"
    install_missing(lock(tmp_path, wanted, f"    --hash=sha256:{WRONG}", "absent==1 ; python_version < '3'"))


def test_what_is_there_in_another_version_is_lacking_and_told_with_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locks = lock(tmp_path, "pytest==1.0 \\", f"    --hash=sha256:{WRONG}", "no-such-package-of-attune==2 \\")
    found = [f"pytest==1.0 (it has {pytest.__version__})", "no-such-package-of-attune==2"]
    assert missing(locks / "any.txt") == found
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(NotAsPlannedError, match="pip did not install them") as refused:
        install_missing(locks)
    assert f"The image lacks {', '.join(found)} and" in str(refused.value)


def wheel(folder: Path, name: str) -> Path:
    """A package of one module, with the least that pip asks for."""
    file = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{name}.py", "")
        info = f"{name}-1.0.dist-info"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return file


def test_pip_itself_refuses_a_package_with_another_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = wheel(tmp_path, "attune_arrival_probe")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "t"))
    requirement = "attune-arrival-probe==1.0 \\\n    --hash=sha256:"

    with pytest.raises(NotAsPlannedError, match="hashes do not match"):
        install_missing(lock(tmp_path, requirement + WRONG))
    assert not (tmp_path / "t").exists()

    install_missing(lock(tmp_path, requirement + hashlib.sha256(package.read_bytes()).hexdigest()))
    assert (tmp_path / "t" / "attune_arrival_probe.py").is_file()


REPOSITORY = "arn:aws:codeartifact:eu-west-1:123456789012:repository/domain/attune"


@pytest.fixture
def codeartifact(monkeypatch: pytest.MonkeyPatch) -> Stubber:
    """Holds each request and answer to AWS's own model of the service."""
    client = boto3.client("codeartifact", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    monkeypatch.setattr(
        boto3, "client", lambda service, region_name: {("codeartifact", "eu-west-1"): client}[service, region_name]
    )
    stubber = Stubber(client)
    stubber.activate()
    return stubber


def test_a_codeartifact_repository_is_logged_in_to_and_its_token_is_on_no_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codeartifact: Stubber
) -> None:
    domain = {"domain": "domain", "domainOwner": "123456789012"}
    codeartifact.add_response("get_authorization_token", {"authorizationToken": "tok"}, domain)
    codeartifact.add_response(
        "get_repository_endpoint",
        {"repositoryEndpoint": "https://domain-123456789012.d.codeartifact.eu-west-1.amazonaws.com/pypi/attune/"},
        {**domain, "repository": "attune", "format": "pypi"},
    )
    monkeypatch.setenv("CA_REPOSITORY_ARN", REPOSITORY)
    ran: list[tuple[list[str], dict[str, str]]] = []

    def run(command: list[str], *, check: bool, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        ran.append((command, env))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    install_missing(lock(tmp_path, "no-such-package-of-attune==2 \\"))

    [(command, variables)] = ran
    index = "https://aws:tok@domain-123456789012.d.codeartifact.eu-west-1.amazonaws.com/pypi/attune/simple/"
    assert variables["PIP_INDEX_URL"] == index
    assert "tok" not in " ".join(command)


def test_a_login_that_is_refused_says_what_the_role_needs(codeartifact: Stubber) -> None:
    codeartifact.add_client_error("get_authorization_token", "AccessDeniedException")
    with pytest.raises(NotAsPlannedError, match="sts:GetServiceBearerToken"):
        codeartifact_index(REPOSITORY)
    with pytest.raises(NotAsPlannedError, match="expected arn:<partition>"):
        codeartifact_index("pypi.example")


def test_of_the_processes_on_one_machine_one_installs_and_the_others_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installs: list[Path] = []
    gone: list[str] = ["attune-arrival-probe==1.0"]

    def install(lock: Path, lacking: list[str]) -> None:
        time.sleep(0.2)
        installs.append(lock)
        gone.clear()

    monkeypatch.setattr(arrival, "_install", install)
    monkeypatch.setattr(arrival, "missing", lambda _: list(gone))
    with ThreadPoolExecutor(4) as processes:
        list(processes.map(lambda _: install_missing(lock(tmp_path)), range(4)))

    assert len(installs) == 1

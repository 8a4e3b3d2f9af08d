"""A base model from the hub, against a server that answers as the hub does, read by the hub's own client."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from shapes import hold

from attune_jobs import hub
from attune_jobs.base_copy import MARKER, Copies
from attune_jobs.base_model import BASE_SHA256, resolve_and_copy, resolve_base_model
from attune_jobs.errors import UserError

COMMIT = "c0ffee" + "0" * 34
Fault = tuple[int, str]


class Hub:
    """One model, `me/model`, at one commit."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.asked: list[str] = []
        self.faults: list[Fault] = []
        """Of the next answers, one each."""
        self.always: dict[str, Fault] = {}
        """By a part of the path."""
        hub_ = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hub_.answer(self)

            def do_HEAD(self) -> None:
                hub_.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.split("?")[0]
        self.asked.append(f"{request.headers.get('Authorization') or ''}{path}")
        fault = next((fault for part, fault in self.always.items() if part in path), None)
        if fault is None and self.faults:
            fault = self.faults.pop(0)
        if fault is None and path.startswith("/api/models/me/model/revision/"):
            if path.rsplit("/", 1)[1] in ("main", "v1", COMMIT):
                siblings = [{"rfilename": name} for name in self.files]
                return self._send(
                    request, 200, json.dumps({"id": "me/model", "sha": COMMIT, "siblings": siblings}).encode()
                )
            fault = (404, "RevisionNotFound")
        if fault is None and path == f"/api/models/me/model/tree/{COMMIT}":
            tree = [
                {"type": "file", "path": name, "size": len(body), "oid": hashlib.sha1(body).hexdigest()}
                for name, body in self.files.items()
            ]
            return self._send(request, 200, json.dumps(tree).encode())
        name = path.removeprefix(f"/me/model/resolve/{COMMIT}/")
        if fault is None and name in self.files:
            return self._send(request, 200, self.files[name])
        status, code = fault or (401, "RepoNotFound")
        self._send(request, status, b"{}", {"X-Error-Code": code} if code else {})
        return None

    def _send(
        self, request: BaseHTTPRequestHandler, status: int, body: bytes, more: dict[str, str] | None = None
    ) -> None:
        request.send_response(status)
        etag = f'"{hashlib.sha256(body).hexdigest()}"'
        for key, value in {
            "Content-Length": str(len(body)),
            "ETag": etag,
            "X-Repo-Commit": COMMIT,
            **(more or {}),
        }.items():
            request.send_header(key, value)
        request.end_headers()
        if request.command == "GET":
            request.wfile.write(body)


@pytest.fixture
def fake(tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    files = {file.relative_to(tiny_bert).as_posix(): file for file in tiny_bert.rglob("*") if file.is_file()}
    served = Hub({name: file.read_bytes() for name, file in files.items()})
    monkeypatch.setenv("HF_ENDPOINT", served.url)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr(hub, "FIRST_WAIT_SECONDS", 0.01)
    yield served
    served.server.shutdown()


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="bucket")
        yield client


def copies(s3: Any) -> Copies:
    return Copies("s3://bucket/attune/bases/", None, s3)


def keys(s3: Any) -> list[str]:
    return [item["Key"] for item in s3.list_objects_v2(Bucket="bucket").get("Contents", [])]


@pytest.mark.parametrize("base", ["me/model", "me/model@v1", f"me/model@{COMMIT}"])
def test_a_hubs_model_is_copied_once_by_its_commit_and_then_read_from_the_copy(
    base: str, fake: Hub, s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, copy = resolve_and_copy(base, copies(s3), tmp_path / "first")

    assert copy is not None and copy.uri == f"s3://bucket/attune/bases/me/model/{COMMIT}/"
    hold("base-record", copy.record())
    assert (folder / "modules.json").read_bytes() == fake.files["modules.json"]
    assert f"attune/bases/me/model/{COMMIT}/{MARKER}" in keys(s3)
    before = [s3.head_object(Bucket="bucket", Key=key)["LastModified"] for key in keys(s3)]

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "another machine"))
    monkeypatch.setattr(hub, "download", lambda *_: pytest.fail("asked the hub for files"))
    again, same = resolve_and_copy(base, copies(s3), tmp_path / "second")

    assert same == copy
    assert (again / "modules.json").read_bytes() == fake.files["modules.json"]
    assert [s3.head_object(Bucket="bucket", Key=key)["LastModified"] for key in keys(s3)] == before

    # As a later job gets it: a channel, and the digest in its request.
    monkeypatch.setenv(BASE_SHA256, copy.sha256)
    assert resolve_base_model(base, again) == again
    (again / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UserError, match="is not what was copied"):
        resolve_base_model(base, again)


def test_a_copy_that_was_broken_off_is_finished_and_nothing_in_it_is_written_over(
    fake: Hub, s3: Any, tmp_path: Path
) -> None:
    place = f"attune/bases/me/model/{COMMIT}/"
    s3.put_object(Bucket="bucket", Key=f"{place}config.json", Body=fake.files["config.json"], Metadata={"by": "first"})

    _, copy = resolve_and_copy("me/model", copies(s3), tmp_path / "one")

    assert copy is not None and copies(s3).find("me/model", COMMIT) == copy
    assert s3.head_object(Bucket="bucket", Key=f"{place}config.json")["Metadata"] == {"by": "first"}


def test_what_passes_is_waited_out(fake: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    fake.faults = [(429, ""), (503, ""), (504, "")]

    assert hub.commit_of("me/model") == COMMIT

    said = capsys.readouterr().out
    assert said.count("asked again in") == 3 and "answers 429" in said


GATED = r"is gated \(answers 40[13] GatedRepo\).*Accept them there, and give the token"


@pytest.mark.parametrize(
    ("base", "fault", "words"),
    [
        ("me/none", None, "knows no model me/none, or shows it to others only"),
        ("me/model@nope", None, "has no revision nope"),
        ("me/model", ("/resolve/", (401, "GatedRepo")), GATED),
        ("me/model", ("/resolve/", (403, "GatedRepo")), GATED),
        ("me/model", ("/api/", (429, "")), "answers 429, and this for 0 minutes.*Run again later"),
        ("me/model", ("/api/", (500, "")), "answers 500, and this for 0 minutes"),
        ("me/model", ("/resolve/", (503, "")), "answers 503, and this for 0 minutes"),
    ],
)
def test_each_answer_of_the_hub_has_its_own_words(
    base: str, fault: tuple[str, Fault] | None, words: str, fake: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "PATIENCE_SECONDS", 0.05)
    fake.always = dict([fault]) if fault else {}
    with pytest.raises(UserError, match=words) as refused:
        resolve_base_model(base)
    assert str(refused.value).startswith(f"base {base}: ")
    assert "does not have it" not in str(refused.value)


def test_a_hub_that_is_out_of_reach_is_told_with_what_a_job_can_be_given(
    fake: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(hub, "PATIENCE_SECONDS", 0.05)
    with pytest.raises(UserError, match=r"http://127.0.0.1:9 does not answer .*HTTPS_PROXY.*HF_ENDPOINT"):
        resolve_base_model("me/model")


def test_a_gated_model_is_asked_for_in_the_name_of_the_token(fake: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_mine")

    assert (resolve_base_model("me/model") / "modules.json").is_file()

    assert {line.split("/")[0] for line in fake.asked} == {"Bearer hf_mine"}

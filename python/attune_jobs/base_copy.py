"""The copy of a hub's model in the bucket: made once for each commit, read by every job from then on."""

from __future__ import annotations

import fnmatch
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import hub
from .arrived import manifest_digest
from .errors import UserError

MARKER = "attune-base.json"
"""Written last: what lies beside it is whole. Holds the digest of all files, as `manifest_digest` has it."""


@dataclass(frozen=True, slots=True)
class Copy:
    base: str
    commit: str
    uri: str
    sha256: str

    def record(self) -> dict[str, Any]:
        return {"version": 1, "base": self.base, "commit": self.commit, "uri": self.uri, "sha256": self.sha256}


class Copies:
    """Of all models, below one S3 prefix, each as `<owner>/<name>/<commit>/`."""

    def __init__(self, root: str, kms_key: str | None, s3: Any = None) -> None:
        """
        Args:
            root: S3 URI with a slash at its end.
            kms_key: of what is written; None: the bucket's own encryption.
            s3: a boto3 client; None: one by the job's own role.
        """
        if s3 is None:
            import boto3

            s3 = boto3.client("s3")
        self._s3 = s3
        self._root = root
        self._encryption = {} if kms_key is None else {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key}

    def find(self, base: str, commit: str) -> Copy | None:
        from botocore.exceptions import ClientError

        bucket, prefix = self._place(base, commit)
        try:
            marker = json.load(self._s3.get_object(Bucket=bucket, Key=prefix + MARKER)["Body"])
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                return None
            raise self._refused("read", base, commit, error) from error
        return Copy(base, commit, f"s3://{bucket}/{prefix}", marker["sha256"])

    def fetch(self, copy: Copy, folder: Path) -> Path:
        """Raises: UserError when what is there is not what was copied."""
        bucket, prefix = self._place(copy.base, copy.commit)
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                file = folder / item["Key"].removeprefix(prefix)
                file.parent.mkdir(parents=True, exist_ok=True)
                self._s3.download_file(bucket, item["Key"], str(file))
        check_copy(folder, copy.sha256)
        return folder

    def keep(self, base: str, snapshot: hub.Snapshot) -> Copy:
        """Copies what is not there. Nothing is written over: two jobs that copy at once write the same."""
        from botocore.exceptions import ClientError

        files = model_files(snapshot.folder)
        sha256 = manifest_digest(files)
        bucket, prefix = self._place(base, snapshot.commit)
        name, _ = hub.split_revision(base)
        marker = {"version": 1, "base": name, "commit": snapshot.commit, "sha256": sha256, "files": sorted(files)}
        try:
            for file, path in sorted(files.items()):
                with path.open("rb") as content:
                    self._put(bucket, prefix + file, content)
            self._put(bucket, prefix + MARKER, (json.dumps(marker, indent=2) + "\n").encode("utf-8"))
        except ClientError as error:
            raise self._refused("write", base, snapshot.commit, error) from error
        return Copy(base, snapshot.commit, f"s3://{bucket}/{prefix}", sha256)

    def _put(self, bucket: str, key: str, body: Any) -> None:
        from botocore.exceptions import ClientError

        try:
            self._s3.put_object(
                Bucket=bucket, Key=key, Body=body, IfNoneMatch="*", ChecksumAlgorithm="SHA256", **self._encryption
            )
        except ClientError as error:
            # Another job has written it, or is at it. Whoever reads the copy holds it against its digest.
            if error.response["Error"]["Code"] not in {"PreconditionFailed", "ConditionalRequestConflict", "412"}:
                raise

    def _place(self, base: str, commit: str) -> tuple[str, str]:
        name, _ = hub.split_revision(base)
        bucket, _, prefix = self._root.removeprefix("s3://").partition("/")
        return bucket, f"{prefix}{name}/{commit}/"

    def _refused(self, what: str, base: str, commit: str, error: Exception) -> UserError:
        bucket, prefix = self._place(base, commit)
        return UserError(
            f"base {base}: the job cannot {what} its copy at s3://{bucket}/{prefix} ({error}). Its role needs "
            "s3:GetObject, s3:PutObject and s3:ListBucket there, as the stack's has them."
        )


def model_files(folder: Path) -> dict[str, Path]:
    """Name → file, of those that a model is made of."""
    names = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    return {
        name: file
        for name, file in names.items()
        if name != MARKER
        and any(fnmatch.fnmatch(name, pattern) for pattern in hub.FILES)
        and not any(fnmatch.fnmatch(name, pattern) for pattern in hub.NOT_FILES)
    }


def check_copy(folder: Path, sha256: str | None = None) -> None:
    """Nothing is compared where the folder is no such copy and none was promised.

    Args:
        sha256: what the job was planned with. None: what the marker says.
    Raises: UserError when the files are not those that were copied.
    """
    marker = folder / MARKER
    if sha256 is None:
        if not marker.is_file():
            return
        sha256 = json.loads(marker.read_text(encoding="utf-8")).get("sha256")
    there = {
        file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file() and file != marker
    }
    found = manifest_digest(there)
    if found != sha256:
        raise UserError(
            f"base: the copy of the model in the bucket is not what was copied: its SHA-256 is {found}, expected "
            f"{sha256}. Somebody has written below bases/ in the bucket. See who may, delete the model's folder "
            "there, and run again: it is copied anew."
        )

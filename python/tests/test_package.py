"""A model.tar.gz of a stranger's is unpacked as far as it looks like a model, and no further."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from attune_jobs.errors import UserError
from attune_jobs.serving.package import unpack


def entry(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info


def packed(path: Path, *entries: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for info, content in entries:
            tar.addfile(info, io.BytesIO(content))
    return path


def header_of(info: tarfile.TarInfo) -> bytes:
    return info.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("bomb", header_of(entry("w", 4_000_000_000)) + bytes(1_000_000), "times its size"),
        ("too large", header_of(entry("w", 2**36)) + bytes(1_024), "unpacks to more than"),
        ("sparse", header_of(entry("w", 2**60)) + bytes(1_024), "unpacks to more than"),
        (
            "long header",
            header_of(entry("x", 60_000_000, tarfile.XHDTYPE)) + bytes(60_000_000),
            "a header of 60,000,000",
        ),
        (
            "long name",
            header_of(entry("x", 60_000_000, tarfile.GNUTYPE_LONGNAME)) + bytes(60_000_000),
            "a header of 60",
        ),
        ("junk", b"junk" * 1_000, "cannot be unpacked"),
    ],
)
def test_a_bomb_is_refused_by_what_it_declares(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    archive = tmp_path / "model.tar.gz"
    archive.write_bytes(gzip.compress(content))
    with pytest.raises(UserError, match=words):
        unpack(archive, tmp_path / "out")
    assert sum(file.stat().st_size for file in (tmp_path / "out").rglob("*")) < 10_000


@pytest.mark.parametrize("name", ["/etc/evil", "../evil", "a/../../evil", "x" * 400, "\x1b]0;x\x07/../evil"])
def test_names_stay_inside_and_short(name: str, tmp_path: Path) -> None:
    archive = packed(tmp_path / "model.tar.gz", (entry(name, 1), b"a"))
    with pytest.raises(UserError, match="leads out|names of more than") as caught:
        unpack(archive, tmp_path / "out")
    assert "\x1b" not in str(caught.value)


def test_more_entries_than_a_model_has_are_refused(tmp_path: Path) -> None:
    archive = packed(tmp_path / "model.tar.gz", *((entry(f"f{number}"), b"") for number in range(1_100)))
    with pytest.raises(UserError, match="more than 1000 entries"):
        unpack(archive, tmp_path / "out")


def test_a_model_is_unpacked_whole(tmp_path: Path) -> None:
    archive = packed(tmp_path / "model.tar.gz", (entry("code/a.py", 3), b"abc"), (entry("é" * 120, 1), b"x"))
    folder = unpack(archive, tmp_path / "out")
    assert (folder / "code" / "a.py").read_bytes() == b"abc"
    assert (folder / ("é" * 120)).read_bytes() == b"x"

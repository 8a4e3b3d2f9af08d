"""Archives of models, unpacked as evaluation and training unpack them."""

from __future__ import annotations

import gzip
import random
import tarfile
from pathlib import Path

from attune_jobs.errors import UserError
from attune_jobs.serving.package import check_package, unpack

from . import values
from .area import Case

EXPECTED = "refused with words, or files inside of the folder and nothing else"
KINDS = [
    tarfile.REGTYPE,
    tarfile.DIRTYPE,
    tarfile.SYMTYPE,
    tarfile.LNKTYPE,
    tarfile.FIFOTYPE,
    tarfile.CHRTYPE,
    tarfile.BLKTYPE,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_SPARSE,
    tarfile.CONTTYPE,
    b"Z",
]
SIZES = [0, 1, 511, 512, 100_000, 2**31, 2**36, 2**60]
NAMES = ["../evil", "/evil", "a/../../evil", "a/./b", "a//b", "x" * 5_000, "modules.json", "modules.json/x", ".", ""]


def make(choose: random.Random, folder: Path) -> Case:
    content = b""
    told = []
    count = 1_200 if choose.randrange(40) == 0 else choose.choice([1, 1, 2, 5])
    for _ in range(count):
        entry = tarfile.TarInfo(choose.choice([*NAMES, *values.UGLY, f"f{choose.randrange(10**6)}"]))
        entry.type = choose.choice(KINDS[: choose.choice([1, len(KINDS)])])
        entry.size = choose.choice(SIZES[: choose.choice([3, len(SIZES)])])
        entry.mode = choose.choice([0o644, 0o4755, 0o777, 0])
        entry.linkname = choose.choice(["/etc/passwd", "../x", "modules.json"])
        try:
            header = entry.tobuf(choose.choice([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]), errors="surrogateescape")
        except ValueError:
            header = choose.randbytes(512)
        body = bytes(min(entry.size, 200_000 if count < 10 else 512))
        content += header + body + bytes(-len(body) % 512)
        told.append(f"{entry.name[:30]!r} {entry.type!r} {entry.size}")
    packed = gzip.compress(content + bytes(1_024), compresslevel=1)
    if choose.randrange(5) == 0:
        packed = choose.choice([packed[: choose.randrange(len(packed))], content, b"", choose.randbytes(100)])
    (folder / "model.tar.gz").write_bytes(packed)
    return Case(", ".join(told[:5]), lambda: _outcome(folder), EXPECTED)


def _outcome(folder: Path) -> str | None:
    target = folder / "out"
    try:
        check_package(unpack(folder / "model.tar.gz", target))
    except UserError as error:
        if not str(error).replace("\n", "").isprintable():
            return f"unprintable: {error}"
    outside = {path.name for path in folder.iterdir()} - {"model.tar.gz", "out"}
    if outside or Path("/evil").exists():
        return f"written outside: {outside}"
    for path in target.rglob("*"):
        if path.is_symlink() or not (path.is_file() or path.is_dir()) or path.lstat().st_mode & 0o7000:
            return f"left {path}"
    return None

"""A passage that the store of the index cannot keep is told by the first job that sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from prepare_runs import prepare_pairs

from attune_jobs.errors import UserError
from attune_jobs.storable import require_storable

S3_VECTORS = {"store": "s3vectors", "bucket": "b", "index": "docs"}


def corpus(folder: Path, *texts: str) -> Path:
    path = folder / "corpus.jsonl"
    rows = [{"_id": f"d{number}", "title": "", "text": text} for number, text in enumerate(texts)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_passages_too_long_for_s3_vectors_are_counted_and_named(tmp_path: Path) -> None:
    place = corpus(tmp_path, "short", *["ü" * 20_000] * 4, "x" * 39_800)

    with pytest.raises(UserError, match=r"4 passages .* \(d1, d2, d3, …\): .*40,000 bytes"):
        require_storable(S3_VECTORS, place)
    require_storable({"store": "pgvector"}, place)
    require_storable(None, place)


def test_an_id_too_long_for_a_key_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "corpus.jsonl"
    place.write_text(json.dumps({"_id": "i" * 1025, "title": "", "text": "t"}) + "\n", encoding="utf-8")

    with pytest.raises(UserError, match="1 passage is"):
        require_storable(S3_VECTORS, place)


def test_prepare_refuses_them_unless_the_index_has_a_source_of_its_own(tmp_path: Path) -> None:
    rows = [{"query": f"question {number}", "document": f"text {number} " * 3} for number in range(200)]
    rows.append({"query": "the long one", "document": " ".join(f"word{number}" for number in range(6_000))})

    with pytest.raises(UserError, match="1 passage is longer than S3 Vectors keeps"):
        prepare_pairs(tmp_path / "own", rows, index=S3_VECTORS)
    elsewhere = {**S3_VECTORS, "source": {"documents": "s3://b/docs/"}}
    assert prepare_pairs(tmp_path / "elsewhere", rows, index=elsewhere).report

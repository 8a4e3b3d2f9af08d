"""A passage that the store of the index cannot keep is told by the first job that sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from prepare_runs import prepare_pairs, tokenizer_folder

from attune_jobs.errors import UserError
from attune_jobs.storable import require_storable, require_width

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


def base(folder: Path, hidden: int, **parts: dict[str, int]) -> Path:
    """Of a base model's small files. parts: module's name → its config."""
    (folder / "config.json").write_text(json.dumps({"hidden_size": hidden}), encoding="utf-8")
    modules = [{"path": "", "type": "sentence_transformers.models.Transformer"}]
    for number, (kind, config) in enumerate(parts.items(), 1):
        path = f"{number}_{kind}"
        (folder / path).mkdir()
        (folder / path / "config.json").write_text(json.dumps(config), encoding="utf-8")
        modules.append({"path": path, "type": f"sentence_transformers.models.{kind}"})
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("index", "hidden", "found"),
    [
        (S3_VECTORS, 4096, None),
        (S3_VECTORS, 5120, "5,120 dimensions, and S3 Vectors takes 4,096 at most"),
        ({**S3_VECTORS, "dimensions": 1024}, 5120, None),
        ({"store": "pgvector"}, 2000, None),
        ({"store": "pgvector"}, 2560, "pgvector's graph over float32 takes 2,000 at most.*element: float16"),
        ({"store": "pgvector", "element": "float16"}, 2560, None),
        ({"store": "pgvector", "element": "float16"}, 5120, "float16 takes 4,000 at most"),
        (None, 5120, None),
    ],
)
def test_vectors_too_wide_for_the_store_are_refused(
    index: dict[str, object] | None, hidden: int, found: str | None, tmp_path: Path
) -> None:
    place = base(tmp_path, hidden, Pooling={"word_embedding_dimension": hidden})

    if found is None:
        require_width(index, "acme/wide", place)
    else:
        with pytest.raises(UserError, match=f"acme/wide.*{found}"):
            require_width(index, "acme/wide", place)


def test_the_width_is_that_of_the_last_module_that_changes_it(tmp_path: Path) -> None:
    narrow = base(
        tmp_path,
        5120,
        Pooling={"word_embedding_dimension": 5120},
        Dense={"in_features": 5120, "out_features": 768},
        Normalize={},
    )

    require_width({"store": "pgvector"}, "acme/narrow", narrow)


def test_prepare_refuses_a_base_whose_vectors_the_store_cannot_keep(tmp_path: Path) -> None:
    rows = [{"query": f"question {number}", "document": f"text {number} " * 3} for number in range(200)]
    wide = base(tokenizer_folder(tmp_path / "wide"), 5120, Pooling={"word_embedding_dimension": 5120})
    (wide / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")

    with pytest.raises(UserError, match="5,120 dimensions, and S3 Vectors takes 4,096 at most"):
        prepare_pairs(tmp_path, rows, base=wide, index=S3_VECTORS)

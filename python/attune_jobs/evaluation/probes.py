"""Probe texts with the vectors that the package's own handler gives: what the live endpoint must answer later."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import UserError
from ..serving.endpoint.start import ENGINE
from .held_out import TestSet

UNICODE = (
    "Größenänderung naïve café — ½ résumé",
    "日本語の文書を検索する",
    "поиск по документам",
    "👩‍🔬 emoji, e\u0301 combining, \u00a0non-breaking\u2003space",
    "ﬁne ＦＵＬＬＷＩＤＴＨ ①",
    'a<b>&amp;"quoted" \\n {"json": [1, 2]}',
)
SHORT = ("a", "?!", "42")
FROM_DATA = 6
"""Questions, short passages and long passages, this many of each at most."""


def make_probes(model_dir: Path, test: TestSet, engine: str = "float32") -> dict[str, Any]:
    """16 to 32 probes, one text a request, through all handler functions of the package's code/inference.py.

    Args:
        engine: what serves. Where it is not float32, the probes hold the vectors of both.
    Raises: UserError when the handler refuses a probe or answers with another number of vectors.
    """
    handler = packaged_handler(model_dir)
    texts = probe_texts(test)
    length, vectors = _vectors(handler, model_dir, texts, engine)
    probes = [
        {"text": text, "kind": kind, "vector": found} for (text, kind), found in zip(texts, vectors, strict=True)
    ]
    if engine != "float32":
        for probe, exact in zip(probes, _vectors(handler, model_dir, texts, "float32")[1], strict=True):
            probe["float32"] = exact
    return {"engine": engine, "maxSeqLength": length, "probes": probes}


def _vectors(
    handler: ModuleType, model_dir: Path, texts: list[tuple[str, str]], engine: str
) -> tuple[int, list[list[float]]]:
    """The tokens that the model reads of a text, and the vectors, by the engine that an endpoint would be told."""
    before = os.environ.get(ENGINE)
    os.environ[ENGINE] = engine
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # the handler's request log is of no use here
            model = handler.model_fn(str(model_dir))
            return model.max_seq_length, [_vector(handler, model, text, kind) for text, kind in texts]
    finally:
        del os.environ[ENGINE]
        if before is not None:
            os.environ[ENGINE] = before


def probe_texts(test: TestSet) -> list[tuple[str, str]]:
    """(text, kind): short, long, longer than any model reads, Unicode; as query and as document."""
    passages = sorted({passage.embedded for passage in test.passages}, key=len)
    longest = passages[-1]
    chosen = [
        *((question, "query") for question in test.questions[:FROM_DATA]),
        *((text, "document") for text in passages[:FROM_DATA]),
        *((text, "document") for text in passages[-FROM_DATA:]),
        *((text, kind) for text in (*SHORT, *UNICODE[:1]) for kind in ("query", "document")),
        *((text, "document") for text in UNICODE[1:]),
        # 9,000 words and more: beyond the maximum length of every model that this project trains.
        (f"{longest} " * (9_000 // max(1, len(longest.split())) + 1), "document"),
    ]
    return list(dict.fromkeys(chosen))


def packaged_handler(model_dir: Path) -> ModuleType:
    name = "packaged_inference"
    spec = importlib.util.spec_from_file_location(name, model_dir / "code" / "inference.py")
    if spec is None or spec.loader is None:
        raise UserError("model package: code/inference.py cannot be imported.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


def _vector(handler: ModuleType, model: Any, text: str, kind: str) -> list[float]:
    request = handler.input_fn(json.dumps({"inputs": text, "kind": kind}), "application/json")
    answer = json.loads(handler.output_fn(handler.predict_fn(request, model), "application/json"))
    if not isinstance(answer, list) or len(answer) != 1:
        raise UserError("model package: code/inference.py did not answer one text with a list of one vector.")
    vector: list[float] = answer[0]
    return vector

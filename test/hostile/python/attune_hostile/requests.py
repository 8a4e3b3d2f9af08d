"""Requests to an endpoint, handed to its handler as SageMaker's toolkits do."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from tiny_package import write_package

from attune_jobs.serving.endpoint.answering import output_fn, predict_fn
from attune_jobs.serving.endpoint.loading import load_model
from attune_jobs.serving.endpoint.model import Model
from attune_jobs.serving.endpoint.request import RequestError, input_fn

from . import values
from .area import Case

EXPECTED = "one vector for each text, or a 4xx that says why in at most 2,000 characters of ASCII"
HEADERS = [
    None,
    "application/json",
    "application/json; charset=utf-8",
    "text/csv",
    "\x1b[31m",
    "",
    "*/*",
    "x" * 10_000,
]
ACCEPTS = ["*/*", "application/json", "application/x-npy", "text/html", "\ud800", "", None, ","]


def make(choose: random.Random, folder: Path) -> Case:
    body = _body(choose)
    content_type = choose.choice(HEADERS[: choose.choice([2, len(HEADERS)])])
    accept = choose.choice(ACCEPTS[: choose.choice([3, len(ACCEPTS)])])
    told = f"{body[:200]!r} {len(body):,} bytes, {content_type!r}, {accept!r}"
    return Case(told, lambda: _outcome(_model(folder.parent), body, content_type, accept), EXPECTED)


@cache
def _model(folder: Path) -> Model:
    return load_model(write_package(folder / "served-model"))


def _body(choose: random.Random) -> bytes:
    if choose.randrange(6) == 0:
        return values.raw_line(choose)
    count = choose.choice([1, 1, 2, 30, 1_024, 1_025])
    texts: Any = choose.choices([values.text(choose), "lamp", values.text(choose)[:500]], k=count)
    request: dict[str, Any] = {"inputs": choose.choice([texts, texts, texts[0], values.anything(choose)])}
    for key in ("kind", "dimensions", "encoding_format", values.text(choose)):
        if choose.randrange(4) == 0:
            sound = {"kind": "query", "dimensions": 16, "encoding_format": "base64"}.get(key)
            request[key] = choose.choice([sound, values.anything(choose)])
    return json.dumps(request, ensure_ascii=choose.choice([True, False])).encode("utf-8", "surrogatepass")[:6_000_000]


def _outcome(model: Model, body: bytes, content_type: str | None, accept: str | None) -> str | None:
    try:
        request = input_fn(body, content_type)
        prediction = predict_fn(request, model)
        answer = output_fn(prediction, accept)
    except RequestError as error:
        said = str(error)
        sound = 400 <= error.status < 500 and said.isascii() and len(said) < 2_000
        return None if sound and len(json.loads(said)["error"]["message"]) > 20 else f"{error.status}: {said}"
    if prediction.vectors.shape[0] != len(request.texts) or not np.isfinite(prediction.vectors).all():
        return f"vectors {prediction.vectors.shape}"
    return None if len(answer) else "no answer"

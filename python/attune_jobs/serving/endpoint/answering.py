"""From a request to its answer: vectors, and the form that they are sent in."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import answers
from .files import ModelRefused
from .log_line import log, ms_since
from .model import Encoded, Model, TooManyTokens, unit_length
from .request import Request, RequestError
from .words import echoed

MAX_TOKENS = 65_536
"""Read for one request: 256 texts of 256 tokens. One slow CPU core (2,300 tokens a second by all-MiniLM-L6-v2) needs
29 s for that, while the next requests wait; larger models on such a core come to MAX_SECONDS first."""

MAX_SECONDS = 45.0
"""Looked at between two batches: the platform's client has given up after 60 s, and nobody would read the answer."""

TOLD = "X-Amzn-SageMaker-Custom-Attributes"
"""The one header of a container that SageMaker passes on to the caller."""

MAX_ANSWER_BYTES = 6_291_456
"""The platform's limit for an answer."""


@dataclass(frozen=True)
class Prediction:
    vectors: np.ndarray
    request: Request
    figures: dict[str, Any]
    """For the request's log line."""


def predict_fn(request: Request, model: Model) -> Prediction:
    """Raises: RequestError when the model was not trained for the dimensions asked for, or has one vector for a text
    as a question and another as a passage, and is not told which."""
    if request.kind is None and model.tells_kinds_apart:
        message = "'kind' is missing: this model reads questions and passages differently. Send query or document."
        raise RequestError(400, "missing_key", message, "kind")
    dimensions = model.size if request.dimensions is None else request.dimensions
    if dimensions not in (*model.dimensions, model.size):
        sizes = ", ".join(map(str, sorted({*model.dimensions, model.size}, reverse=True)))
        message = f"'dimensions' is {echoed(str(dimensions))}, the model was trained for {sizes}."
        raise RequestError(400, "untrained_dimensions", message, "dimensions")
    started = time.perf_counter()
    encoded = _encoded(request, model, started)
    vectors = encoded.vectors if dimensions == model.size else unit_length(encoded.vectors[:, :dimensions])
    figures = {
        "texts": len(request.texts),
        "tokens": encoded.tokens,
        "truncated": encoded.truncated,
        "dimensions": dimensions,
        "ms": ms_since(started),
    }
    return Prediction(vectors, request, figures)


def _encoded(request: Request, model: Model, started: float) -> Encoded:
    key = "inputs" if request.model is None else "input"

    def in_time(done: int, of: int) -> None:
        if done < of and time.perf_counter() - started > MAX_SECONDS:
            message = f"{done} of {of} texts took {MAX_SECONDS:.0f} s. Send the texts in several requests."
            raise RequestError(413, "took_too_long", message, key)

    try:
        return model.encode(request.texts, request.kind, in_time, MAX_TOKENS)
    except TooManyTokens as error:
        message = f"'{key}' holds {error.tokens:,} tokens, at most {MAX_TOKENS:,} are read. Send several requests."
        raise RequestError(413, "too_many_tokens", message, key) from error
    except ModelRefused as error:
        raise RequestError(400, "unreadable_text", f"'{key}': {error}.", key) from error


def output_fn(prediction: Prediction, accept: str | None, context: Any = None) -> str | bytes:
    """Args: `context` is the model server's; it takes the header that tells of texts that were cut.
    Raises: RequestError when the answer would be larger than the platform passes on.
    """
    started = time.perf_counter()
    tokens, truncated = prediction.figures["tokens"], prediction.figures["truncated"]
    request = prediction.request
    if truncated and context is not None:
        context.set_response_header(0, TOLD, f"X-Attune-Truncated={truncated}")
    vectors = np.ascontiguousarray(prediction.vectors, dtype="<f4")
    answer: str | bytes
    if _media_type(accept) == "application/x-npy":
        buffer = io.BytesIO()
        np.save(buffer, vectors, allow_pickle=False)
        answer = buffer.getvalue()
    elif request.model is not None:
        answer = answers.openai(vectors, request.encoding_format, tokens, truncated, request.model)
    elif request.details:
        answer = answers.detailed(vectors, request.encoding_format, tokens, truncated)
    else:
        answer = answers.plain(vectors, request.encoding_format)
    if len(answer) > MAX_ANSWER_BYTES:
        message = (
            f"The answer has {len(answer):,} bytes, the platform passes on {MAX_ANSWER_BYTES:,}. "
            'Send fewer texts, or ask for fewer dimensions, "encoding_format": "base64" or Accept: application/x-npy.'
        )
        raise RequestError(413, "answer_too_large", message, "inputs" if request.model is None else "input")
    log(status=200, **prediction.figures, encodingMs=ms_since(started), bytes=len(answer))
    return answer


def _media_type(accept: str | None) -> str:
    """The first type of an Accept header that can be given; JSON where it takes anything."""
    for item in (accept or "*/*").split(","):
        media_type = item.split(";")[0].strip().lower()
        if media_type == "application/x-npy":
            return media_type
        if media_type in ("application/json", "application/*", "*/*", ""):
            return "application/json"
    message = f"Accept {echoed(accept or '')}: expected application/json or application/x-npy."
    raise RequestError(406, "not_acceptable", message, None)

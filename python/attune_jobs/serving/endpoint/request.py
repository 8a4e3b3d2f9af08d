"""What may be asked of the endpoint, and the words for what may not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .log_line import log
from .words import echoed, name_of

MAX_TEXTS = 1024
"""In one request; what more would hardly be answered within the platform's 60 s."""

MAX_TEXT_CHARACTERS = 1_000_000
"""In one text."""


class RequestError(Exception):
    """A request that cannot be answered: `status` is the HTTP status, `str()` the JSON body.

    Toolkits that turn every exception into a 400 still pass the body on.
    """

    def __init__(self, status: int, code: str, message: str, param: str | None = None) -> None:
        super().__init__(json.dumps({"error": {"code": code, "message": message, "param": param}}))
        self.status = status
        log(status=status, code=code)


@dataclass(frozen=True)
class Request:
    texts: list[str]
    kind: str | None
    dimensions: int | None
    encoding_format: str
    details: bool = False
    model: str | None = None
    """Of a request in the form of OpenAI's API: the name that the answer repeats."""


def input_fn(data: str | bytes, content_type: str | None) -> Request:
    """Raises: RequestError that says what is wrong with the request."""
    media_type = (content_type or "application/json").split(";")[0].strip().lower()
    if media_type != "application/json":
        message = f"Content-Type {echoed(media_type)}: expected application/json."
        raise RequestError(415, "unsupported_content_type", message)
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RequestError(400, "malformed_json", f"The body is not JSON in UTF-8: {error}.") from error
    if not isinstance(body, dict):
        message = f'The body is {name_of(body)}, expected an object: {{"inputs": ["text", ...]}}.'
        raise RequestError(400, "wrong_type", message)
    openai = "input" in body and "inputs" not in body
    known = ["inputs", "kind", "dimensions", "encoding_format", "details"]
    if openai:
        known = ["input", "model", "kind", "dimensions", "encoding_format", "user"]
    for key in body:
        if key not in known:
            message = f"'{echoed(key)}' is not known, expected {', '.join(known)}."
            raise RequestError(400, "unknown_key", message, echoed(key))
    return Request(
        texts=_texts(body, "input" if openai else "inputs"),
        kind=_one_of(body, "kind", ["query", "document"]),
        dimensions=_dimensions(body),
        encoding_format=_one_of(body, "encoding_format", ["float", "base64"]) or "float",
        details=_of_type(body, "details", bool, "true or false") or False,
        model=(_of_type(body, "model", str, "a text") or "") if openai else None,
    )


def _texts(body: dict[str, Any], key: str) -> list[str]:
    if key not in body:
        raise RequestError(400, "missing_key", f"'{key}' is missing: a text or a list of texts.", key)
    inputs = body[key]
    single = isinstance(inputs, str)
    texts = [inputs] if single else inputs
    if not isinstance(texts, list):
        raise RequestError(400, "wrong_type", f"'{key}' is {name_of(inputs)}, expected a text or a list.", key)
    if not texts:
        raise RequestError(400, "empty", f"'{key}' is an empty list, expected at least one text.", key)
    if len(texts) > MAX_TEXTS:
        message = f"'{key}' holds {len(texts)} texts, at most {MAX_TEXTS} are taken. Send them in several requests."
        raise RequestError(413, "too_many_texts", message, key)
    for index, text in enumerate(texts):
        param = key if single else f"{key}[{index}]"
        if not isinstance(text, str):
            raise RequestError(400, "wrong_type", f"'{param}' is {name_of(text)}, expected a text.", param)
        if len(text) > MAX_TEXT_CHARACTERS:
            most = f"at most {MAX_TEXT_CHARACTERS:,} are taken. Send a part of it"
            message = f"'{param}' has {len(text):,} characters, {most}."
            raise RequestError(413, "text_too_long", message, param)
        if not text.strip():
            raise RequestError(400, "blank", f"'{param}' is blank, expected a text.", param)
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            message = f"'{param}' holds half of a surrogate pair, which is no character."
            raise RequestError(400, "invalid_text", message, param) from error
    return texts


def _of_type(body: dict[str, Any], key: str, kind: type, expected: str) -> Any:
    value = body.get(key)
    if value is None or isinstance(value, kind):
        return value
    raise RequestError(400, "wrong_type", f"'{key}' is {name_of(value)}, expected {expected}.", key)


def _one_of(body: dict[str, Any], key: str, values: list[str]) -> str | None:
    value = body.get(key)
    if value is None or (isinstance(value, str) and value in values):
        return value
    found = f"'{echoed(value)}'" if isinstance(value, str) else name_of(value)
    raise RequestError(400, "bad_value", f"'{key}' is {found}, expected {' or '.join(values)}.", key)


def _dimensions(body: dict[str, Any]) -> int | None:
    value = body.get("dimensions")
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise RequestError(400, "wrong_type", f"'dimensions' is {name_of(value)}, expected a whole number.", "dimensions")
